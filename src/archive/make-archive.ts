import { open, realpath, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { makeFolders } from '../files/make-folders.ts'
import { pythonFloat } from '../lib/python-float.ts'
import type { ArchiveLevel, ArchiveStep } from '../plan/dated-files.ts'
import { compilePatterns } from '../plan/patterns/compile-patterns.ts'
import { type ArchivePlace, archivePlace, realPlace, seenFrom } from './archive-place.ts'
import { createByteFile } from './byte-file.ts'
import { type EntrySorter, entrySorter, type SorterOptions } from './entry-sorter.ts'
import { ArchiveError } from './errors.ts'
import { type Base, findBase } from './find-base.ts'
import { isThere } from './is-there.ts'
import { FOLDER_MODE, PART_MODE } from './modes.ts'
import { packTar } from './pack-tar.ts'
import { packZip } from './pack-zip.ts'
import { pathText } from './path-text.ts'
import { publish } from './publish.ts'
import { type Walk, walkTree } from './scan-tree.ts'
import { sha1File } from './sha1-file.ts'
import { systemCalls } from './system-calls.ts'
import { takeOutLost } from './without-lost.ts'
import type { ArchiveWork } from './work.ts'
import { openWorkFolder, type WorkFolder } from './work-folder.ts'

/**
 * Makes one archive of a folder, its list, and its digest where one is asked for, all of them or none. What could not be packed is told and is not in the list.
 * Dry, it looks at everything and changes nothing. Rejects with an `ArchiveError` or `ProcessError`; nothing is left behind then.
 */
export async function makeArchive(step: ArchiveStep, work: ArchiveWork): Promise<void> {
  await systemCalls(work.signal, async () => {
    const source = await sourceOf(step)
    const early = (await mayWalkEarly(step, source)) ? await walkTree(source, work) : undefined
    try {
      const base = step.files.level === 1 ? await baseOf(step, work) : undefined
      const level: ArchiveLevel = base === undefined ? 0 : 1
      const place = await archivePlace(step, level, work.began)
      work.emit({ kind: 'archive-began', step: work.step, source, path: place.archive, level, ...(base && { base: base.list }) })
      const making: Making = { step, work, source, early, base, place, startedMs: work.clock().getTime() }
      if (step.dry === true) await onlyLook(making)
      else await make(making)
    } finally {
      await early?.stop()
    }
  })
}

/** Whether the walk may go on while the list of the base is read: not where it would meet folders of ours that come and go meanwhile. */
async function mayWalkEarly({ files: { level, folders }, workingFolder = '.' }: ArchiveStep, source: string): Promise<boolean> {
  const folder = resolve(workingFolder, folders[1] ?? '')
  return level === 1 && (await isThere(folder)) && seenFrom(source, [await realPlace(join(folder, 'any'))]).length === 0
}

interface Making {
  readonly step: ArchiveStep
  readonly work: ArchiveWork
  /** Absolute, links resolved. */
  readonly source: string
  /** A walk that has begun before the base was known. */
  readonly early: Walk | undefined
  readonly base: Base | undefined
  readonly place: ArchivePlace
  readonly startedMs: number
}

async function sourceOf({ source, workingFolder = '.' }: ArchiveStep): Promise<string> {
  const path = resolve(workingFolder, source)
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) return await realpath(path)
  throw new ArchiveError('no-source', found === undefined ? `there is no folder "${path}" to pack` : `"${path}" is not a folder`, {
    hint: 'Correct the path of the source, or mount what should be there.',
  })
}

async function baseOf(step: ArchiveStep, work: ArchiveWork): Promise<Base | undefined> {
  const { workingFolder = '.', baseMustExist } = step
  const base = await findBase(step.files, { workingFolder, archiveMustExist: baseMustExist, signal: work.signal, note: work.note })
  if (base === undefined)
    work.note(`there is no level 0 in "${resolve(workingFolder, step.files.folders[0])}" to begin from: level 0 is made instead`)
  return base
}

async function onlyLook(making: Making): Promise<void> {
  const sorter = sorterOf(making, [])
  await scan(making, sorter)
  ended(making, sorter, { bytes: 0, lost: 0 })
}

async function make(making: Making): Promise<void> {
  const { place, step, work } = making
  await makeFolders(resolve(step.workingFolder ?? '.', step.target), FOLDER_MODE)
  await makeFolders(place.folder, FOLDER_MODE)
  const folder = await openWorkFolder(place.folder)
  try {
    work.reach?.('archive-work-made')
    await makeIn(folder, making)
  } finally {
    await folder.remove()
  }
}

