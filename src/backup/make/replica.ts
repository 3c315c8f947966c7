import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { ObjectSpec } from '../../plan/plan.ts'
import type { OperationContext } from '../../storage/storage.ts'
import { BackupError } from '../set/errors.ts'
import type { DraftFile, FileDraft, StreamDraft } from '../set/set-store.ts'
import { writeAll } from '../store/write-all.ts'
import type { Digest, Digester } from './digester.ts'
import type { GrowingFile } from './growing-file.ts'
import type { SetDestination } from './set-destinations.ts'

/** One storage that gets an object by reading it from the file of another, behind the writer. */
export interface Replica {
  readonly destination: SetDestination
  /** How far it is. */
  readonly bytes: number
  /** Resolves when the storage has the whole object, with the digest that was wanted; rejects with why it has not. */
  readonly done: Promise<void>
  /** Tells this one alone to stop: what it was doing shall not come to an end any more. */
  stop(cause: unknown): void
}

export interface ReplicaDeps {
  readonly growing: GrowingFile
  readonly digester: Digester
  /** What the file turned out to hold. Not asked for before the file's end has come. */
  readonly wanted: () => Digest
  readonly call: OperationContext
}

const COPY_BYTES = 1024 * 1024
const BODY_BYTES = 64 * 1024

export function follow(object: ObjectSpec, destination: SetDestination, { call, ...rest }: ReplicaDeps): Replica {
  const own = new AbortController()
  const deps = { ...rest, call: { ...call, signal: AbortSignal.any([call.signal, own.signal]) } }
  let bytes = 0
  const onBytes = (count: number) => {
    bytes += count
  }
  const done = storeBehind(object, destination, { ...deps, onBytes })
  done.catch(() => undefined)
  return {
    destination,
    get bytes() {
      return bytes
    },
    done,
    stop: (cause) => own.abort(cause),
  }
}

type Following = ReplicaDeps & { readonly onBytes: (count: number) => void }

function storeBehind(object: ObjectSpec, destination: SetDestination, deps: Following): Promise<void> {
  const { draft } = destination
  switch (draft.kind) {
    case 'files':
      return copyIntoFile(object, { ...destination, draft }, deps)
    case 'stream':
      return putBehind(object, { ...destination, draft }, deps)
    default:
      return draft satisfies never
  }
}

async function copyIntoFile(object: ObjectSpec, destination: SetDestination<FileDraft>, deps: Following): Promise<void> {
  const { digester, wanted, call } = deps
  const { path, expectedBytes } = object
  const file = await destination.draft.openFile(path, expectedBytes === undefined ? {} : { reserveBytes: expectedBytes })
  const following = digester.follow(file.fd)
  try {
    call.failpoint?.('several-opened')
    await copyAll(object, file, deps)
    refuseOther(await following.finish(), wanted(), destination)
    await file.flushAndClose()
    call.failpoint?.('several-copied')
  } catch (error) {
    await following.drop()
    // The path must be free if the object is made anew.
    await file.remove().catch(() => undefined)
    throw error
  }
}

async function copyAll({ path }: ObjectSpec, file: DraftFile, { growing, onBytes, call }: Following): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(COPY_BYTES)
  for (let position = 0; ; ) {
    const count = await growing.read(buffer, position)
    if (count === 0) return
    call.signal.throwIfAborted()
    await writeAll(file.fd, buffer.subarray(0, count), path)
    position += count
    onBytes(count)
  }
}

async function putBehind(object: ObjectSpec, destination: SetDestination<StreamDraft>, { growing, wanted, call, onBytes }: Following): Promise<void> {
  const hash = createHash('sha256')
  let bytes = 0
  async function* chunks() {
    for (;;) {
      // A new buffer each time: the storage may keep it until it has been sent.
      const buffer = Buffer.allocUnsafeSlow(BODY_BYTES)
      const count = await growing.read(buffer, bytes)
      // Also before the end: a stopped storage must not store what looks complete.
      call.signal.throwIfAborted()
      if (count === 0) return
      const chunk = buffer.subarray(0, count)
      hash.update(chunk)
      bytes += count
      yield chunk
      onBytes(count)
    }
  }
  const options = object.expectedBytes === undefined ? {} : { expectedBytes: object.expectedBytes }
  await destination.draft.putObject(object.path, Readable.from(chunks(), { objectMode: false, highWaterMark: BODY_BYTES }), options, call)
  refuseOther({ bytes, sha256: hash.digest('hex') }, wanted(), destination)
  call.failpoint?.('several-put')
}

function refuseOther(found: Digest, wanted: Digest, { sets }: SetDestination): void {
  if (found.bytes === wanted.bytes && found.sha256 === wanted.sha256) return
  throw new BackupError(
    'damaged',
    `the data stored on "${sets.label}" differs from the object (${found.bytes} of ${wanted.bytes} bytes, SHA-256 ${found.sha256})`,
    {
      hint: 'Check the memory of this host, and the device from which the object was read.',
    },
  )
}
