import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { createFileIn, type Entry } from '../../files/entries.ts'
import { closeFolder, type Folder, withFolder } from '../../files/folder.ts'
import { pathExists } from '../../files/open-by-path.ts'
import { replaceFileIn } from '../../files/write-small.ts'
import { pythonFloat } from '../../lib/python-float.ts'
import type { ArchiveLevel, ArchiveStep } from '../../plan/dated-files.ts'
import { compilePatterns } from '../../plan/patterns/compile-patterns.ts'
import { type ArchiveFolder, makeArchiveFolder } from '../archive-folder.ts'
import type { ArchiveWork } from '../archive-work.ts'
import { writeBaseRecord } from '../base-records.ts'
import { createByteFile, sha1Of } from '../byte-file.ts'
import { archiveDate } from '../find/find-files.ts'
import { FOLDER_MODE } from '../names/file-modes.ts'
import { pathText } from '../names/path-text.ts'
import type { PackCall } from '../pack/pack-request.ts'
import { packTar } from '../pack/pack-tar.ts'
import { type EntrySorter, entrySorter, type SorterOptions } from '../scan/decide-entries.ts'
import { type Base, findBase } from '../scan/find-base.ts'
import { packList } from '../scan/packer-list.ts'
import { removeLostEntries } from '../scan/remove-lost-entries.ts'
import { startWalk, type Walk } from '../scan/scan-tree.ts'
import { withSource } from '../scan/source-folder.ts'
import { systemCalls } from '../system-calls.ts'
import { openWorkFolder, type WorkFolder } from '../work-folder.ts'
import { packZip } from '../zip/pack-zip.ts'
import { type ArchivePaths, archivePaths, realTarget, seenFrom } from './archive-paths.ts'
import { publishArchive } from './publish-archive.ts'

/**
 * Makes one archive of a folder, its list, and its digest if configured, all of them or none. Entries that could not be packed are reported and
 * omitted from the list. Dry: examines everything and changes nothing. Rejects with an `ArchiveError` or `ProcessError`; nothing is left then.
 */
export async function makeArchive(step: ArchiveStep, work: ArchiveWork): Promise<void> {
  const path = resolve(step.workingFolder ?? '.', step.source)
  await systemCalls(work.signal, () => withSource(path, work, (source) => makeOf(source, step, work)))
}

async function makeOf(source: Folder, step: ArchiveStep, work: ArchiveWork): Promise<void> {
  const halt = new AbortController()
  const walk = () => startWalk(source, { ...work, signal: AbortSignal.any([work.signal, halt.signal]) })
  const early = (await mayWalkEarly(step, source)) ? await walk() : undefined
  try {
    const base = step.files.level === 1 ? await baseOf(step, work) : undefined
    const level: ArchiveLevel = base === undefined ? 0 : 1
    const place = await archivePaths(step, level, work.began)
    work.emit({ kind: 'archive-began', step: work.step, source: source.path, path: place.archive, level, ...(base && { base: base.list }) })
    const making: Making = { step, work, source, walk, early, halt, base, place, startedMs: work.clock().getTime() }
    if (base !== undefined && isBaseLater(making))
      work.note(`"${place.archive}" is relative to a level 0 with a later date: restore it with "${base.archive}"`)
    if (step.dry === true) await onlyLook(making)
    else await make(making)
  } finally {
    await early?.stop()
  }
}

/** Whether the scan may continue while the list of the base is read: not if it would find Holdfast's own temporary folders. */
async function mayWalkEarly({ files: { level, folders }, workingFolder = '.' }: ArchiveStep, source: Folder): Promise<boolean> {
  const folder = resolve(workingFolder, folders[1] ?? '')
  return level === 1 && (await pathExists(folder)) && seenFrom(source.path, [await realTarget(join(folder, 'any'))]).length === 0
}

interface Making {
  readonly step: ArchiveStep
  readonly work: ArchiveWork
  readonly source: Folder
  /** Starts a scan. */
  walk(): Promise<Walk>
  /** Ends scans. */
  readonly halt: AbortController
  /** A scan that was started before the base was known. */
  readonly early: Walk | undefined
  readonly base: Base | undefined
  readonly place: ArchivePaths
  readonly startedMs: number
}

