import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { inEmptyFolder } from '../../files/empty-folder.ts'
import { createFileIn } from '../../files/entries.ts'
import { closeFolder, type EntryFacts, type Folder } from '../../files/folder.ts'
import { ownProcFolder } from '../../files/kernel-files.ts'
import { makeFolderIn } from '../../files/make-folder.ts'
import { ownTruster } from '../../files/trust/trust.ts'
import { AppError, messageOf } from '../../lib/errors.ts'
import { counted, firstTexts, printable } from '../../lib/format.ts'
import { ProcessError } from '../../process/process-result.ts'
import type { Limits, PipelineCall, PipelineFor, Processes, Sink } from '../../process/processes.ts'
import { lentChunks } from '../../storage/lent-chunks.ts'
import type { OperationContext } from '../../storage/storage.ts'
import { naming, quoted } from '../../storage/system-errors.ts'
import { checkSpecial, inspectUnpacked, isUnreachable, type SpecialFile } from '../filter/inspect-unpacked.ts'
import { listedAttributes } from '../filter/listed-attributes.ts'
import { copying, memberForms, unpacking } from '../filter/restore-commands.ts'
import type { SetStore } from '../set/set-store.ts'
import { digestFile } from '../store/digest-file.ts'
import { isKeyMissing } from './missing-keys.ts'
import type { RestoreJob, RestoreProblem } from './restore-jobs.ts'
import { type TarTroubles, type TooLong, tarMessages, type Unfit } from './tar-messages.ts'

export interface ReadObjectDeps {
  readonly sets: SetStore
  readonly set: string
  readonly processes: Processes
  readonly call: OperationContext
  readonly limits: Limits
  readonly onStderr?: PipelineCall['onStderr']
  readonly onBytes: (bytes: number) => void
  /** Receives the activity of the programs, every second. */
  readonly onActivity?: PipelineCall['onActivity']
}

export interface RestoreObjectDeps extends ReadObjectDeps {
  readonly members: readonly string[]
  readonly areGlobs?: boolean | undefined
  readonly numericOwner: boolean
  /** The owner of the folder in which it is finally placed. */
  readonly destination: EntryFacts
}

/** `empty`: no member of the archive was requested. `unmatched`: the requested members that an archive does not have. */
export type ObjectOutcome =
  /** `isPartial`: without some members, as one of the warnings states. */
  | { readonly kind: 'built'; readonly warnings?: readonly string[]; readonly unmatched?: readonly string[]; readonly isPartial?: boolean }
  | { readonly kind: 'empty' }
  | { readonly kind: 'problem'; readonly problem: RestoreProblem }

/** The location where one object is built: a name in a private folder. */
export interface BuildTarget {
  readonly folder: Folder
  readonly name: string
}

/**
 * Builds one object at `at`: reads the stored bytes, computes their digest, reverses the filters, and unpacks or writes the result. If the digest is
 * wrong, the pipeline is aborted before its programs see the end of the input. The result is valid only if it is `built`. Rejects on an abort.
 */
export async function buildObject(job: RestoreJob, at: BuildTarget, deps: RestoreObjectDeps): Promise<ObjectOutcome> {
  try {
    return job.kind === 'archive' ? await unpack(job, at, deps) : await writeStream(job, at, deps)
  } catch (error) {
    if (deps.call.signal.aborted || !(error instanceof AppError)) throw error
    return { kind: 'problem', problem: await problemOf(job, error, deps) }
  }
}

async function unpack(job: RestoreJob, { folder: staging, name }: BuildTarget, deps: RestoreObjectDeps): Promise<ObjectOutcome> {
  const folder = await makeFolderIn(staging, name)
  try {
    return await unpackInto(folder, job, deps)
  } finally {
    await closeFolder(folder)
  }
}

async function unpackInto(at: Folder, job: RestoreJob, deps: RestoreObjectDeps): Promise<ObjectOutcome> {
  const { members, attributes, troubles, stderr, added } = await runTarWithTargets(at, job, deps)
  const wrong =
    troubles.other ?? (troubles.targets.length > 0 ? `the target of a hard link is missing: ${quoted(troubles.targets[0] ?? '')}` : undefined)
  if (wrong !== undefined) return failed(job, `tar failed (exit code 2): ${wrong.replace(/^tar: /u, '')}`, stderr)
  const { linkedOutside: outside, special } = await inspectUnpacked(at)
  if (outside !== undefined) return failed(job, `its member ${quoted(outside)} is a hard link to a file outside of the destination`)
  const isEmpty = members.length > 0 && troubles.missing >= memberForms(members).length
  if (isEmpty) return { kind: 'empty' }
  const { refusal, warning } = checkSpecial([...special, ...attributes], deps.destination)
  if (refusal !== undefined) return failed(job, refusal)
  const words = [...(warning === undefined ? [] : [warning]), ...describeTroubles({ ...troubles, targets: added })]
  const absent = new Set(troubles.absent)
  const unmatched = deps.members.filter((member) => memberForms([member]).every((form) => absent.has(form)))
  const isPartial = troubles.tooLong !== undefined || troubles.unfit !== undefined || (troubles.devices > 0 && isRoot())
  return {
    kind: 'built',
    unmatched,
    ...(isPartial && { isPartial }),
    ...(words.length > 0 && { warnings: words.map((text) => `${quoted(job.record.path)} ${text}`) }),
  }
}

