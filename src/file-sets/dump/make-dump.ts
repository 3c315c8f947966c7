import { fchown } from 'node:fs'
import { basename, dirname } from 'node:path'
import { promisify } from 'node:util'
import { createFileIn, renameEntry, statIn, unlinkIn } from '../../files/entries.ts'
import { flushFd } from '../../files/flush.ts'
import { closeFolder, type Folder, openFolderIn, withFolder } from '../../files/folder.ts'
import { makeFolderIn } from '../../files/make-folder.ts'
import { replaceFileIn } from '../../files/write-small.ts'
import type { Command } from '../../plan/command.ts'
import type { DumpStep } from '../../plan/dated-files.ts'
import type { Sink } from '../../process/processes.ts'
import { lookUpAccount } from '../../process/start/account.ts'
import { type ArchiveFolder, makeArchiveFolder } from '../archive-folder.ts'
import type { ArchiveWork } from '../archive-work.ts'
import { type FinishedPlace, FOLDER_MODE, openFolderToGroup, openToGroup } from '../names/file-modes.ts'
import { type OpenedArchive, sha1OfArchive, withOpenedArchive } from '../opened-archive.ts'
import { lineSplitter } from '../split-lines.ts'
import { openWorkFolder, type WorkFolder } from '../work-folder.ts'
import { checkDump } from './check-dump.ts'
import { dumpCommand } from './dump-command.ts'
import { flushFiles } from './dump-folder.ts'
import type { DumpPaths } from './dump-paths.ts'
import { finishReplacement, replaceDump } from './replace-dump.ts'

const chownFd = promisify(fchown)

export interface DumpCall {
  readonly step: DumpStep
  readonly database: string
  readonly place: DumpPaths
}

/** The folder of a dump, and the work folder in it. */
interface Making extends DumpCall {
  readonly folder: ArchiveFolder
  readonly part: WorkFolder
}

// Names in the work folder.
const DUMP = 'dump'
const DIGEST = 'digest'

/** Makes one dump in the work folder, reads it back, flushes it, and then renames it. If it rejects, nothing is left. */
export async function makeDump(call: DumpCall, work: ArchiveWork): Promise<{ readonly bytes: number; readonly sha1?: string }> {
  const folder = await makeArchiveFolder(dirname(call.place.dump), FOLDER_MODE, work)
  try {
    const part = await openWorkFolder(folder)
    try {
      return await makeIn({ ...call, folder, part }, work)
    } finally {
      await part.remove()
    }
  } finally {
    await closeFolder(folder)
  }
}

async function makeIn(making: Making, work: ArchiveWork): Promise<{ readonly bytes: number; readonly sha1?: string }> {
  const { step, place, folder, part } = making
  const replaces = (await finishReplacement(folder, work.note)).includes(basename(place.dump)) || place.replaces
  work.failpoint?.('dump-work-made')
  const bytes = step.files.areFolders ? await dumpToFolder(making, work) : await dumpToFile(making, work)
  work.failpoint?.('dump-made')
  const sha1 = await withOpenedArchive(part.folder, DUMP, async (opened) => {
    const unknown = await checkDump({ opened, path: place.dump, server: step.files.server, program: step.program }, work)
    if (unknown !== undefined) work.note(`the dump "${place.dump}" was not tested: ${unknown}`)
    const sum = step.files.digests ? await sha1OfArchive(opened, work.signal) : undefined
    await giveToGroup(opened, folder)
    return sum
  })
  if (sha1 !== undefined) {
    await replaceFileIn(part.folder, DIGEST, sha1, { isDurable: true })
    await withOpenedArchive(part.folder, DIGEST, (opened) => giveToGroup(opened, folder))
  }
  work.signal.throwIfAborted()
  await publish({ ...making, place: { ...place, replaces } }, sha1 !== undefined, work)
  return { bytes, ...(sha1 !== undefined && { sha1 }) }
}

