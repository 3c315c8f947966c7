import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { type OperationContext, StorageError } from '../../storage/storage.ts'
import { describeObjects } from '../coverage/describe-coverage.ts'
import { BackupError } from '../set/errors.ts'
import { readStoredManifest, type StoredManifest } from '../set/read-manifest.ts'
import type { SetReceiver, SetStore } from '../set/set-store.ts'
import { archiveSet } from '../store/archive-set.ts'
import { digestFile } from '../store/digest-file.ts'
import { wasRemoved } from '../store/was-removed.ts'
import type { CopyDeps, CopyRequest } from './copy-request.ts'

/** One file of a set to be copied. Objects are described in the manifest; for other files, only the size is known. */
interface SetFile {
  readonly path: string
  readonly bytes: number
  readonly sha256?: string
}

/**
 * Copies one set to the other storage under the same name: its objects, the files of Holdfast, and the manifest last, all unchanged. False if the set
 * was removed from the source in the meantime; nothing of it is left on the target then. Rejects on any other failure.
 */
export async function copySet(name: string, request: CopyRequest, deps: CopyDeps): Promise<boolean> {
  const { from, to, step } = request
  const { run, emit } = deps
  const { call } = deps
  let receiver: SetReceiver | undefined
  try {
    const stored = await readStoredManifest(from, name, call)
    const files = await filesOf(name, stored, request, call)
    receiver = await (request.isDamagedThere === true ? to.receiveAgain(name, run, call) : to.receive(name, run, call))
    emit({ kind: 'set-began', step, storage: to.label, objects: files.length })
    for (const file of files) await copyFile(file, { name, receiver, request, deps })
    await removeUnexpected([...files.map(({ path }) => path), ...(stored ? [stored.paths['manifest.json']] : [])], receiver, call)
    const whole = receiver
    await to.exclusively(call, () => whole.publish(stored && { path: stored.paths['manifest.json'], text: stored.text }, call))
    const objects = stored?.manifest.objects ?? files
    const covers = stored && describeObjects(stored.manifest.objects)
    const bytes = objects.reduce((sum, object) => sum + object.bytes, 0)
    emit({ kind: 'set-published', step, storage: to.label, set: name, bytes, ...(covers !== undefined && { covers }) })
    call.failpoint?.('set-published')
  } catch (error) {
    const hasGone = !call.signal.aborted && (await isGone(name, error, request, call))
    await (hasGone || isOfSource(error) ? receiver?.abort() : receiver?.leave())
    if (hasGone) return false
    throw error
  }
  await archiveSet(to, name, call)
  return true
}

/**
 * Remains of an interrupted copy that are not part of this set, except for its manifest, which is replaced: a late removal request could otherwise
 * remove the new one.
 */
async function removeUnexpected(paths: readonly string[], receiver: SetReceiver, call: OperationContext): Promise<void> {
  const wanted = new Set(paths)
  for (const path of receiver.present.keys()) if (!wanted.has(path)) await receiver.remove(path, call)
}

async function filesOf(name: string, stored: StoredManifest | undefined, { from }: CopyRequest, call: OperationContext): Promise<readonly SetFile[]> {
  const files = await from.listFiles(name, call)
  if (stored === undefined) return files
  const { manifest, paths } = stored
  const own = [paths['RESTORE.md'], paths.SHA256SUMS]
  // Sets of earlier versions have no script.
  const ours = files.filter(({ path }) => own.includes(path) || path === paths['restore.sh'])
  const missing = own.filter((path) => !ours.some((file) => file.path === path))
  if (missing.length > 0) throw lacking(missing, name, from.label)
  return [...manifest.objects.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 })), ...ours]
}

interface CopyingFile {
  readonly name: string
  readonly receiver: SetReceiver
  readonly request: CopyRequest
  readonly deps: CopyDeps
}

