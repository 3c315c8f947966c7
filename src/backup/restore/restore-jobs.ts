import type { Command } from '../../plan/command.ts'
import type { Content } from '../filter/filters.ts'
import { withoutSuffixes } from '../filter/inverses.ts'
import { copying, type RestoreKeys, undoing } from '../filter/restore-commands.ts'
import { restoreTargets } from '../guide/restore-targets.ts'
import type { ObjectRecord } from '../set/manifest.ts'

/** One stored object as far as a restore needs to know it. Without `sha256` nothing can be compared: a set without manifest. */
export type StoredRecord = Pick<ObjectRecord, 'path' | 'bytes' | 'kind' | 'facts'> & Content & { readonly sha256?: string }

/** What is to be done with one object. */
export interface RestoreJob {
  readonly record: StoredRecord
  /** `archive`: its members go into a folder. `stream`: what its source wrote. `stored`: the bytes as they lie there, or as far as they could be undone. */
  readonly kind: 'archive' | 'stream' | 'stored'
  /** Below the destination. */
  readonly target: string
  /** From the stored bytes on; at least one. */
  readonly commands: readonly Command[]
}

export interface RestoreProblem {
  readonly kind: 'unknown-object' | 'key' | 'in-the-way' | 'missing' | 'size' | 'digest' | 'unreadable' | 'failed' | 'untrusted' | 'no-member'
  /** The object's path. */
  readonly path: string
  /** Tells it in full, the path included. */
  readonly message: string
  /** What the failing program said last. */
  readonly stderr?: string
}

export interface JobOptions {
  /** Paths of objects; none = all. */
  readonly objects: readonly string[]
  /** Only archives, of which some members are wanted. */
  readonly archivesOnly: boolean
  /** Undo nothing. */
  readonly raw: boolean
  readonly keys: RestoreKeys
}

export interface JobPlan {
  readonly jobs: readonly RestoreJob[]
  readonly problems: readonly RestoreProblem[]
  readonly notes: readonly string[]
}

/** Decides what is restored, where and how, and returns all conflicts. The target of an object does not depend on the other objects. */
export function decideRestore(records: readonly StoredRecord[], options: JobOptions): JobPlan {
  const targets = options.raw ? records.map(({ path }) => path) : restoreTargets(records)
  const known = new Set(records.map(({ path }) => path))
  const unknown = options.objects.filter((path) => !known.has(path))
  const decided = records.map((record, index) => ({ record, ...decideObject(record, targets[index] ?? record.path, options) }))
  const wanted = decided.filter(({ record }) => isWanted(record, options))
  return {
    jobs: wanted.map(({ job }) => job),
    problems: [
      ...unknown.map((path) => ({ kind: 'unknown-object' as const, path, message: `object "${path}" not found in the set` })),
      ...wanted.flatMap(({ problem }) => problem ?? []),
    ],
    notes: wanted.flatMap(({ note }) => note ?? []),
  }
}

function isWanted({ path, source }: StoredRecord, { objects, archivesOnly }: JobOptions): boolean {
  return objects.length > 0 ? objects.includes(path) : !archivesOnly || source === 'tar'
}

interface Decided {
  readonly job: RestoreJob
  readonly problem?: RestoreProblem
  readonly note?: string
}

function decideObject(record: StoredRecord, target: string, { raw, keys, archivesOnly }: JobOptions): Decided {
  const { path, source } = record
  const { commands, isWhole, missing } = raw ? NOTHING_UNDONE : undoAll(record.filters, keys)
  const isArchive = source === 'tar' && isWhole && !raw
  const kind = isArchive ? 'archive' : isWhole && !raw ? 'stream' : 'stored'
  const job: RestoreJob = { record, kind, target, commands: commands.length > 0 || isArchive ? commands : [copying()] }
  if (missing !== undefined) return { job, problem: { kind: 'key', path, message: `"${path}" is encrypted: ${missing}` } }
  if (archivesOnly && !isArchive) return { job, problem: { kind: 'no-member', path, message: `"${path}" is not an archive, so it has no members` } }
  return isWhole ? { job } : { job, note: `"${path}" has an unknown filter: it is restored with that filter applied` }
}

interface Undoing {
  readonly commands: readonly Command[]
  readonly isWhole: boolean
  readonly missing?: string
}

const NOTHING_UNDONE: Undoing = { commands: [], isWhole: true }

function undoAll(filters: readonly string[], keys: RestoreKeys): Undoing {
  const commands: Command[] = []
  for (const filter of filters.toReversed()) {
    const found = undoing(filter, keys)
    if (found === 'unknown') return { commands, isWhole: false }
    if ('missing' in found) return { commands, isWhole: true, missing: found.missing }
    commands.push(found)
  }
  return { commands, isWhole: true }
}

const BY_ENDING: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\.(?:zst|zstd|tzst)$/u, ['zstd']],
  [/\.(?:gz|tgz)$/u, ['gzip']],
  [/\.(?:xz|txz)$/u, ['xz']],
  [/\.(?:bz2|tbz2?)$/u, ['bzip2']],
  [/\.lz4$/u, ['lz4']],
  [/\.age$/u, ['age']],
  [/\.(?:gpg|pgp)$/u, ['gpg']],
]

/** What a file's name says about how it was made: all that is known of a set without manifest whose objects the plan does not name. */
export function contentByName(path: string): Content {
  const filters: string[] = []
  let rest = path
  for (;;) {
    const found = BY_ENDING.find(([ending]) => ending.test(rest))?.[1]
    if (found === undefined) break
    filters.unshift(...found)
    const shorter = withoutSuffixes(rest, found)
    // `.tgz` and the like end in the archive itself.
    if (shorter === rest) return { filters, source: 'tar' }
    rest = shorter
  }
  return rest.endsWith('.tar') ? { filters, source: 'tar' } : { filters }
}