async function baseOf(step: ArchiveStep, work: ArchiveWork): Promise<Base | undefined> {
  const { workingFolder = '.', baseMustExist } = step
  const base = await findBase(step.files, {
    workingFolder,
    archiveMustExist: baseMustExist,
    signal: work.signal,
    note: work.note,
    trustsFolders: work.trustsFolders === true,
  })
  if (base === undefined) work.note(`no level 0 found in "${resolve(workingFolder, step.files.folders[0])}": making level 0 instead`)
  return base
}

async function onlyLook(making: Making): Promise<void> {
  const sorter = sorterOf(making, [])
  await scan(making, sorter)
  ended(making, sorter, { bytes: 0, lost: 0 })
}

async function make(making: Making): Promise<void> {
  const { place, step, work } = making
  await closeFolder(await makeArchiveFolder(resolve(step.workingFolder ?? '.', step.target), FOLDER_MODE, work))
  await withFolder(makeArchiveFolder(place.folder, FOLDER_MODE, work), async (target) => {
    const part = await openWorkFolder(target)
    try {
      work.failpoint?.('archive-work-made')
      await makeIn({ ...making, target, part })
    } finally {
      await part.remove()
    }
  })
}

interface MakingIn extends Making {
  /** The folder of the archive. */
  readonly target: ArchiveFolder
  /** The work folder in it, with the unfinished files. */
  readonly part: WorkFolder
}

async function makeIn(making: MakingIn): Promise<void> {
  const handle = await createFileIn(making.part.folder, 'archive')
  try {
    await makeInFile(making, handle)
  } finally {
    await handle.close()
  }
}

async function makeInFile(making: MakingIn, handle: FileHandle): Promise<void> {
  const { step, work, source, part, halt } = making
  const inPart = (name: string): Entry => ({ folder: part.folder, name })
  const packFile = await createByteFile(inPart('names'), NAMES_BLOCK_BYTES)
  const pack = packList(packFile)
  const onFailed = (cause: unknown) => halt.abort(cause)
  const call: PackCall = { step, source, pack, list: packFile, fd: handle.fd, lockFd: part.lockFd, onFailed }
  const packing = step.container === 'zip' ? packZip(call, work) : packTar(call, work)
  try {
    const sorter = await listEntries(making, { pack, settle: () => packing.settle() }, inPart('list'))
    work.failpoint?.('archive-scanned')
    const { lost } = await packing.finish()
    work.failpoint?.('archive-packed')
    await handle.sync()
    const gone = await removeLostEntries(inPart('list'), { lost, isAbsolute: step.absolutePaths, signal: work.signal })
    const sha1 = step.files.digests ? await sha1Of(handle, work.signal) : undefined
    if (sha1 !== undefined) await replaceFileIn(part.folder, 'digest', sha1, { isDurable: true })
    work.signal.throwIfAborted()
    const { size } = await handle.stat()
    await publishIn(making, { archive: inPart('archive'), list: inPart('list'), ...(sha1 !== undefined && { digest: inPart('digest') }) })
    ended(making, sorter, { bytes: size, lost: gone, ...(sha1 !== undefined && { sha1 }) })
  } catch (error) {
    // The packer failed, not the scan that was ended then.
    throw halt.signal.aborted ? halt.signal.reason : error
  } finally {
    await packing.stop()
  }
}

// The packer is started when this much of its work list was written.
const NAMES_BLOCK_BYTES = 256 * 1024

/** The names of list and digest may contain other folders. */
async function publishIn(making: MakingIn, finished: Parameters<typeof publishArchive>[0]['finished']): Promise<void> {
  const { place, target, work } = making
  const opened = new Map([[place.folder, target]])
  const entryOf = async (path: string): Promise<Entry> => {
    const at = dirname(path)
    const folder = opened.get(at) ?? (await makeArchiveFolder(at, FOLDER_MODE, work))
    opened.set(at, folder)
    return { folder, name: basename(path) }
  }
  try {
    await recordBase(making)
    const entries = { archive: await entryOf(place.archive), list: await entryOf(place.list), digest: await entryOf(place.digest) }
    await publishArchive({ finished, target: entries, where: target, replaces: place.replaces }, work.failpoint)
  } finally {
    for (const folder of opened.values()) if (folder !== target) await closeFolder(folder)
  }
}