async function makeIn(folder: WorkFolder, making: Making): Promise<void> {
  const { step, work, place, source } = making
  const paths = {
    names: join(folder.path, 'names'),
    list: join(folder.path, 'list'),
    archive: join(folder.path, 'archive'),
    digest: join(folder.path, 'digest'),
  }
  const sorter = await listEntries(making, folder, paths)
  work.reach?.('archive-scanned')
  const handle = await open(paths.archive, 'wx', PART_MODE)
  let lost: ReadonlySet<string>
  try {
    const call = { step, root: step.absolutePaths ? '/' : source, names: paths.names, fd: handle.fd, lockFd: folder.lockFd }
    lost = (await (step.container === 'zip' ? packZip(call, work) : packTar(call, work))).lost
    work.reach?.('archive-packed')
    await handle.sync()
  } finally {
    await handle.close()
  }
  const gone = await takeOutLost(paths.list, { lost, isAbsolute: step.absolutePaths, signal: work.signal })
  const sha1 = step.files.digests ? await sha1File(paths.archive, work.signal) : undefined
  if (sha1 !== undefined) await writeFile(paths.digest, sha1, { flush: true, mode: PART_MODE })
  work.signal.throwIfAborted()
  const { size } = await stat(paths.archive)
  await makeFolders(resolve(place.digest, '..'), FOLDER_MODE)
  await publish({ archive: paths.archive, list: paths.list, ...(sha1 !== undefined && { digest: paths.digest }) }, place, work.reach)
  ended(making, sorter, { bytes: size, lost: gone, ...(sha1 !== undefined && { sha1 }) })
}

async function listEntries(making: Making, folder: WorkFolder, paths: { readonly names: string; readonly list: string }): Promise<EntrySorter> {
  const { place } = making
  const names = await createByteFile(paths.names)
  const list = await createByteFile(paths.list)
  list.add(`${place.archiveAsConfigured}\n`)
  const own = [folder.path, place.archive, place.list, place.digest]
  const sorter = sorterOf(making, await Promise.all(own.map(realPlace)), { names, list })
  try {
    await scan(making, sorter)
    await names.finish({ forUs: true })
    await list.finish()
  } catch (error) {
    await Promise.allSettled([names.close(), list.close()])
    throw error
  }
  return sorter
}

function sorterOf({ step, work, source, base }: Making, own: readonly string[], files?: SorterOptions['files']): EntrySorter {
  const exclude = compilePatterns(step.exclude)
  for (const { pattern, why } of exclude.refused) work.note(`the pattern "${pattern}" excludes nothing: it ${why}`)
  return entrySorter({
    source,
    prefix: step.absolutePaths ? `${source === '/' ? '' : source}/` : '',
    exclude,
    ...(base && { base: base.entries }),
    ...(files && { files }),
    own: seenFrom(source, own),
    whyNot: (type) => whyNot(type, step),
    onSkipped: (path, reason) => work.emit({ kind: 'file-skipped', step: work.step, path, reason }),
    note: work.note,
    ...(step.tellFiles && {
      onDecided: (decision, { mtime, size, bytes, start, end }) => {
        const path = pathText(bytes, start, end)
        const entry = decision === 'exclude' ? {} : { entry: `${pythonFloat(mtime)},${size},${path}` }
        work.emit({ kind: 'file-decided', step: work.step, decision, path, ...entry })
      },
    }),
  })
}

function whyNot(type: string, { container }: ArchiveStep): string | undefined {
  if (type === 's') return 'no archive can hold a socket'
  return container === 'zip' ? 'a ZIP file holds neither devices nor pipes' : undefined
}

async function scan({ source, early, work }: Making, sorter: EntrySorter): Promise<void> {
  const walk = early ?? (await walkTree(source, work))
  await walk.read({ onRecord: (record) => sorter.take(record), settle: () => sorter.settle() })
  sorter.end()
}

function ended(
  { step, work, place, startedMs }: Making,
  sorter: EntrySorter,
  facts: { readonly bytes: number; readonly lost: number; readonly sha1?: string },
): void {
  const { bytes, lost, sha1 } = facts
  work.emit({
    kind: 'archive-ended',
    step: work.step,
    path: place.archive,
    bytes,
    entries: sorter.added - lost,
    unchanged: sorter.unchanged,
    excluded: sorter.excluded,
    ...(sha1 !== undefined && { sha1 }),
    durationMs: work.clock().getTime() - startedMs,
    dry: step.dry === true,
  })
}
