import { formatBytes } from '../../lib/format.ts'
import { isBelow } from '../../storage/root/mountinfo.ts'
import { quoted } from '../../storage/system-errors.ts'
import type { CoveredPath } from '../set/coverage.ts'
import type { ObjectRecord } from '../set/manifest.ts'
import type { ComparedNumbers } from './detect-drift.ts'
import { dumpLosses } from './dump-losses.ts'

type ComparedObject = Pick<ObjectRecord, 'path' | 'bytes' | 'kind' | 'filters' | 'facts' | 'coverage' | 'dump'>

// The size of others, such as the output of a command, has no meaning.
const KINDS: ReadonlySet<string> = new Set(['files', 'postgresql', 'mariadb', 'ldap', 'sqlite'])

// Below these, small changes are large in proportion.
const FEW_ENTRIES = 4
const FEW_BYTES = 4096

// Less than these shares of the last set is far below its history.
const ENTRIES = 1 / 2
const BYTES = 1 / 4

// What an object without entries means.
const EMPTY: ReadonlyMap<string, string> = new Map(
  Object.entries({ files: 'no files were saved', ldap: 'the directory has no entries', sqlite: 'the database has no tables' }),
)

/** Whether objects of this kind are compared with those of previous sets. */
export function isCompared({ kind }: Pick<ObjectRecord, 'kind'>): boolean {
  return kind !== undefined && KINDS.has(kind)
}

/**
 * Why objects may lack data that they should have: a source is empty, a file system that contained it is not mounted, or there is far less than in the last
 * set. Decides only. `before`: the objects of the last set that counts, by path. `byHistory`: which numbers of an object are compared with a longer history
 * instead.
 */
export function compareObjects(
  objects: readonly ComparedObject[],
  before: ReadonlyMap<string, ComparedObject>,
  byHistory: ReadonlyMap<string, ComparedNumbers>,
): readonly string[] {
  return objects.filter(isCompared).flatMap((object) => {
    const reasons = reasonsFor(object, { last: before.get(object.path), byHistory: byHistory.get(object.path) })
    return reasons.map((reason) => `object ${quoted(object.path)}: ${reason}`)
  })
}

interface Before {
  readonly last: ComparedObject | undefined
  readonly byHistory: ComparedNumbers | undefined
}

function reasonsFor(object: ComparedObject, { last, byHistory }: Before): readonly string[] {
  const paths = pathReasons(object, last)
  if (paths.length > 0) return paths
  const empty = EMPTY.get(object.kind ?? '')
  if (empty !== undefined && hasNothing(object) && !(last !== undefined && hasNothing(last))) return [empty]
  return last === undefined ? [] : lossReasons(object, last, byHistory)
}

/** It has no entries, or only the names of devices and pipes. */
function hasNothing(object: ComparedObject): boolean {
  const { paths = [], leftOut = [] } = object.coverage ?? {}
  const names = new Set(leftOut.flatMap(({ what, reason }) => (reason === 'device' || reason === 'pipe' ? [what] : [])))
  return entriesOf(object) === 0 || (paths.length > 0 && paths.every(({ path }) => names.has(path)))
}

/** There is far less than in the last set. */
function lossReasons(object: ComparedObject, last: ComparedObject, byHistory: ComparedNumbers | undefined): readonly string[] {
  const [entries, entriesBefore] = [entriesOf(object), entriesOf(last)]
  if (entries !== undefined && entriesBefore !== undefined && !byHistory?.count) {
    if (entriesBefore >= FEW_ENTRIES && entries < entriesBefore * ENTRIES)
      return [`number of ${object.kind === 'sqlite' ? 'tables' : 'entries'}: ${entries}, ${entriesBefore} in the last set`]
  }
  const losses = dumpLosses(object.dump, last.dump, byHistory?.count)
  if (losses.length > 0) return losses
  const isSameForm = object.filters.join() === last.filters.join()
  if (isSameForm && !byHistory?.size && last.bytes >= FEW_BYTES && object.bytes < last.bytes * BYTES)
    return [`size: ${formatBytes(object.bytes)}, ${formatBytes(last.bytes)} in the last set`]
  return []
}

function pathReasons({ coverage }: ComparedObject, last: ComparedObject | undefined): readonly string[] {
  const { paths = [] } = coverage ?? {}
  const before = new Map(last?.coverage?.paths?.map((path) => [path.path, path]))
  const mounted = new Set([...(coverage?.entered ?? []), ...paths.map(({ mount }) => mount)])
  const gone = (last?.coverage?.entered ?? []).filter(
    (mount) => !mounted.has(mount) && paths.some(({ path, target }) => isBelow(mount, target ?? path)),
  )
  const isAllEmpty = paths.length > 0 && paths.every(({ empty }) => empty)
  const ofPaths = paths.flatMap((path) => {
    const then = before.get(path.path)
    const unmounted = missingMount(path, then)
    if (unmounted !== undefined) return [`the file system that was mounted at ${quoted(unmounted)} is not mounted`]
    // Without a history, one of several folders may be empty.
    const isUnexpected = then === undefined ? isAllEmpty : then.empty !== true
    return path.empty && isUnexpected ? [`${quoted(path.path)} is empty`] : []
  })
  return [...ofPaths, ...gone.map((mount) => `the file system at ${quoted(mount)}, which the last set contains, is not mounted, or is left out now`)]
}

function missingMount({ mount }: CoveredPath, then: CoveredPath | undefined): string | undefined {
  if (mount === undefined || then?.mount === undefined || then.mount === mount) return undefined
  return isBelow(then.mount, mount) ? then.mount : undefined
}

function entriesOf({ facts }: ComparedObject): number | undefined {
  const entries = facts?.['entries']
  return typeof entries === 'number' ? entries : undefined
}
