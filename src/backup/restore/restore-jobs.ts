import type { Command } from '../../plan/command.ts'
import type { Content } from '../filter/filters.ts'
import { withoutSuffixes } from '../filter/inverse-filters.ts'
import { matchObject, type ObjectMatch } from '../filter/match-object.ts'
import { type RestoreKeys, undoing } from '../filter/restore-commands.ts'
import { restoreTargets } from '../guide/restore-targets.ts'
import type { ObjectRecord } from '../set/manifest.ts'

/** The properties of a stored object that a restore needs. Without `sha256`, nothing can be compared: a set without a manifest. */
export type StoredRecord = Pick<ObjectRecord, 'path' | 'bytes' | 'kind' | 'facts' | 'coverage' | 'dump'> & Content & { readonly sha256?: string }

/** The restore of one object. */
export interface RestoreJob {
  readonly record: StoredRecord
  /**
   * `archive`: its members are unpacked to a folder. `stream`: the output of its source. `stored`: the stored bytes, with as many filters reversed as
   * possible.
   */
  readonly kind: 'archive' | 'stream' | 'stored'
  /** Below the destination. */
  readonly target: string
  /** Starting with the stored bytes; at least one. */
  readonly commands: readonly Command[]
}

export interface RestoreProblem {
  readonly kind: 'unknown-object' | 'key' | 'in-the-way' | 'missing' | 'size' | 'digest' | 'unreadable' | 'failed' | 'untrusted' | 'no-member'
  /** The object's path. */
  readonly path: string
  /** The complete message, including the path. */
  readonly message: string
  /** The last output of the failed program. */
  readonly stderr?: string
  /** For `key`: the missing key, in words that can follow several paths. */
  readonly lacks?: string
}

export interface JobOptions {
  /** Objects by path, by path without extensions (`matchObject`), or by their folder; empty: all. */
  readonly objects: readonly string[]
  /** Only archives, of which some members are requested. */
  readonly archivesOnly: boolean
  /** Reverse no filters. */
  readonly raw: boolean
  readonly keys: RestoreKeys
  /** Paths of objects that the set lacks, because they could not be made. */
  readonly failed?: readonly string[]
}

export interface JobPlan {
  readonly jobs: readonly RestoreJob[]
  readonly problems: readonly RestoreProblem[]
  readonly notes: readonly string[]
}

/** Decides which objects are restored, where and how, and returns all conflicts. The target of an object does not depend on the other objects. */
export function decideRestore(records: readonly StoredRecord[], options: JobOptions): JobPlan {
  const targets = options.raw ? records.map(({ path }) => path) : restoreTargets(records)
  const matches = options.objects.map((path) => ({ path, match: matchObject(records, path) }))
  const chosen = new Set(matches.flatMap(({ match }) => (match.kind === 'found' ? [match.object.path] : match.kind === 'folder' ? match.paths : [])))
  const decided = records.map((record, index) => ({ record, ...decideObject(record, targets[index] ?? record.path, options) }))
  const wanted = decided.filter(({ record }) =>
    options.objects.length > 0 ? chosen.has(record.path) : !options.archivesOnly || record.source === 'tar',
  )
  return {
    jobs: wanted.map(({ job }) => job),
    problems: [
      ...matches.flatMap(({ path, match }) =>
        match.kind === 'found' || match.kind === 'folder'
          ? []
          : [{ kind: 'unknown-object' as const, path, message: whyNot(path, match, options.failed) }],
      ),
      ...wanted.flatMap(({ problem }) => problem ?? []),
    ],
    notes: wanted.flatMap(({ note }) => note ?? []),
  }
}

/** Why a name means no object. `failed`: paths of objects that could not be made. */
export function whyNot(path: string, match: Exclude<ObjectMatch<unknown>, { kind: 'found' }>, failed: readonly string[] = []): string {
  const lost = match.kind === 'unknown' ? failed.find((it) => it === path || it.startsWith(`${path}.`) || it.startsWith(`${path}/`)) : undefined
  if (lost !== undefined) return `object "${lost}" is missing: it could not be made`
  if (match.kind !== 'unknown') return `"${path}" can be any of these objects: ${match.paths.map((it) => `"${it}"`).join(', ')}`
  return `object "${path}" not found in the set${match.guess === undefined ? '' : `; the most similar name is "${match.guess}"`}`
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
  const job: RestoreJob = { record, kind, target, commands }
  if (missing !== undefined) return { job, problem: { kind: 'key', path, message: `"${path}" is encrypted: ${missing}`, lacks: missing } }
  if (archivesOnly && !isArchive)
    return { job, problem: { kind: 'no-member', path, message: `"${path}" is not an archive: it is only restored as a whole, without "--path"` } }
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

/** Filters derived from a file name: the only information about a set without a manifest whose objects are not in the plan. */
export function contentByName(path: string): Content {
  const filters: string[] = []
  let rest = path
  for (;;) {
    const found = BY_ENDING.find(([ending]) => ending.test(rest))?.[1]
    if (found === undefined) break
    filters.unshift(...found)
    const shorter = withoutSuffixes(rest, found)
    // `.tgz` and similar extensions mean an archive with a filter.
    if (shorter === rest) return { filters, source: 'tar' }
    rest = shorter
  }
  return rest.endsWith('.tar') ? { filters, source: 'tar' } : { filters }
}