async function giveToGroup(made: OpenedArchive, where: FinishedPlace): Promise<void> {
  await (made.kind === 'file' ? openToGroup(made.file, where) : openFolderToGroup(made.folder, where))
}

async function dumpToFile({ step, database, part }: Making, work: ArchiveWork): Promise<number> {
  const file = await createFileIn(part.folder, DUMP)
  try {
    await run(dumpCommand(step, database), { kind: 'file', fd: file.fd, lockFd: part.lockFd }, work)
    await file.sync()
    return (await file.stat()).size
  } finally {
    await file.close()
  }
}

/** pg_dump creates the files of such a dump itself, as the user it runs as, in a folder of that user, which only that user and root can access. */
async function dumpToFolder({ step, database, part }: Making, work: ArchiveWork): Promise<number> {
  const { runAs } = step.files.server
  await withFolder(makeFolderIn(part.folder, 'own'), async (own) => {
    if (runAs !== undefined) await chownFd(own.fd, (await lookUpAccount(runAs, { signal: work.signal, runMs: work.limits.runMs })).uid, -1)
    await run(folderCommand(step, database, own), { kind: 'discard' }, work)
    await renameEntry({ folder: own, name: DUMP }, { folder: part.folder, name: DUMP })
  })
  return await withFolder(openFolderIn(part.folder, DUMP), flushFiles)
}

/** The folder is a descriptor, after those of the command. */
function folderCommand(step: DumpStep, database: string, own: Folder): Command {
  const { extras = [] } = dumpCommand(step, database)
  const command = dumpCommand(step, database, `/proc/self/fd/${3 + extras.length}/${DUMP}`)
  return { ...command, extras: [...extras, { kind: 'open-file', fd: own.fd }] }
}

async function run(command: Command, sink: Sink, work: ArchiveWork): Promise<void> {
  const lines = lineSplitter((line) => {
    const text = line.trim()
    if (/^[\w./-]*: (?:\[[^\]]*\] )?warning: /u.test(text)) work.note(text)
    else if (text !== '') work.emit({ kind: 'step-told', step: work.step, text, isDetail: true })
  })
  const running = await work.processes.startPipeline([command], sink, {
    signal: work.signal,
    limits: work.limits,
    onStderr: (_stage, text) => lines.push(text),
  })
  const { notes } = await running.done
  lines.end()
  for (const text of notes) work.note(text)
}

/** If the process is killed at any point, a file with the name of a dump is complete, and a digest is that of the dump beside it. */
async function publish({ folder, part, place }: Making, hasDigest: boolean, work: ArchiveWork): Promise<void> {
  const dump = basename(place.dump)
  const digest = basename(place.digest)
  const digestFolder = dirname(place.digest) === dirname(place.dump) ? folder : await makeArchiveFolder(dirname(place.digest), FOLDER_MODE, work)
  try {
    if (place.replaces) {
      // The old digest does not match the new dump.
      await unlinkIn(digestFolder, digest)
      await flushFd(digestFolder.fd)
    }
    // A folder can be renamed only to an empty folder, and a file never to a folder.
    const areFolders = await Promise.all([statIn(folder, dump), statIn(part.folder, DUMP)])
    if (place.replaces && areFolders[0] !== undefined && areFolders.some((it) => it?.isDirectory()))
      await replaceDump({ folder, dump, part, finished: DUMP, note: work.note }, work.failpoint)
    else await renameEntry({ folder: part.folder, name: DUMP }, { folder, name: dump })
    work.failpoint?.('dump-renamed')
    if (hasDigest) await renameEntry({ folder: part.folder, name: DIGEST }, { folder: digestFolder, name: digest })
    work.failpoint?.('dump-digest-renamed')
    for (const it of new Set([folder, digestFolder])) await flushFd(it.fd)
  } finally {
    if (digestFolder !== folder) await closeFolder(digestFolder)
  }
}
