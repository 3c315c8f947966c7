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

/** One storage that gets an object by reading the spool file of another, behind its writer. */
export interface Replica {
  readonly destination: SetDestination
  /** How many bytes it has stored. */
  readonly bytes: number
  /** Resolves when the storage has the whole object, with the digest expected; rejects with the reason why it has not. */
  readonly done: Promise<void>
  /** Stops this one alone, so that an operation that still runs does not store the object later. */
  stop(cause: unknown): void
}

export interface ReplicaSource {
  readonly growing: GrowingFile
  readonly digester: Digester
  /** The digest of the complete spool file; undefined before its end. */
  readonly expected: () => Digest | undefined
  readonly call: OperationContext
}

const COPY_BYTES = 1024 * 1024
const BODY_BYTES = 64 * 1024

export function replicate(object: ObjectSpec, destination: SetDestination, { call, ...source }: ReplicaSource): Replica {
  const own = new AbortController()
  let bytes = 0
  const onBytes = (count: number) => {
    bytes += count
  }
  const copying = { ...source, onBytes, call: { ...call, signal: AbortSignal.any([call.signal, own.signal]) } }
  const done = storeCopy(object, destination, copying)
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

type Copying = ReplicaSource & { readonly onBytes: (count: number) => void }

async function storeCopy(object: ObjectSpec, destination: SetDestination, copying: Copying): Promise<void> {
  const { draft, sets } = destination
  const refuse = (found: Digest) => refuseOther(found, copying.expected(), sets.label)
  switch (draft.kind) {
    case 'files':
      return copyIntoFile(object, { draft, refuse }, copying)
    case 'stream':
      return putCopy(object, { draft, refuse }, copying)
    default:
      draft satisfies never
  }
}

interface CopyTarget<Draft> {
  readonly draft: Draft
  /** Throws if the digest differs from that of the spool file. */
  readonly refuse: (found: Digest) => void
}

async function copyIntoFile({ path, expectedBytes }: ObjectSpec, { draft, refuse }: CopyTarget<FileDraft>, copying: Copying): Promise<void> {
  const { digester, call } = copying
  const file = await draft.openFile(path, expectedBytes === undefined ? {} : { reserveBytes: expectedBytes })
  const following = digester.follow(file.fd)
  try {
    call.failpoint?.('several-opened')
    await copyAll(path, file, copying)
    // Read back from this file: the written data may differ from the data that was read.
    refuse(await following.finish())
    await file.flushAndClose()
    call.failpoint?.('several-copied')
  } catch (error) {
    await following.drop()
    // The path must be free if the object is made again.
    await file.remove().catch(() => undefined)
    throw error
  }
}

async function copyAll(path: string, file: DraftFile, { growing, onBytes, call }: Copying): Promise<void> {
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

async function putCopy({ path, expectedBytes }: ObjectSpec, { draft, refuse }: CopyTarget<StreamDraft>, copying: Copying): Promise<void> {
  const { growing, call, onBytes } = copying
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
  const body = Readable.from(chunks(), { objectMode: false, highWaterMark: BODY_BYTES })
  await draft.putObject(path, body, expectedBytes === undefined ? {} : { expectedBytes }, call)
  refuse({ bytes, sha256: hash.digest('hex') })
  call.failpoint?.('several-put')
}

function refuseOther(found: Digest, expected: Digest | undefined, label: string): void {
  if (found.bytes === expected?.bytes && found.sha256 === expected.sha256) return
  throw new BackupError(
    'damaged',
    `the data stored on "${label}" differs from the object (${found.bytes} of ${expected?.bytes ?? '?'} bytes, SHA-256 ${found.sha256})`,
    {
      hint: 'Check the memory of this host, and the device from which the object was read.',
    },
  )
}