/** A hard link needs its target: it is unpacked, too, with all that was requested. `added`: these targets. */
async function runTarWithTargets(at: Folder, job: RestoreJob, deps: RestoreObjectDeps): Promise<Unpacked & { readonly added: readonly string[] }> {
  const first = await runTar(at, job, deps)
  const { targets, other } = first.troubles
  if (deps.members.length === 0 || targets.length === 0 || other !== undefined) return { ...first, added: [] }
  const more = targets.map((it) => (deps.areGlobs ? it.replaceAll(/[\\*?[\]]/gu, '\\$&') : it))
  return { ...(await runTar(at, job, { ...deps, members: [...deps.members, ...more] })), added: targets }
}

/** `targets`: the added ones. */
function describeTroubles({ targets, devices, tooLong, unfit }: TarTroubles): readonly string[] {
  return [
    ...(targets.length === 0 ? [] : [`contains hard links: their targets were also restored: ${firstTexts(targets.map(quoted))}`]),
    ...(devices === 0
      ? []
      : [`contains ${counted(devices, 'device')}, which ${isRoot() ? 'the kernel does not allow creating here' : 'only root can create'}: skipped`]),
    ...(tooLong === undefined ? [] : [describeTooLong(tooLong)]),
    ...(unfit === undefined ? [] : [describeUnfit(unfit)]),
  ]
}

function isRoot(): boolean {
  return ownTruster().uid === 0
}

const SHOWN_CHARACTERS = 80

function describeTooLong({ members, first }: TooLong): string {
  const start = printable(first.slice(0, SHOWN_CHARACTERS))
  return `contains paths that are too long for tar (the limit is 4095 bytes): ${counted(members, 'member')} could not be created; the first path begins with "${start}"`
}

function describeUnfit({ members, first }: Unfit): string {
  const start = printable(first.slice(0, SHOWN_CHARACTERS))
  const what = `${counted(members, 'member')} that the file system of the destination cannot store completely`
  return `contains ${what}, because of its limits for sizes of files and numbers of hard links; the first path begins with "${start}"`
}

interface Unpacked {
  readonly members: readonly string[]
  readonly attributes: readonly SpecialFile[]
  readonly troubles: TarTroubles
  readonly stderr: string | undefined
}

async function runTar(at: Folder, job: RestoreJob, deps: RestoreObjectDeps): Promise<Unpacked> {
  const { members, areGlobs, numericOwner, onStderr } = deps
  // By descriptor: tar works in this folder, even if its path is replaced.
  const folder = `${ownProcFolder()}/fd/${at.fd}`
  const listsAttributes = !isUnreachable(deps.destination)
  const tar = unpacking({ folder, members, areGlobs, numericOwner, listsAttributes })
  const messages = tarMessages()
  const watching: RestoreObjectDeps = {
    ...deps,
    onStderr: (stage, text, show) => {
      if (stage === 'tar') messages.see(text)
      onStderr?.(stage, text, show)
    },
  }
  const { output, done } = await startJob(
    { commands: [...job.commands, tar], sink: { kind: listsAttributes ? 'stream' : 'discard' }, bytes: checkedBytes(job.record, deps) },
    watching,
  )
  const attributes = listedAttributes()
  // The cause of an error is reported by `done`.
  output?.on('error', () => undefined).on('data', (chunk: Buffer) => attributes.see(chunk))
  const { exitCode, stderrTail } = (await done).stages[job.commands.length] ?? {}
  const found = messages.end()
  const isSilent =
    exitCode !== 0 && found.missing + found.devices + found.targets.length === 0 && [found.tooLong, found.unfit].every((it) => it === undefined)
  const troubles =
    exitCode === 0 ? { missing: 0, absent: [], devices: 0, targets: [] } : { ...found, ...(isSilent && { other: found.other ?? 'no message' }) }
  return { members, attributes: attributes.found(), troubles, stderr: stderrTail }
}

async function writeStream(job: RestoreJob, { folder, name }: BuildTarget, deps: RestoreObjectDeps): Promise<ObjectOutcome> {
  const file = await createFileIn(folder, name)
  try {
    if (job.commands.length === 0) await writeStored(job, file, deps)
    else await runJob(job, { sink: { kind: 'file', fd: file.fd }, commands: job.commands }, deps)
    return { kind: 'built' }
  } finally {
    await file.close()
  }
}