async function copyFile(file: SetFile, copying: CopyingFile): Promise<void> {
  const { name, request, deps } = copying
  const { emit, call } = deps
  const object = { step: request.step, path: `${name}/${file.path}` }
  const startedMs = performance.now()
  const durationMs = () => Math.round(performance.now() - startedMs)
  emit({ kind: 'object-began', ...object, expectedBytes: file.bytes })
  try {
    const sha256 = (await presentDigest(file, copying)) ?? (await send(file, copying))
    emit({ kind: 'object-ended', ...object, bytes: file.bytes, sha256, durationMs: durationMs() })
    call.failpoint?.('copy-file-stored')
  } catch (error) {
    emit({ kind: 'object-failed', ...object, durationMs: durationMs(), stopped: call.signal.aborted, stages: [] })
    throw error
  }
}

/** The digest of an object left by an interrupted copy, if it is the expected one. Without a digest to compare with, the object is sent again. */
async function presentDigest({ path, bytes, sha256 }: SetFile, { receiver, deps: { call } }: CopyingFile): Promise<string | undefined> {
  if (sha256 === undefined || receiver.present.get(path) !== bytes) return undefined
  const reading = await digestFile(() => receiver.get(path, call), call.signal, { mostBytes: bytes })
  return reading.kind === 'read' && reading.bytes === bytes && reading.sha256 === sha256 ? sha256 : undefined
}

async function send(file: SetFile, { name, receiver, request: { from, step }, deps }: CopyingFile): Promise<string> {
  const { call, emit, progressMs } = deps
  const hash = createHash('sha256')
  let bytes = 0
  let digest = ''
  const source = await openSource(file, { name, from, call })
  async function* checked() {
    for await (const chunk of source) {
      hash.update(chunk as Uint8Array)
      bytes += (chunk as Uint8Array).length
      // A storage may send endless data.
      if (bytes > file.bytes) throw otherBytes(file, name, from.label)
      yield chunk as Uint8Array
    }
    digest = hash.digest('hex')
    // Checked before the end is passed on: data that differs is not stored.
    if (bytes !== file.bytes || (file.sha256 !== undefined && digest !== file.sha256)) throw otherBytes(file, name, from.label)
  }
  const path = `${name}/${file.path}`
  const timer = progressMs === undefined ? undefined : setInterval(() => emit({ kind: 'object-progress', step, path, bytes }), progressMs)
  let broken: unknown
  const body = Readable.from(checked(), { objectMode: false, highWaterMark: 1024 * 1024 })
  body.on('error', (error) => {
    broken ??= error
  })
  try {
    await receiver.put(file.path, body, { ...call, expectedBytes: file.bytes })
    return digest
  } catch (error) {
    // The storage reports only that the body failed; the cause of that is more informative.
    throw call.signal.aborted ? error : (broken ?? error)
  } finally {
    clearInterval(timer)
    source.destroy()
  }
}

/** An object that vanished damages the set, unless the whole set has vanished. */
async function openSource(
  { path }: SetFile,
  { name, from, call }: { readonly name: string; readonly from: SetStore; readonly call: OperationContext },
): Promise<Readable> {
  try {
    return await from.openObject(name, path, call)
  } catch (error) {
    throw error instanceof StorageError && error.code === 'storage/not-found' ? lacking([path], name, from.label) : error
  }
}

function otherBytes({ path }: SetFile, name: string, label: string): BackupError {
  return new BackupError('damaged', `"${path}" of the set "${name}" in "${label}" does not match the manifest; the set was not copied`, {
    hint: 'Check the set with "verify"; the device may be failing.',
  })
}

function lacking(paths: readonly string[], name: string, label: string): BackupError {
  const what = paths.map((path) => `"${path}"`).join(', ')
  return new BackupError('damaged', `files of the set "${name}" in "${label}" are missing: ${what}; the set was not copied`, {
    hint: 'Check the set with "verify"; the device may be failing.',
  })
}

function isOfSource(error: unknown): boolean {
  return error instanceof BackupError && error.code === 'backup/damaged'
}

/** Whether the set could not be read because it was removed. */
async function isGone(name: string, error: unknown, { from }: CopyRequest, call: OperationContext): Promise<boolean> {
  const mayHaveGone =
    error instanceof StorageError ? error.code === 'storage/not-found' : error instanceof BackupError && (isNoSet(error) || isOfSource(error))
  return mayHaveGone && (await wasRemoved(from, name, call))
}

function isNoSet({ code }: BackupError): boolean {
  return code === 'backup/no-set' || code === 'backup/unfinished'
}
