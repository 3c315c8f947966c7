import { settledWithin } from '../../lib/settled-within.ts'
import type { ObjectSpec } from '../../plan/plan.ts'
import { writtenBytes } from '../../process/pipeline/written-bytes.ts'
import { type PipelineFacts, ProcessError } from '../../process/result.ts'
import type { DraftFile, FileDraft } from '../set/set-store.ts'
import type { Digest } from './digester.ts'
import { type GrowingFile, growingFile } from './growing-file.ts'
import { checkOf, type MakingDeps, type PipelineOutcome, reportProgress } from './object-pipeline.ts'
import { follow, type Replica } from './replica.ts'
import type { SetDestination } from './set-destinations.ts'
import { untilReplicated } from './watch-replica.ts'

// A file that cannot be closed lies on a mount that is dead.
const LET_GO_LIMIT_MS = 10_000

interface Roles {
  /** Has the file that the pipeline's own writer writes, at the kernel's speed. */
  readonly spool: SetDestination<FileDraft>
  /** Read that file behind the writer. */
  readonly others: readonly SetDestination[]
}

/**
 * The object into a file of one storage, digested behind the writer and flushed, and from there to the others, who see its end only when the pipeline has
 * ended well. Of the others each fails by itself; whether that is the end for all is the destinations' to say.
 */
export async function spoolToFile(object: ObjectSpec, { spool, others }: Roles, deps: MakingDeps): Promise<PipelineOutcome> {
  const { call, progress } = deps
  const stop = new AbortController()
  const signal = AbortSignal.any([call.signal, stop.signal])
  const opened = await opening(object, spool, others.length > 0).catch((cause: unknown) => ({ cause }))
  if ('cause' in opened) return spoolFailed(spool, opened.cause, deps)
  const { file, growing } = opened
  let digest: Digest | undefined
  const wanted = () => digest ?? { bytes: -1, sha256: '' }
  const { digester } = deps
  const replicas = growing ? others.map((destination) => follow(object, destination, { growing, digester, wanted, call: { ...call, signal } })) : []
  const isOurs = (replica: Replica) => digest === undefined && replica.bytes >= writtenBytes(file.fd)
  const through = replicas.map((replica) =>
    untilReplicated(replica, {
      stallMs: deps.pipelineCall.limits.stallMs,
      signal,
      isWaiting: () => isOurs(replica),
      onFailed: (error) => growing?.isBroken || deps.destinations.fail(replica.destination, error),
    }),
  )
  // The failure of a storage that is the failure of all ends the pipeline.
  for (const it of through) it.catch((error: unknown) => stop.abort(error))
  const stopReporting = reportProgress(progress, () => slowest(digest?.bytes ?? writtenBytes(file.fd), replicas))
  try {
    const made = await intoFile(object, { spool, file, signal, onDigest: (it) => finish(it) }, deps)
    await Promise.all(through)
    return made
  } catch (error) {
    // Among many that were stopped, the one storage whose failure is that of all.
    const cause = stop.signal.aborted && !call.signal.aborted ? stop.signal.reason : error
    growing?.break(cause)
    stop.abort(cause)
    if (cause instanceof SpoolFailure) return spoolFailed(spool, cause.cause, deps)
    throw cause
  } finally {
    stopReporting()
    // Who was given up still reads, and still stores.
    await settledWithin(LET_GO_LIMIT_MS, Promise.allSettled(replicas.map(({ done }) => done)))
    if (growing) await settledWithin(LET_GO_LIMIT_MS, growing.close())
  }

  function finish(it: Digest) {
    digest = it
    growing?.end()
  }
}

/** Only on its way from where it came up to where it is told apart from other failures. */
class SpoolFailure extends Error {
  constructor(cause: unknown) {
    super('could not write the spool file', { cause })
  }
}

function spoolFailed(destination: SetDestination, cause: unknown, { call }: MakingDeps): PipelineOutcome {
  if (call.signal.aborted) throw cause
  return { kind: 'spool-failed', destination, cause }
}

async function opening(
  object: ObjectSpec,
  { draft }: SetDestination<FileDraft>,
  isShared: boolean,
): Promise<{ file: DraftFile; growing: GrowingFile | undefined }> {
  const { path, expectedBytes } = object
  const file = await draft.openFile(path, expectedBytes === undefined ? {} : { reserveBytes: expectedBytes })
  try {
    return { file, growing: isShared ? await growingFile(file.fd) : undefined }
  } catch (error) {
    await file.close()
    throw error
  }
}

interface Spooling {
  readonly spool: SetDestination<FileDraft>
  readonly file: DraftFile
  readonly signal: AbortSignal
  /** Told when the pipeline has ended well and the file is read back. */
  readonly onDigest: (digest: Digest) => void
}

async function intoFile(object: ObjectSpec, { spool, file, signal, onDigest }: Spooling, deps: MakingDeps): Promise<PipelineOutcome> {
  const following = deps.digester.follow(file.fd)
  try {
    const facts = await runPipeline(object, { spool, file, signal }, deps)
    const digest = await following.finish().catch(asSpoolFailure)
    onDigest(digest)
    await flushSpool({ spool, file }, deps)
    return { kind: 'made', digest, facts }
  } catch (error) {
    await settledWithin(LET_GO_LIMIT_MS, following.drop().then(file.close))
    throw error
  }
}

async function runPipeline(
  object: ObjectSpec,
  { spool, file, signal }: Omit<Spooling, 'onDigest'>,
  { processes, pipelineCall, call }: MakingDeps,
): Promise<PipelineFacts> {
  call.failpoint?.('object-opened')
  const { draft, blockBytes } = spool
  const sink = { kind: 'file' as const, fd: file.fd, lockFd: draft.lockFd, ...(blockBytes !== undefined && { blockBytes }) }
  const { done } = await processes.startPipeline(object.stages, sink, {
    ...pipelineCall,
    ...checkOf(object),
    onProcesses: (records) => draft.recordProcesses(records),
    signal,
  })
  call.failpoint?.('pipeline-started')
  const facts = await done.catch((error: unknown) => {
    throw error instanceof ProcessError && error.code === 'process/sink' ? new SpoolFailure(error) : error
  })
  call.failpoint?.('pipeline-ended')
  return facts
}

function asSpoolFailure(cause: unknown): never {
  throw new SpoolFailure(cause)
}

/** The others may have the object all the same: its bytes were good when they were read. */
async function flushSpool({ spool, file }: Pick<Spooling, 'spool' | 'file'>, { destinations, call }: MakingDeps): Promise<void> {
  try {
    await file.flushAndClose()
    call.failpoint?.('object-flushed')
  } catch (error) {
    if (call.signal.aborted) throw error
    destinations.fail(spool, error)
  }
}

function slowest(spooled: number, replicas: readonly Replica[]): readonly [bytes: number, storage?: string] {
  const behind = replicas.toSorted((a, b) => a.bytes - b.bytes)[0]
  return behind === undefined || behind.bytes >= spooled ? [spooled] : [behind.bytes, behind.destination.sets.label]
}
