import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { renameEntry } from '../../files/entries.ts'
import { flushFd } from '../../files/flush.ts'
import { type Folder, withFolder } from '../../files/folder.ts'
import { cloneFileIn } from '../../files/move-entry.ts'
import { whyForeignHardLink } from '../../files/trust/hard-links.ts'
import { MINUTE_MS } from '../../lib/durations.ts'
import { messageOf } from '../../lib/errors.ts'
import type { CopyFilesStep, CopyPeriod, FileSet } from '../../plan/dated-files.ts'
import type { PeriodRule } from '../../plan/times/period-rule.ts'
import { type ArchiveFolder, makeArchiveFolder, withArchiveFolder, withEntryBelow } from '../archive-folder.ts'
import type { ArchiveWork } from '../archive-work.ts'
import { sha1Of } from '../byte-file.ts'
import { ArchiveError } from '../errors.ts'
import type { DatedFile } from '../find/expiry.ts'
import { archiveFolders, findArchiveFiles, findDumpFiles } from '../find/find-files.ts'
import { withoutFutureDates } from '../find/future-dates.ts'
import { isDue, startOfMinute } from '../find/period-due.ts'
import { databasesOf } from '../list-databases.ts'
import { FOLDER_MODE, modeIn } from '../names/file-modes.ts'
import { withOpenedArchive } from '../opened-archive.ts'
import { systemCalls } from '../system-calls.ts'
import { openWorkFolder, type WorkFolder } from '../work-folder.ts'
import { periodRecord } from './period-record.ts'

/**
 * Copies the newest good files of each set to the folders of the periods that are due: since the last complete copy, which is recorded, or in the
 * minute in which the run began. Each copy is compared with its source by digest before it gets its name; mode and modification time are those of the
 * source. Rejects at the end with the first failed copy, the others are noted; existing files are unchanged then, and the period is still due.
 */
export async function copyNewest(step: CopyFilesStep, work: ArchiveWork): Promise<void> {
  await systemCalls(work.signal, async () => {
    const newest = await newestOfAll(step, work)
    if (newest.length === 0) return
    const copying: Copying = { newest, step, work, failures: [] }
    const due = await copyToPeriods(copying)
    if (due === 0) work.emit({ kind: 'step-told', step: work.step, text: 'no period is due: nothing was copied', isDetail: false })
    for (const other of copying.failures.slice(1)) work.note(messageOf(other))
    if (copying.failures.length > 0) throw copying.failures[0]
  })
}

/** Resolves with the number of those that were due. */
async function copyToPeriods(copying: Copying): Promise<number> {
  let due = 0
  for (const period of copying.step.periods) {
    if (period.when === undefined) copying.work.reportError(`the period "${period.name}" has no schedule: nothing was copied to it`)
    else if (await copyIfDue(period, period.when, copying)) due++
  }
  return due
}

/** Whether it was due. */
async function copyIfDue(period: CopyPeriod, when: PeriodRule, copying: Copying): Promise<boolean> {
  const { step, work, failures } = copying
  const record = await periodRecord(period, step, work)
  const isItDue = isDue(when, work.began, record.last)
  const before = failures.length
  const minute = startOfMinute(work.began)
  const isNew = record.last === undefined || record.last > minute
  if (step.dry !== true && isNew) await record.write(new Date(minute.getTime() - (isItDue ? MINUTE_MS : 0)))
  if (isItDue) await copyTo(period, copying)
  if (isItDue && step.dry !== true && failures.length === before) await record.write(minute)
  return isItDue
}

/** A file to be copied: its folder, and its path relative to that. */
interface Newest {
  readonly path: string
  readonly folder: string
  readonly name: string
}

async function newestOfAll(step: CopyFilesStep, work: ArchiveWork): Promise<readonly Newest[]> {
  const newest: Newest[] = []
  for (const { name, files } of step.sets) {
    const found = await newestOf(files, step, work)
    if (found.length === 0) work.note(`no files to copy for "${name}"`)
    newest.push(...found)
  }
  return newest
}