/** Before the archive has its name: a record without an archive does no harm. */
async function recordBase({ base, place, step, work }: Making): Promise<void> {
  if (base === undefined) return
  const { level0, top, list } = relationOf(step, base)
  await writeBaseRecord({ basename: step.files.basename, archive: place.archive, base: list, top, isCopy: false, level0 }, work)
}

/** The folders of both levels, and the name of the base's list. */
function relationOf(
  { files, workingFolder = '.' }: ArchiveStep,
  base: Base,
): { readonly level0: string; readonly top: string; readonly list: string } {
  const [level0, top] = [resolve(workingFolder, files.folders[0]), resolve(workingFolder, files.folders[1] ?? files.folders[0])]
  return { level0, top, list: relative(level0, base.list) }
}

/** Whether the base has a later date than the archive, after the clock was set back or in an hour that occurs twice. */
function isBaseLater({ step, base, place }: Making): boolean {
  if (base === undefined) return false
  const { top, list } = relationOf(step, base)
  const [before, own] = [archiveDate(step.files, 0, list), archiveDate(step.files, 1, relative(top, place.archive))]
  return before !== undefined && own !== undefined && before > own
}

async function listEntries(
  making: MakingIn,
  packing: Pick<NonNullable<SorterOptions['files']>, 'pack' | 'settle'>,
  entry: Entry,
): Promise<EntrySorter> {
  const { place, part, target } = making
  const list = await createByteFile(entry)
  try {
    list.add(`${place.archiveAsConfigured}\n`)
    const own = [join(target.path, part.name), place.archive, place.list, place.digest]
    const sorter = sorterOf(making, await Promise.all(own.map(realTarget)), { ...packing, list })
    await scan(making, sorter)
    // The dates do not show it then, and the record is on this host only. Other programs skip the line.
    if (making.base !== undefined && isBaseLater(making)) list.add(`# base: ${making.base.archive}\n`)
    await list.finish()
    return sorter
  } catch (error) {
    await list.close().catch(() => undefined)
    throw error
  }
}

function sorterOf({ step, work, source, base }: Making, own: readonly string[], files?: SorterOptions['files']): EntrySorter {
  const exclude = compilePatterns(step.exclude)
  for (const { pattern, why } of exclude.refused) work.note(`the pattern "${pattern}" excludes nothing: it ${why}`)
  return entrySorter({
    source,
    prefix: prefixOf(step, source),
    exclude,
    ...(base && { base: base.entries }),
    ...(files && { files }),
    own: seenFrom(source.path, own),
    whyNot: (type) => whyNot(type, step),
    onSkipped: (path, reason) => work.emit({ kind: 'file-skipped', step: work.step, path, reason }),
    note: work.note,
    ...(step.logFiles && {
      onDecided: (decision, { mtime, size, bytes, start, end }) => {
        const path = pathText(bytes, start, end)
        const entry = decision === 'exclude' ? {} : { entry: `${pythonFloat(mtime)},${size},${path}` }
        work.emit({ kind: 'file-decided', step: work.step, decision, path, ...entry })
      },
    }),
  })
}

/** The prefix of each listed path: empty, or the source with a slash. */
function prefixOf({ absolutePaths }: ArchiveStep, { path }: Folder): string {
  if (!absolutePaths) return ''
  return path === '/' ? '/' : `${path}/`
}

function whyNot(type: string, { container }: ArchiveStep): string | undefined {
  if (type === 's') return 'archives cannot contain sockets'
  return container === 'zip' ? 'ZIP files cannot contain devices or pipes' : undefined
}

async function scan({ walk, early }: Making, sorter: EntrySorter): Promise<void> {
  const { read } = early ?? (await walk())
  await read({ onRecord: (record) => sorter.take(record), settle: () => sorter.settle() })
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
