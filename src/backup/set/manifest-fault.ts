import { isCoverage, orderedCoverage } from './coverage.ts'
import { areDumpFacts, orderedDumpFacts } from './dump-facts.ts'
import type { Manifest, ObjectRecord } from './manifest.ts'

/** The limits of a manifest, as in `docs/format/manifest.md`. */
export const MANIFEST_LIMITS = {
  bytes: 64 * 1024 * 1024,
  objects: 100_000,
  /** Nesting of brackets. */
  depth: 16,
  /** Bytes of an object's path in UTF-8: the maximum of Linux. */
  pathBytes: 4095,
  /** Any other text, in UTF-16 units. */
  text: 4096,
  filters: 16,
  stages: 256,
  facts: 64,
} as const

const TEXTS = ['tool', 'set', 'host', 'run', 'task', 'step', 'began', 'ended'] as const

/** Whether brackets of a JSON text are nested more deeply than permitted in a manifest. */
export function isTooDeep(text: string): boolean {
  let depth = 0
  let isInString = false
  // Token by token, because a regular expression for a whole string needs stack space for each character.
  for (const [token] of text.matchAll(/\\.|["[\]{}]/gsu)) {
    if (token === '"') isInString = !isInString
    else if (isInString || token.startsWith('\\')) continue
    else depth += token === '{' || token === '[' ? 1 : -1
    if (depth > MANIFEST_LIMITS.depth) return true
  }
  return false
}

/** Why the parsed text of a manifest is invalid; undefined if it is valid. Unknown keys are ignored. */
export function manifestFault(value: unknown): string | undefined {
  if (!isRecord(value)) return 'it is not an object'
  const wrong = TEXTS.find((key) => !isText(value[key]))
  if (wrong !== undefined) return `"${wrong}" is not a string, or is too long`
  const { objects, hostId, suspicious, failed } = value
  if (!isAbsentOr(hostId, isText)) return '"hostId" is not a string, or is too long'
  const isDoubts = (it: unknown) => isListOf(it, { most: MANIFEST_LIMITS.objects, each: isText })
  if (!isAbsentOr(suspicious, isDoubts)) return '"suspicious" is not a list of strings'
  if (!isAbsentOr(failed, isDoubts)) return '"failed" is not a list of strings'
  if (!Array.isArray(objects)) return '"objects" is not a list'
  if (objects.length > MANIFEST_LIMITS.objects) return `it has more than ${MANIFEST_LIMITS.objects} objects`
  const index = objects.findIndex((object) => !isObjectRecord(object))
  if (index !== -1) return `invalid entry "objects[${index}]"`
  const paths = new Set(objects.map(({ path }: ObjectRecord) => path))
  return paths.size === objects.length ? undefined : 'duplicate object path'
}

/** The manifest without unknown keys. */
export function knownPartOf({ version, tool, set, host, hostId, run, task, step, began, ended, suspicious, failed, objects }: Manifest): Manifest {
  const doubts = { ...(suspicious !== undefined && { suspicious }), ...(failed !== undefined && { failed }) }
  const name = { host, ...(hostId !== undefined && { hostId }) }
  return { version, tool, set, ...name, run, task, step, began, ended, ...doubts, objects: objects.map(knownObject) }
}

function knownObject({ path, bytes, sha256, kind, facts, coverage, dump, source, filters, stages }: ObjectRecord): ObjectRecord {
  return {
    path,
    bytes,
    sha256,
    ...(kind !== undefined && { kind }),
    ...(facts !== undefined && { facts }),
    ...(coverage !== undefined && { coverage: orderedCoverage(coverage) }),
    ...(dump !== undefined && { dump: orderedDumpFacts(dump) }),
    ...(source !== undefined && { source }),
    filters,
    stages: stages.map(({ program, exec, exitCode, signal, durationMs }) => ({
      program,
      ...(exec !== undefined && { exec }),
      ...(exitCode !== undefined && { exitCode }),
      ...(signal !== undefined && { signal }),
      durationMs,
    })),
  }
}

function isObjectRecord(value: unknown): value is ObjectRecord {
  if (!isRecord(value)) return false
  const { path, bytes, sha256, kind, facts, coverage, dump, source, filters, stages } = value
  return (
    typeof path === 'string' &&
    Buffer.byteLength(path) <= MANIFEST_LIMITS.pathBytes &&
    Number.isSafeInteger(bytes) &&
    (bytes as number) >= 0 &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/u.test(sha256) &&
    isAbsentOr(kind, isText) &&
    isAbsentOr(facts, areFacts) &&
    isAbsentOr(coverage, isCoverage) &&
    isAbsentOr(dump, areDumpFacts) &&
    (source === undefined || source === 'tar') &&
    isListOf(filters, { most: MANIFEST_LIMITS.filters, each: isText }) &&
    isListOf(stages, { most: MANIFEST_LIMITS.stages, each: isStage })
  )
}

function isStage(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { program, exec, exitCode, signal, durationMs } = value
  return isText(program) && isAbsentOr(exec, isText) && isAbsentOr(exitCode, isNumber) && isAbsentOr(signal, isText) && isNumber(durationMs)
}

function areFacts(value: unknown): boolean {
  return isRecord(value) && isListOf(Object.entries(value).flat(), { most: 2 * MANIFEST_LIMITS.facts, each: (it) => isText(it) || isNumber(it) })
}

function isListOf(value: unknown, { most, each }: { readonly most: number; readonly each: (item: unknown) => boolean }): boolean {
  return Array.isArray(value) && value.length <= most && value.every(each)
}

function isAbsentOr(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || is(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MANIFEST_LIMITS.text
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
