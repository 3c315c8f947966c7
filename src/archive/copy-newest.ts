import { constants } from 'node:fs'
import { copyFile, open, rename, stat, utimes } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { makeFolders } from '../files/make-folders.ts'
import { messageOf } from '../lib/errors.ts'
import type { CopyFilesStep, CopyPeriod, FileSet } from '../plan/dated-files.ts'
import { believable } from './believable.ts'
import { ArchiveError } from './errors.ts'
import type { DatedFile } from './expiry.ts'
import { archivePlaces, findArchiveFiles, findDumpFiles } from './find-files.ts'
import { flushFolder } from './flush.ts'
import { databasesOf } from './list-databases.ts'
import { FOLDER_MODE } from './modes.ts'
import { localMinute, matchesPeriod } from './period-match.ts'
import { sha1File } from './sha1-file.ts'
import { systemCalls } from './system-calls.ts'
import type { ArchiveWork } from './work.ts'
import { openWorkFolder, type WorkFolder } from './work-folder.ts'

/**
 * Copies the newest good files of each set into the folders of those periods whose rule holds in the minute in which the run began. Each copy is compared with
 * its source by digest before it gets its name; mode and modification time are the source's. Rejects in the end with the first copy that failed, the others are
 * noted; what was there before stays then.
 */
export async function copyNewest(step: CopyFilesStep, work: ArchiveWork): Promise<void> {
  await systemCalls(work.signal, async () => {
    const paths = await newestOfAll(step, work)
    if (paths.length === 0) return
    const failures: unknown[] = []
    for (const period of step.periods) {
      if (period.when === undefined) work.complain(`nobody knows when the period "${period.name}" is due: nothing is copied to it`)
      else if (matchesPeriod(period.when, localMinute(work.began))) await copyTo(period, paths, { step, work, failures })
    }
    for (const other of failures.slice(1)) work.note(messageOf(other))
    if (failures.length > 0) throw failures[0]
  })
}

async function newestOfAll(step: CopyFilesStep, work: ArchiveWork): Promise<readonly string[]> {
  const paths: string[] = []
  for (const { name, files } of step.sets) {
    const newest = await newestOf(files, step, work)
    if (newest.length === 0) work.note(`there is nothing to copy of "${name}"`)
    paths.push(...newest)
  }
  return paths
}

async function newestOf(files: FileSet, { workingFolder = '.' }: CopyFilesStep, work: ArchiveWork): Promise<readonly string[]> {
  const all: DatedFile[] = []
  if (files.kind === 'dumps') {
    const folder = resolve(workingFolder, files.folder)
    for (const database of await databasesOf(files.databases, files.server, work)) all.push(...(await findDumpFiles(files, database, folder)))
  } else {
    const folder = archivePlaces(files, workingFolder)[files.level]
    if (folder !== undefined) all.push(...(await findArchiveFiles(files, { folder, level: files.level })))
  }
  const found = believable(all, work)
  const good = found.filter((it) => it.isGood)
  const newestMs = Math.max(...good.map((it) => it.wallMs))
  const newest = good.filter((it) => it.wallMs === newestMs)
  const broken = found.find((it) => !it.isGood && it.wallMs > newestMs)
  if (broken !== undefined) work.note(`"${broken.path}" is newer than what is copied, but it is not whole`)
  const stale = new Set(good.map((it) => it.group)).size - new Set(newest.map((it) => it.group)).size
  if (stale > 0) work.note(`${stale} of the groups of files in "${dirname(good[0]?.path ?? '')}" have no file of the newest date`)
  return newest.map((it) => it.path).toSorted()
}

interface Copying {
  readonly step: CopyFilesStep
  readonly work: ArchiveWork
  readonly failures: unknown[]
}

async function copyTo(period: CopyPeriod, paths: readonly string[], { step, work, failures }: Copying): Promise<void> {
  const folder = resolve(step.workingFolder ?? '.', period.folder)
  if (step.dry === true) {
    for (const path of paths) work.emit({ kind: 'file-copied', step: work.step, path, target: join(folder, basename(path)), dry: true })
    return
  }
  await makeFolders(folder, FOLDER_MODE)
  const place = await openWorkFolder(folder)
  try {
    for (const path of paths) {
      work.signal.throwIfAborted()
      try {
        await copyOne(path, { folder, place }, work)
      } catch (error) {
        work.signal.throwIfAborted()
        failures.push(
          error instanceof ArchiveError
            ? error
            : new ArchiveError('copy-failed', `cannot copy "${path}" to "${folder}": ${messageOf(error)}`, { cause: error }),
        )
      }
    }
    await flushFolder(folder)
  } finally {
    await place.remove()
  }
}

async function copyOne(path: string, { folder, place }: { readonly folder: string; readonly place: WorkFolder }, work: ArchiveWork): Promise<void> {
  const target = join(folder, basename(path))
  const part = join(place.path, basename(path))
  const source = await stat(path)
  if (source.isDirectory()) throw new ArchiveError('copy-failed', `"${path}" is a folder, which is not copied`)
  // Blocks are shared where the file system can do that.
  await copyFile(path, part, constants.COPYFILE_FICLONE)
  const [before, after] = [await sha1File(path, work.signal), await sha1File(part, work.signal)]
  if (before !== after) throw new ArchiveError('bad-copy', `the copy of "${path}" in "${folder}" differs from it`)
  const handle = await open(part, 'r+')
  try {
    await handle.chmod(source.mode & 0o7777)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await utimes(part, source.atime, source.mtime)
  work.reach?.('file-copying')
  await rename(part, target)
  work.reach?.('file-copied')
  work.emit({ kind: 'file-copied', step: work.step, path, target, dry: false })
}
