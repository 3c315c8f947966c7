import { resolve } from 'node:path'
import { statIn, unlinkIn } from '../../files/entries.ts'
import { openFolderIn, withFolder } from '../../files/folder.ts'
import { type MaybeShared, removeProvenTreeIn } from '../../files/tree/remove-proven.ts'
import { DAY_MS } from '../../lib/durations.ts'
import { messageOf } from '../../lib/errors.ts'
import { counted } from '../../lib/format.ts'
import type { ExpireSet, ExpireStep } from '../../plan/dated-files.ts'
import { withArchiveFolder, withEntryBelow } from '../archive-folder.ts'
import type { ArchiveWork } from '../archive-work.ts'
import { isDumpFolder } from '../dump/dump-folder.ts'
import { ArchiveError } from '../errors.ts'
import { type DatedFile, decideExpiry } from '../find/expiry.ts'
import { archiveFolders, findArchiveFiles, findDumpFiles } from '../find/find-files.ts'
import { aheadText, wallMs } from '../find/future-dates.ts'
import { databasesOf } from '../list-databases.ts'
import { systemCalls } from '../system-calls.ts'
import { neededBases } from './needed-bases.ts'

/**
 * Removes old files of file sets, oldest first. Dry: only reports what would be removed. If a file cannot be removed, the others still are; at the
 * end, the first failure is thrown. If the files of a set are unknown (a database server that does not answer), none of them is removed, and the step
 * fails.
 */
export async function expireFiles(step: ExpireStep, work: ArchiveWork): Promise<void> {
  await systemCalls(work.signal, async () => {
    const expiring: Expiring = { step, work, gone: new Set(), failures: [] }
    // The retained files of level 1 determine those of level 0.
    for (const set of step.sets.toSorted((a, b) => levelOf(b) - levelOf(a))) {
      try {
        await expireSet(set, expiring)
      } catch (error) {
        work.signal.throwIfAborted()
        expiring.failures.push(error)
      }
    }
    const [first] = expiring.failures
    for (const other of expiring.failures.slice(1)) work.note(messageOf(other))
    if (first !== undefined) throw first
  })
}

interface Expiring {
  readonly step: ExpireStep
  readonly work: ArchiveWork
  /** Removed in this step, or, dry, to be removed. */
  readonly gone: Set<string>
  readonly failures: unknown[]
}

function levelOf({ files }: ExpireSet): number {
  return files.kind === 'archives' ? files.level : 0
}

async function expireSet(set: ExpireSet, expiring: Expiring): Promise<void> {
  const { step, work } = expiring
  const { files, limits } = set
  if (limits.maxFiles === undefined && limits.days === undefined) return
  const workingFolder = step.workingFolder ?? '.'
  if (files.kind === 'dumps') {
    const path = resolve(workingFolder, set.folder ?? files.folder)
    const databases = await databasesOf(files.databases, files.server, work)
    if (databases.length === 0) throw new ArchiveError('no-databases', `no databases are known for the dumps in "${path}"`)
    await withArchiveFolder(path, work, async (folder) => {
      if (folder === undefined) return
      for (const database of databases) await expireFound(await findDumpFiles(files, database, folder), { set, folder, needed: new Map() }, expiring)
    })
    return
  }
  const path = archiveFolders(files, workingFolder, set.folder)[files.level]
  if (path === undefined) return
  await withArchiveFolder(path, work, async (folder) => {
    if (folder === undefined) return
    const found = await findArchiveFiles(files, { folder, level: files.level })
    const search = { files, workingFolder, folder: path, areCopies: set.folder !== undefined, isDry: step.dry === true, gone: expiring.gone }
    const needed = files.level === 0 ? await neededBases(found, search, work) : new Map<string, string>()
    await expireFound(found, { set, folder, needed }, expiring)
  })
}

interface Limited {
  readonly set: ExpireSet
  readonly folder: MaybeShared
  readonly needed: ReadonlyMap<string, string>
}

async function expireFound(found: readonly DatedFile[], { set, folder, needed }: Limited, expiring: Expiring): Promise<void> {
  const { step, work, gone, failures } = expiring
  const { remove, keep, waits } = decideExpiry(found, {
    limits: set.limits,
    nowWallMs: wallMs(work.began),
    needed,
    isClockConfirmed: work.isClockConfirmed === true,
  })
  const dry = step.dry === true
  noteAhead(found, work)
  if (waits !== undefined) work.note(`${fileWords(found)}: ${waits}`)
  for (const { path, reason } of keep) {
    if (reason !== 'within the limits' || dry) work.emit({ kind: 'file-kept', step: work.step, path, reason })
  }
  const names = new Map(found.map((it) => [it.path, it.name]))
  for (const { path, reason } of remove) {
    work.signal.throwIfAborted()
    try {
      if (!dry) await withEntryBelow(folder, names.get(path) ?? '', (at, name) => removeEntry({ ...at, isShared: folder.isShared }, name))
      gone.add(path)
      work.emit({ kind: 'file-removed', step: work.step, path, reason, dry })
      work.failpoint?.('file-expired')
    } catch (error) {
      failures.push(new ArchiveError('expiry-failed', `could not remove "${path}": ${messageOf(error)}`, { cause: error }))
    }
  }
}

/** `"/srv/x.tar.gz" and 3 other files`. */
function fileWords(files: readonly DatedFile[]): string {
  const path = `"${files[0]?.path ?? ''}"`
  return files.length === 1 ? path : `${path} and ${counted(files.length - 1, 'other file')}`
}

/** Reports dates in the future, which do not count. Not those of concurrent runs, or of an hour that occurs twice. */
function noteAhead(found: readonly DatedFile[], { began, clock, note }: ArchiveWork): void {
  const latestMs = Math.max(wallMs(began), wallMs(clock())) + DAY_MS
  const ahead = found.filter((it) => it.wallMs > latestMs)
  if (ahead.length > 0) note(`${aheadText(ahead)}: kept, and not counted`)
}

/** Of a link, only the link is removed, never its target; of a folder, all contents except for mounts. */
async function removeEntry(folder: MaybeShared, name: string): Promise<void> {
  if ((await statIn(folder, name))?.isDirectory() !== true) {
    await unlinkIn(folder, name)
    return
  }
  // Without its table of contents, the rest of a dump folder does not count as a dump, even if the removal is interrupted.
  if (!folder.isShared) await withFolder(openFolderIn(folder, name), (dump) => unlinkIn(dump, 'toc.dat'))
  const failed = await removeProvenTreeIn(folder, name, async (dump) => {
    if (!(await isDumpFolder(dump))) return false
    await unlinkIn(dump, 'toc.dat')
    return true
  })
  if (failed !== undefined) throw failed.error
}