/** Without commands, no other process is needed: the data is digested while it is written, and the next part of it read. */
async function writeStored({ record }: RestoreJob, file: FileHandle, { sets, set, call, onBytes }: ReadObjectDeps): Promise<void> {
  const check = checkBytes(record)
  for await (const chunk of lentChunks(await sets.openObject(set, record.path, call))) {
    const writing = naming('write', record.path, () => file.writeFile(chunk))
    writing.catch(() => undefined)
    check.see(chunk)
    await writing
    onBytes(chunk.length)
  }
  check.end()
}

/** Passes the stored bytes through `commands` into `sink`. Rejects with the first cause. */
async function runJob(job: RestoreJob, { commands, sink }: { readonly commands: RestoreJob['commands']; readonly sink: Sink }, deps: ReadObjectDeps) {
  const { done } = await startJob({ commands, sink, bytes: checkedBytes(job.record, deps) }, deps)
  return await done
}

export interface JobStart<S extends Sink = Sink> {
  readonly commands: RestoreJob['commands']
  readonly sink: S
  /** The input of the first command. */
  readonly bytes: AsyncIterable<Uint8Array>
}

/** Starts it; without commands, the bytes are copied. The programs run in an empty folder in which they cannot create files. */
export async function startJob<S extends Sink>({ commands, sink, bytes }: JobStart<S>, deps: ReadObjectDeps): Promise<PipelineFor<S>> {
  const { processes, call, limits, onStderr, onActivity } = deps
  const input = Readable.from(bytes, { objectMode: false })
  // May reject before it is awaited.
  input.on('error', () => undefined)
  return inEmptyFolder((workingFolder) => {
    const inFolder = (commands.length > 0 ? commands : [copying()]).map((command) => ({ workingFolder, ...command }))
    return processes.startPipeline(inFolder, sink, {
      ...{ signal: call.signal, limits, input },
      ...(onStderr && { onStderr }),
      ...(onActivity && { onActivity }),
    })
  })
}

class WrongBytes extends AppError {
  readonly code = 'backup/wrong-bytes'
}

/** The stored bytes. Fails instead of ending if they differ from the manifest. */
export async function* checkedBytes(record: RestoreJob['record'], { sets, set, call, onBytes }: ReadObjectDeps) {
  const check = checkBytes(record)
  for await (const chunk of await sets.openObject(set, record.path, call)) {
    check.see(chunk as Uint8Array)
    onBytes((chunk as Uint8Array).length)
    yield chunk as Uint8Array
  }
  check.end()
}

/** Compares bytes with the manifest. Both functions throw if they differ. */
function checkBytes({ path, bytes, sha256 }: RestoreJob['record']) {
  const hash = createHash('sha256')
  let read = 0
  return {
    see(chunk: Uint8Array) {
      read += chunk.length
      // A storage may send endless data.
      if (read > bytes) throw new WrongBytes(`"${path}" has more than ${bytes} bytes`)
      hash.update(chunk)
    },
    end() {
      if (sha256 === undefined) return
      if (read !== bytes || hash.digest('hex') !== sha256) throw new WrongBytes(`"${path}" is damaged: its SHA-256 differs from the manifest`)
    },
  }
}

/** A program often fails because of damaged data: then the damage is reported as the cause. */
export async function problemOf({ record }: RestoreJob, error: AppError, { sets, set, call }: ReadObjectDeps): Promise<RestoreProblem> {
  const { path, bytes, sha256 } = record
  const reading = await digestFile(() => sets.openObject(set, path, call), call.signal, { mostBytes: bytes })
  if (reading.kind === 'unreadable') return { kind: 'unreadable', path, message: `"${path}" ${reading.reason}` }
  if (sha256 !== undefined && reading.bytes !== bytes)
    return { kind: 'size', path, message: `"${path}" has ${reading.bytes} bytes, expected ${bytes}` }
  const isWrong = [error, error.cause].some((it) => it instanceof WrongBytes) || (sha256 !== undefined && reading.sha256 !== sha256)
  if (isWrong) return { kind: 'digest', path, message: `"${path}" is damaged: its SHA-256 differs from the manifest` }
  const tail = error instanceof ProcessError ? error.stderrTail : ''
  const lacks = messageOf(error)
  if (isKeyMissing(tail)) return { kind: 'key', path, message: `"${path}" is encrypted: ${lacks}`, lacks }
  return { kind: 'failed', path, message: `could not restore "${path}": ${messageOf(error)}`, ...(tail.trim() !== '' && { stderr: tail }) }
}

function failed({ record: { path } }: RestoreJob, why: string, stderr = ''): ObjectOutcome {
  const message = `could not restore "${path}": ${why}`
  return { kind: 'problem', problem: { kind: 'failed', path, message, ...(stderr.trim() !== '' && { stderr }) } }
}