async function newestOf(files: FileSet, { workingFolder = '.' }: CopyFilesStep, work: ArchiveWork): Promise<readonly Newest[]> {
  const path = files.kind === 'dumps' ? resolve(workingFolder, files.folder) : archiveFolders(files, workingFolder)[files.level]
  if (path === undefined) return []
  const all = await withArchiveFolder(path, work, (folder) => filesIn(folder, files, work))
  const found = withoutFutureDates(all, work)
  const good = found.filter((it) => it.isGood)
  const newestMs = Math.max(...good.map((it) => it.wallMs))
  const newest = good.filter((it) => it.wallMs === newestMs)
  const broken = found.find((it) => !it.isGood && it.wallMs > newestMs)
  if (broken !== undefined) work.note(`"${broken.path}" is newer than the copied files, but incomplete`)
  const stale = new Set(good.map((it) => it.group)).size - new Set(newest.map((it) => it.group)).size
  if (stale > 0) work.note(`${stale} of the groups of files in "${dirname(good[0]?.path ?? '')}" have no file with the newest date`)
  return newest.map((it) => ({ path: it.path, folder: path, name: it.name })).toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

async function filesIn(folder: Folder | undefined, files: FileSet, work: ArchiveWork): Promise<readonly DatedFile[]> {
  if (files.kind === 'archives') return folder === undefined ? [] : await findArchiveFiles(files, { folder, level: files.level })
  const all: DatedFile[] = []
  for (const database of await databasesOf(files.databases, files.server, work)) {
    if (folder !== undefined) all.push(...(await findDumpFiles(files, database, folder)))
  }
  return all
}

interface Copying {
  readonly newest: readonly Newest[]
  readonly step: CopyFilesStep
  readonly work: ArchiveWork
  readonly failures: unknown[]
}

async function copyTo(period: CopyPeriod, { newest, step, work, failures }: Copying): Promise<void> {
  const path = resolve(step.workingFolder ?? '.', period.folder)
  if (step.dry === true) {
    for (const it of newest) work.emit({ kind: 'file-copied', step: work.step, path: it.path, target: join(path, basename(it.path)), dry: true })
    return
  }
  await withFolder(makeArchiveFolder(path, FOLDER_MODE, work), async (folder) => {
    const part = await openWorkFolder(folder)
    try {
      for (const it of newest) {
        work.signal.throwIfAborted()
        try {
          await copyOne(it, { folder, part }, work)
        } catch (error) {
          work.signal.throwIfAborted()
          failures.push(
            error instanceof ArchiveError
              ? error
              : new ArchiveError('copy-failed', `could not copy "${it.path}" to "${path}": ${messageOf(error)}`, { cause: error }),
          )
        }
      }
      await flushFd(folder.fd)
    } finally {
      await part.remove()
    }
  })
}

interface CopyTarget {
  readonly folder: ArchiveFolder
  readonly part: WorkFolder
}

async function copyOne({ path, folder: from, name }: Newest, place: CopyTarget, work: ArchiveWork): Promise<void> {
  await withArchiveFolder(from, work, async (folder) => {
    if (folder === undefined) throw new ArchiveError('copy-failed', `the folder "${from}" no longer exists`)
    await withEntryBelow(folder, name, (at, last) =>
      withOpenedArchive(at, last, async (opened) => {
        if (opened.kind === 'folder') throw new ArchiveError('copy-failed', `"${path}" is a folder; only files are copied`)
        const why = whyForeignHardLink(await opened.file.stat(), at.facts)
        if (why !== undefined) throw new ArchiveError('copy-failed', `"${path}" is not copied: ${why}`)
        await copyOpened(opened.file, { ...place, path }, work)
      }),
    )
  })
}

async function copyOpened(file: FileHandle, { folder, part, path }: CopyTarget & { readonly path: string }, work: ArchiveWork): Promise<void> {
  const name = basename(path)
  const source = await file.stat()
  const copy = await cloneFileIn(file, { folder: part.folder, name })
  try {
    const [before, after] = [await sha1Of(file, work.signal), await sha1Of(copy, work.signal)]
    if (before !== after) throw new ArchiveError('bad-copy', `the copy of "${path}" in "${folder.path}" differs from the original`)
    // No set-ID bits: the mode was determined by the user who created the file.
    await copy.chmod(modeIn(folder, source.mode & 0o777))
    await copy.sync()
    await copy.utimes(source.atime, source.mtime)
  } finally {
    await copy.close()
  }
  work.failpoint?.('file-copying')
  await renameEntry({ folder: part.folder, name }, { folder, name })
  work.failpoint?.('file-copied')
  work.emit({ kind: 'file-copied', step: work.step, path, target: join(folder.path, name), dry: false })
}
