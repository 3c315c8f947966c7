import { chmod, chown, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolders } from '../../lib/make-folders.ts'
import type { Command } from '../../plan/command.ts'
import type { DumpStep } from '../../plan/database-dump.ts'
import type { Sink } from '../../process/processes.ts'
import { runTool } from '../../process/run-tool.ts'
import { lineSplitter } from '../complaints.ts'
import { ArchiveError } from '../errors.ts'
import { flushFolder } from '../flush.ts'
import { sha1File } from '../sha1-file.ts'
import type { ArchiveWork } from '../work.ts'
import { openWorkFolder, type WorkFolder } from '../work-folder.ts'
import { checkDump } from './check-dump.ts'
import { dumpCommand } from './dump-command.ts'
import type { DumpPlace } from './dump-place.ts'
import { flushFiles, sha1Folder } from './folder-facts.ts'

export interface DumpCall {
  readonly step: DumpStep
  readonly database: string
  readonly place: DumpPlace
}

/** Makes one dump beside its place, reads it back, flushes it, and only then gives it its name. Rejects with nothing left behind. */
export async function makeDump(call: DumpCall, work: ArchiveWork): Promise<{ readonly bytes: number; readonly sha1?: string }> {
  const { step, place } = call
  const folder = dirname(place.dump)
  await makeFolders(folder, 0o755)
  const part = await openWorkFolder(folder)
  try {
    work.reach?.('dump-work-made')
    const path = join(part.path, 'dump')
    const bytes = step.files.areFolders ? await dumpToFolder(call, { part, path }, work) : await dumpToFile(call, { part, path }, work)
    work.reach?.('dump-made')
    await checkDump({ path, server: step.files.server, program: step.program }, work)
    const sha1 = step.files.digests ? await digestOf(path, step, work.signal) : undefined
    const digest = join(part.path, 'digest')
    if (sha1 !== undefined) await writeFile(digest, sha1, { flush: true })
    work.signal.throwIfAborted()
    await publish(place, { part, path, ...(sha1 !== undefined && { digest }) }, work)
    return { bytes, ...(sha1 !== undefined && { sha1 }) }
  } finally {
    await part.remove()
  }
}

interface Part {
  readonly part: WorkFolder
  readonly path: string
}

async function dumpToFile({ step, database }: DumpCall, { part, path }: Part, work: ArchiveWork): Promise<number> {
  const file = await open(path, 'wx')
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
    await chown(own, await uidOf(runAs), -1)
  }
  await run(dumpCommand(step, database, join(own, 'dump')), { kind: 'discard' }, work)
  await rename(join(own, 'dump'), path)
  return await flushFiles(path)
}

async function uidOf(user: string): Promise<number> {
  const { exitCode, stdout } = await runTool(['id', '-u', '--', user])
  if (exitCode === 0) return Number(stdout.trim())
  throw new ArchiveError('failed', `there is no user "${user}" on this host`, { hint: 'Correct the name, or make the user.' })
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

/** Killed at any line, what bears the name of a dump is whole, and a digest is that of the dump beside it. */
async function publish(place: DumpPlace, { part, path, digest }: Part & { readonly digest?: string }, work: ArchiveWork): Promise<void> {
  const folder = dirname(place.dump)
  if (place.replaces) {
    // The old digest must not speak for the new dump.
    await rm(place.digest, { force: true })
    await flushFolder(folder)
    // A folder cannot be renamed onto anything but an empty one, and nothing else onto a folder.
    if ((await stat(place.dump)).isDirectory() || (await stat(path)).isDirectory()) await rename(place.dump, join(part.path, 'old'))
  }
  await rename(path, place.dump)
  work.reach?.('dump-renamed')
  if (digest !== undefined) {
    await makeFolders(dirname(place.digest), 0o755)
    await rename(digest, place.digest)
  }
  work.reach?.('dump-digest-renamed')
  for (const it of new Set([folder, dirname(place.digest)])) await flushFolder(it).catch(() => undefined)
}
