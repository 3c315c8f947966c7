import { counted, firstTexts, formatBytes, printable } from '../../lib/format.ts'
import { quoted } from '../../storage/system-errors.ts'
import type { CoveredPath, LeftOut } from '../set/coverage.ts'
import type { ObjectRecord } from '../set/manifest.ts'

type Described = Pick<ObjectRecord, 'kind' | 'facts' | 'coverage' | 'dump'>

/** The parts of the source in an object, and the omitted parts, on one line. Undefined: unknown. */
export function describeObject(object: Described): string | undefined {
  const { paths = [], leftOut = [] } = object.coverage ?? {}
  const of = paths.length === 0 ? '' : ` of ${firstTexts(paths.map(pathText))}`
  const missing = leftOut.length === 0 ? '' : `left out: ${firstTexts(leftOut.map(leftOutText))}`
  return joined([`${countsOf([object]) || (of && (object.kind === 'sqlite' ? 'SQLite tables' : 'files'))}${of}`, readTrouble([object]), missing])
}

/** The same for all objects of a set together, in numbers. Undefined: unknown. */
export function describeObjects(objects: readonly Described[]): string | undefined {
  const leftOut = objects.flatMap(({ coverage }) => coverage?.leftOut ?? [])
  const of = (reason: string) => leftOut.filter((it) => it.reason === reason).length
  const missing = [
    countText(
      ['excluded', 'socket', 'device', 'pipe'].reduce((sum, reason) => sum + of(reason), 0),
      'path',
    ),
    countText(of('mount'), 'file system'),
    countText(of('own'), 'folder of Holdfast', 'folders of Holdfast'),
    countText(of('connections'), 'database'),
    firstTexts(leftOut.filter(({ reason }) => reason === 'rights').map(leftOutText)),
  ].filter((text) => text !== '')
  return joined([countsOf(objects), readTrouble(objects), missing.length === 0 ? '' : `left out: ${missing.join(', ')}`])
}

function joined(parts: readonly string[]): string | undefined {
  const known = parts.filter((part) => part !== '')
  return known.length === 0 ? undefined : known.join('; ')
}

function countsOf(objects: readonly Described[]): string {
  const entries = (kind: string) => sumOf(objects.filter((it) => it.kind === kind).map(({ facts }) => numberOf(facts?.['entries'])))
  const created = (what: string) => sumOf(objects.map(({ dump }) => dump?.created?.[what]))
  const withRows = (of: readonly Described[]) => {
    const counts = of.flatMap(({ dump }) => (dump?.rows === undefined ? [] : [sumOf(Object.values(dump.rows))]))
    return counts.length === 0 ? '' : ` with ${counted(sumOf(counts), 'row')}`
  }
  const sqlite = objects.filter(({ kind }) => kind === 'sqlite')
  const dumps = objects.filter(({ kind }) => kind !== 'sqlite')
  // The clients of MariaDB create each view twice, first without its definition, so that others can use it.
  const views = sumOf(objects.map(({ kind, dump }) => Math.ceil((dump?.created?.['view'] ?? 0) / (kind === 'mariadb' ? 2 : 1))))
  const isCounted = dumps.some(({ dump }) => dump?.rows !== undefined)
  const counts = [
    countText(entries('files'), 'file or folder', 'files and folders') + (entries('files') > 0 ? fileBytes(objects) : ''),
    countText(created('table'), 'table') + (created('table') > 0 ? withRows(dumps) : ''),
    countText(entries('sqlite'), 'SQLite table') + (entries('sqlite') > 0 ? withRows(sqlite) : ''),
    countText(views, 'view'),
    ...['trigger', 'routine', 'event'].map((what) => countText(created(what), what)),
    countText(entries('ldap'), 'directory entry', 'directory entries'),
  ].filter((text) => text !== '')
  return counts.length === 0 && isCounted ? 'no tables' : counts.join(', ')
}

/** Of the regular files; nothing if that is unknown of one of the objects. */
function fileBytes(objects: readonly Described[]): string {
  const known = objects.filter(({ kind }) => kind === 'files').map(({ coverage }) => coverage?.bytes)
  return known.includes(undefined) ? '' : ` with ${formatBytes(sumOf(known))}`
}

function readTrouble(objects: readonly Described[]): string {
  const changed = sumOf(objects.map(({ coverage }) => coverage?.changed))
  const skipped = sumOf(objects.map(({ coverage }) => coverage?.skipped))
  return [changed > 0 ? `${changed} changed while read` : '', skipped > 0 ? `${skipped} skipped` : ''].filter((text) => text !== '').join(', ')
}

function countText(count: number, noun: string, plural?: string): string {
  return count === 0 ? '' : counted(count, noun, plural)
}

function sumOf(numbers: readonly (number | undefined)[]): number {
  return numbers.reduce<number>((sum, it) => sum + (it ?? 0), 0)
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function pathText({ path, target }: CoveredPath): string {
  return target === undefined ? quoted(path) : `${quoted(path)} (a link to ${quoted(target)})`
}

const REASONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    excluded: 'excluded by a pattern',
    socket: 'a socket',
    device: 'contents of a device',
    pipe: 'contents of a named pipe',
    mount: 'another file system',
    own: 'data of Holdfast',
    rights: 'no privilege to read them',
    connections: 'does not accept connections',
  }),
)

/** The names of databases are quoted already; those of files are paths. */
function leftOutText({ what, reason }: LeftOut): string {
  return `${what.startsWith('/') ? quoted(what) : printable(what)} (${REASONS.get(reason) ?? printable(reason)})`
}
