import { join, relative } from 'node:path'
import { realPathOf } from '../../files/trust/real-path.ts'
import { DAY_MS } from '../../lib/durations.ts'
import type { ArchiveWork } from '../archive-work.ts'
import { type BaseRecord, type KnownBases, knownBases, readBaseRecords, removeBaseRecord, whereIs, writeBaseRecord } from '../base-records.ts'
import { ArchiveError } from '../errors.ts'
import { type DatedFile, unitKey } from '../find/expiry.ts'
import { archiveDate, archiveFolders } from '../find/find-files.ts'
import { archivesIn, type BaseSearch, type Level1Folder, level1Folders } from './level1-folders.ts'

/**
 * Why a level 0 must be kept, by `unitKey`: each retained level 1 needs the level 0 that was recorded when it was made. Without a record, it is guessed
 * by the dates. Searches for level 1 files in all folders of the plan (file sets, tasks, copies), by name in the folders beside this one, because other
 * configurations may make them, and in all recorded folders. Rejects unless every folder of the plan could be read, and with `archive/level-1-unknown`
 * if a recorded level 1 cannot be found in a folder that is missing or was exchanged.
 */
export async function neededBases(level0: readonly DatedFile[], search: BaseSearch, work: ArchiveWork): Promise<ReadonlyMap<string, string>> {
  const needed = new Map<string, string>()
  if (level0.length === 0) return needed
  const home = search.areCopies ? (archiveFolders(search.files, search.workingFolder)[0] ?? search.folder) : search.folder
  const known = knownBases(await readBaseRecords(home, work), search.files)
  const call: Call = { level0, search, work, home, known, needed, seen: new Set() }
  for (const place of await level1Folders(search, work)) await lookIn(place, call)
  if (!search.areCopies) for (const record of known.records) if (!call.seen.has(record.archive)) await lookFor(record, call)
  return needed
}

interface Call {
  readonly level0: readonly DatedFile[]
  readonly search: BaseSearch
  readonly work: ArchiveWork
  /** The folder of the original level 0 files. */
  readonly home: string
  readonly known: KnownBases
  readonly needed: Map<string, string>
  /** The level 1 archives that were found, with links resolved. */
  readonly seen: Set<string>
}

async function lookIn({ files, folder, mustRead, isCopy }: Level1Folder, call: Call): Promise<void> {
  const { search, work, seen } = call
  const level1 = (await archivesIn(files, { folder, level: 1 }, { mustRead, work })).filter((it) => it.group.startsWith('archive'))
  if (level1.length === 0) return
  const top = await realPathOf(folder)
  // Copies of both levels in one folder are restored from there.
  const beside = folder === search.folder ? [] : await archivesIn(files, { folder, level: 0 }, { mustRead, work })
  const copied = new Set(beside.filter((it) => it.isGood).map((it) => it.wallMs))
  for (const { path, name, wallMs: dated } of level1) {
    const archive = join(top, name)
    seen.add(archive)
    if (search.gone.has(path)) continue
    const bases = basesOf({ archive, wallMs: dated }, call).filter((it) => !copied.has(it.wallMs))
    for (const base of bases) call.needed.set(unitKey(base), `"${path}" depends on it`)
    if (mustRead && (bases.length > 0 || !isCopy)) await recordFound({ archive, top, isCopy }, call)
  }
}

/** From now on, it is missed if its folder is missing. */
async function recordFound(found: Pick<BaseRecord, 'archive' | 'top' | 'isCopy'>, { home, search, work, known }: Call): Promise<void> {
  if (search.isDry || search.areCopies || known.records.some((it) => it.archive === found.archive)) return
  const [base, ...others] = known.basesOf(found.archive)
  await writeBaseRecord({ basename: search.files.basename, ...found, level0: home, ...(base !== undefined && others.length === 0 && { base }) }, work)
}

/** The level 0 files of an archive: the recorded one, or those that it may be relative to by the dates. */
function basesOf(
  { archive, wallMs: dated }: { readonly archive: string; readonly wallMs: number },
  { level0, known, search }: Call,
): readonly DatedFile[] {
  const recorded = known.basesOf(archive)
  if (recorded.length > 0) {
    const dates = new Set(recorded.map((it) => archiveDate(search.files, 0, it)))
    return level0.filter((it) => dates.has(it.wallMs))
  }
  const good = level0.some((it) => it.isGood) ? level0.filter((it) => it.isGood) : level0
  const newestMs = Math.max(...good.map((it) => it.wallMs).filter((ms) => ms <= dated))
  // After a clock was set back, or in the hour that occurs twice, a level 0 has a later date than the level 1 that is relative to it.
  return good.filter((it) => it.wallMs === newestMs || (it.wallMs > dated && it.wallMs < dated + DAY_MS))
}

/** A recorded level 1 that is in none of the searched folders. */
async function lookFor(record: BaseRecord, call: Call): Promise<void> {
  const { search, work, needed, home } = call
  const where = await whereIs(record)
  const dated = archiveDate(search.files, 1, relative(record.top, record.archive))
  const bases = record.base === undefined && dated === undefined ? call.level0 : basesOf({ archive: record.archive, wallMs: dated ?? 0 }, call)
  if (where === 'present' || (where === 'unknown' && record.isCopy && work.acceptsMounts !== true)) {
    for (const base of bases) needed.set(unitKey(base), `"${record.archive}" depends on it`)
    return
  }
  if (where === 'unknown' && bases.length > 0 && work.acceptsMounts !== true) throw unknown(record)
  // Another run may be about to put it in place.
  const isOld = work.clock().getTime() - Date.parse(record.at) > DAY_MS
  if (!search.isDry && (isOld || where === 'unknown')) await removeBaseRecord(home, record, work)
}

function unknown({ archive, top }: BaseRecord): ArchiveError {
  return new ArchiveError(
    'level-1-unknown',
    `could not determine which level 0 is needed: "${archive}" is not accessible, because the folder "${top}" is missing or was replaced`,
    {
      hint: `Mount the file system of "${top}", or move the archives back. If they were removed for good, run once with --accept-root.`,
    },
  )
}
