import { MANIFEST_VERSION, type Manifest, type ObjectRecord, type StageRecord } from './manifest.ts'

/**
 * The bytes of `manifest.json`: one text for one content. Keys in the order of `docs/format/manifest.md`, two blanks of indentation as ECMA-262's
 * `JSON.stringify` writes them, a newline at the end. Every version begins with `version`, then `tool`, so that a reader knows it by its head.
 */
export function renderManifest(manifest: Manifest): string {
  const { version, tool, set, host, run, task, step, began, ended, objects } = manifest
  return `${JSON.stringify({ version, tool, set, host, run, task, step, began, ended, objects: objects.map(orderedObject) }, undefined, 2)}\n`
}

function orderedObject({ path, bytes, sha256, kind, facts, source, filters, stages }: ObjectRecord): ObjectRecord {
  return {
    path,
    bytes,
    sha256,
    ...(kind !== undefined && { kind }),
    ...(facts !== undefined && { facts: Object.fromEntries(Object.entries(facts).toSorted(([a], [b]) => (a < b ? -1 : 1))) }),
    ...(source !== undefined && { source }),
    filters,
    stages: stages.map(orderedStage),
  }
}

function orderedStage({ program, exec, exitCode, signal, durationMs }: StageRecord): StageRecord {
  return {
    program,
    ...(exec !== undefined && { exec }),
    ...(exitCode !== undefined && { exitCode }),
    ...(signal !== undefined && { signal }),
    durationMs,
  }
}

export type ManifestReading =
  | { readonly kind: 'ours'; readonly manifest: Manifest }
  /** Of a later version: nothing more is known of it. */
  | { readonly kind: 'newer'; readonly version: number; readonly tool: string }
  /** Begins as ours, but is none. */
  | { readonly kind: 'damaged'; readonly reason: string }
  /** Some other file of that name. */
  | { readonly kind: 'foreign' }

const HEAD = /^\{\n {2}"version": (?<version>[1-9]\d{0,8}),\n {2}"tool": "(?<tool>holdfast [^"\\]*)",\n/u

/** Bytes that are enough to tell a manifest of ours from any other file. */
export const HEAD_BYTES = 256

/** Whether a file that begins so is a manifest of ours, of whatever version. */
export function isManifestHead(head: string): boolean {
  return HEAD.test(head)
}

/** Reads a manifest as a stranger's text: what it says is checked, keys that it adds are passed over. */
export function parseManifest(text: string): ManifestReading {
  const head = HEAD.exec(text)?.groups
  if (head === undefined) return { kind: 'foreign' }
  const version = Number(head['version'])
  if (version > MANIFEST_VERSION) return { kind: 'newer', version, tool: head['tool'] ?? '' }
  try {
    const value: unknown = JSON.parse(text)
    const fault = faultOf(value)
    return fault === undefined ? { kind: 'ours', manifest: value as Manifest } : { kind: 'damaged', reason: fault }
  } catch {
    return { kind: 'damaged', reason: 'it is no JSON' }
  }
}

const TEXTS = ['tool', 'set', 'host', 'run', 'task', 'step', 'began', 'ended'] as const

function faultOf(value: unknown): string | undefined {
  if (!isRecord(value)) return 'it is no object'
  const wrong = TEXTS.find((key) => typeof value[key] !== 'string')
  if (wrong !== undefined) return `"${wrong}" is no text`
  const { objects } = value
  if (!Array.isArray(objects)) return '"objects" is no list'
  const index = objects.findIndex((object) => !isObjectRecord(object))
  return index === -1 ? undefined : `"objects[${index}]" is not as it should be`
}

function isObjectRecord(value: unknown): value is ObjectRecord {
  if (!isRecord(value)) return false
  const { path, bytes, sha256, filters, stages } = value
  return (
    typeof path === 'string' &&
    Number.isSafeInteger(bytes) &&
    (bytes as number) >= 0 &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/u.test(sha256) &&
    Array.isArray(filters) &&
    filters.every((it) => typeof it === 'string') &&
    Array.isArray(stages)
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
