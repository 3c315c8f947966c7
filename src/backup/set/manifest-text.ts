import { orderedCoverage } from './coverage.ts'
import { orderedDumpFacts } from './dump-facts.ts'
import { MANIFEST_VERSION, type Manifest, type ObjectRecord, type StageRecord } from './manifest.ts'
import { isTooDeep, knownPartOf, MANIFEST_LIMITS, manifestFault } from './manifest-fault.ts'

/**
 * The bytes of `manifest.json`: one text for one content. Keys in the order of `docs/format/manifest.md`, two blanks of indentation as ECMA-262's
 * `JSON.stringify` writes them, a newline at the end. Every version begins with `version`, then `tool`, so that a reader knows it by its head.
 */
export function renderManifest(manifest: Manifest): string {
  const { version, tool, set, host, hostId, run, task, step, began, ended, suspicious, failed, objects } = manifest
  return `${JSON.stringify({ version, tool, set, host, hostId, run, task, step, began, ended, suspicious, failed, objects: objects.map(orderedObject) }, undefined, 2)}\n`
}

function orderedObject({ path, bytes, sha256, kind, facts, coverage, dump, source, filters, stages }: ObjectRecord): ObjectRecord {
  return {
    path,
    bytes,
    sha256,
    ...(kind !== undefined && { kind }),
    ...(facts !== undefined && { facts: Object.fromEntries(Object.entries(facts).toSorted(([a], [b]) => (a < b ? -1 : 1))) }),
    ...(coverage !== undefined && { coverage: orderedCoverage(coverage) }),
    ...(dump !== undefined && { dump: orderedDumpFacts(dump) }),
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
  /** Of a later version: its other contents are unknown. */
  | { readonly kind: 'newer'; readonly version: number; readonly tool: string }
  /** Begins like a manifest of Holdfast, but is invalid. */
  | { readonly kind: 'damaged'; readonly reason: string }
  /** Another file with that name. */
  | { readonly kind: 'foreign' }

const HEAD = /^\{\n {2}"version": (?<version>[1-9]\d{0,8}),\n {2}"tool": "(?<tool>holdfast [^"\\]*)",\n/u

/** Enough bytes to recognize a manifest of Holdfast. */
export const HEAD_BYTES = 256

/** Whether a file with this beginning is a manifest of Holdfast, of any version. */
export function isManifestHead(head: string): boolean {
  return HEAD.test(head)
}

/** Parses a manifest as untrusted text: values are checked, unknown keys are ignored. */
export function parseManifest(text: string): ManifestReading {
  const head = HEAD.exec(text)?.groups
  if (head === undefined) return { kind: 'foreign' }
  const version = Number(head['version'])
  if (version > MANIFEST_VERSION) return { kind: 'newer', version, tool: head['tool'] ?? '' }
  if (text.length > MANIFEST_LIMITS.bytes) return { kind: 'damaged', reason: 'it is too large' }
  if (isTooDeep(text)) return { kind: 'damaged', reason: 'it is nested too deeply' }
  try {
    const value: unknown = JSON.parse(text)
    const fault = manifestFault(value)
    return fault === undefined ? { kind: 'ours', manifest: knownPartOf(value as Manifest) } : { kind: 'damaged', reason: fault }
  } catch {
    return { kind: 'damaged', reason: 'it is not valid JSON' }
  }
}
