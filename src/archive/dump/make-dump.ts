import { chmod, chown, lstat, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolders } from '../../files/make-folders.ts'
import type { Command } from '../../plan/command.ts'
import type { DumpStep } from '../../plan/database-dump.ts'
import { lookUpAccount } from '../../process/account.ts'
import type { Sink } from '../../process/processes.ts'
import { lineSplitter } from '../complaints.ts'
import { flushFolder } from '../flush.ts'
import { FOLDER_MODE, openToGroup, PART_MODE } from '../modes.ts'
import { sha1File } from '../sha1-file.ts'
import type { ArchiveWork } from '../work.ts'
import { openWorkFolder, type WorkFolder } from '../work-folder.ts'
import { checkDump } from './check-dump.ts'
import { dumpCommand } from './dump-command.ts'
import type { DumpPlace } from './dump-place.ts'
import { flushFiles, sha1Folder } from './folder-facts.ts'
import { replaceFolder, settleReplaced } from './replaced.ts'

export interface DumpCall {
  readonly step: DumpStep
  readonly database: string
  readonly place: DumpPlace
}

/** Makes one dump beside its place, reads it back, flushes it, and only then gives it its name. Rejects with nothing left behind. */
export async function makeDump(call: DumpCall, work: ArchiveWork): Promise<{ readonly bytes: number; readonly sha1?: string }> {
  const { step, place } = call
  const folder = dirname(place.dump)
  await makeFolders(folder, modeOf(step))
  const part = await openWorkFolder(folder)
  try {
    const replaces = (await settleReplaced(folder)).includes(place.dump) || place.replaces
    work.reach?.('dump-work-made')
    const path = join(part.path, 'dump')
    const bytes = step.files.areFolders ? await dumpToFolder(call, { part, path }, work) : await dumpToFile(call, { part, path }, work)
    work.reach?.('dump-made')
    const unknown = await checkDump({ path, server: step.files.server, program: step.program }, work)
    if (unknown !== undefined) work.note(`nobody has tested the dump "${place.dump}": ${unknown}`)
    const sha1 = step.files.digests ? await digestOf(path, step, work.signal) : undefined
    const digest = join(part.path, 'digest')
    if (sha1 !== undefined) await writeFile(digest, sha1, { flush: true, mode: PART_MODE })
    work.signal.throwIfAborted()
    await publish({ ...place, replaces }, { part, path, ...(sha1 !== undefined && { digest }) }, work)
    return { bytes, ...(sha1 !== undefined && { sha1 }) }
  } finally {
    await part.remove()
  }
}

/** Who runs pg_dump must be able to go through the folder where it makes the files itself. */
function modeOf({ files: { areFolders, server } }: DumpStep): number {
  return areFolders && server.runAs !== undefined ? FOLDER_MODE | 0o001 : FOLDER_MODE
}

interface Part {
  readonly part: WorkFolder
  readonly path: string
}

async function dumpToFile({ step, database }: DumpCall, { part, path }: Part, work: ArchiveWork): Promise<number> {
  const file = await open(path, 'wx', PART_MODE)
  try {
    await run(dumpCommand(step, database), { kind: 'file', fd: file.fd, lockFd: part.lockFd }, work)
    await file.sync()
    return (await file.stat()).size
  } finally {
    await file.close()
  }
}

/** pg_dump makes the files of such a dump itself, as the user it runs as, in a folder of that user. */
async function dumpToFolder({ step, database }: DumpCall, { part, path }: Part, work: ArchiveWork): Promise<number> {
  const { runAs } = step.files.server
  const own = join(part.path, 'own')
  await mkdir(own, { mode: 0o700 })
  if (runAs !== undefined) {
    await chmod(part.path, 0o711)
    const { uid } = await lookUpAccount(runAs, { signal: work.signal, runMs: work.limits.runMs })
    await chown(own, uid, -1)
  }
  await run(dumpCommand(step, database, join(own, 'dump')), { kind: 'discard' }, work)
  await rename(join(own, 'dump'), path)
  return await flushFiles(path)
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

async function digestOf(path: string, { files }: DumpStep, signal: AbortSignal): Promise<string> {
  return await (files.areFolders ? sha1Folder(path, signal) : sha1File(path, signal))
}

interface Finished extends Part {
  readonly digest?: string
}

/** Killed at any line, what bears the name of a dump is whole, and a digest is that of the dump beside it. */
async function publish(place: DumpPlace, { part, path, digest }: Finished, work: ArchiveWork): Promise<void> {
  for (const it of [path, digest]) if (it !== undefined) await openToGroup(it)
  const folder = dirname(place.dump)
  if (place.replaces) {
    // The old digest must not speak for the new dump.
    await rm(place.digest, { force: true })
    await flushFolder(folder)
  }
  // A folder cannot be renamed onto anything but an empty one, and nothing else onto a folder.
  if (place.replaces && ((await lstat(place.dump)).isDirectory() || (await stat(path)).isDirectory()))
    await replaceFolder(path, { dump: place.dump, part }, work.reach)
  else await rename(path, place.dump)
  work.reach?.('dump-renamed')
  if (digest !== undefined) {
    await makeFolders(dirname(place.digest), FOLDER_MODE)
    await rename(digest, place.digest)
  }
  work.reach?.('dump-digest-renamed')
  for (const it of new Set([folder, dirname(place.digest)])) await flushFolder(it)
}
