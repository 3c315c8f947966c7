import { settledWithin } from '../../lib/settled-within.ts'
import type { ObjectSpec } from '../../plan/plan.ts'
import { ProcessError } from '../../process/process-result.ts'
import type { DraftFile, FileDraft } from '../set/set-store.ts'
import { type PipelineOutcome, pipelineCall, reportProgress } from './object-pipeline.ts'
import { CLOSE_LIMIT_MS, openReplicas, type Replicas } from './replicas.ts'
import type { SetContext } from './set-context.ts'
import type { SetDestination } from './set-destinations.ts'

interface SpoolTargets {
  /** The writer of the pipeline writes its file, at the speed of the kernel. */
  readonly spool: SetDestination<FileDraft>
  /** They read that file behind the writer. */
  readonly others: readonly SetDestination[]
}

/**
 * Makes an object in a file of one storage, the spool. Large data is written to it without passing
 * through Holdfast, which reads it behind the writer.
 *
 * 1. The file is opened. From now on, the digester and the other storages (`replicas`) read it while it grows.
 * 2. The pipeline runs. After it has succeeded, the rest of the file is digested.
 * 3. The replicas are notified that the file is complete. While they finish, the file is flushed and closed. All replicas are awaited.
 *
 * Failures:
 * - The pipeline fails in step 2: the replicas fail, and this rejects.
 * - The spool fails in step 1 or 2 (its file cannot be opened, written or read back): no storage has the object; the outcome is `spool-failed`.
 * - The spool fails in step 3: its data was read back completely, so the replicas keep it, and only that storage fails.
 * - A replica fails: see `Replicas`. If its failure fails all, it ends the pipeline, and is the cause.
 *
 * Descriptors: that of the file belongs to the `DraftFile`, and is closed once, after the digester has ended: by `flushAndClose` after a success,
 * otherwise by `close`; the file is removed with the draft. The replicas have a descriptor of their own, closed after the last of them has settled.
 * Both are awaited before this settles, for at most 10 s if the mount is dead.
 */
export async function spoolToFile(object: ObjectSpec, { spool, others }: SpoolTargets, context: SetContext): Promise<PipelineOutcome> {
  const opened = await openSpool(object, { spool, others }, context).catch((cause: unknown) => ({ cause }))
  if ('cause' in opened) return spoolFailed(spool, opened.cause, context)
  const { file, replicas } = opened
  const stopReporting = reportProgress(object, context, () => replicas.progress())
  try {
    const outcome = await fillSpool(object, { spool, file, signal: replicas.signal, isOnly: others.length === 0 }, context)
    if (outcome.kind === 'spool-failed') {
      const cause = replicas.break(outcome.cause)
      if (cause !== outcome.cause) throw cause
      return outcome
    }
    replicas.end(outcome.digest)
    await flushSpool(spool, file, context)
    await replicas.settled()
    return outcome
  } catch (error) {
    throw replicas.break(error)
  } finally {
    stopReporting()
    await replicas.close()
  }
}

async function openSpool(
  object: ObjectSpec,
  { spool, others }: SpoolTargets,
  context: SetContext,
): Promise<{ readonly file: DraftFile; readonly replicas: Replicas }> {
  const { path, expectedBytes } = object
  const file = await spool.draft.openFile(path, expectedBytes === undefined ? {} : { reserveBytes: expectedBytes })
  try {
    return { file, replicas: await openReplicas(object, { fd: file.fd, others }, context) }
  } catch (error) {
    await file.close()
    throw error
  }
}

interface OpenSpool {
  readonly spool: SetDestination<FileDraft>
  readonly file: DraftFile
  readonly signal: AbortSignal
  /** Without other storages, the object need not be made again for them if this one fails, so that the cause of a failed write may be less certain. */
  readonly isOnly: boolean
}

/** Leaves the file open when it is `made`, and closes it otherwise. */
async function fillSpool(object: ObjectSpec, { spool, file, signal, isOnly }: OpenSpool, context: SetContext): Promise<PipelineOutcome> {
  const { step, processes, digester, call } = context
  const { draft, blockBytes } = spool
  const sink = {
    kind: 'file' as const,
    fd: file.fd,
    write: file.write,
    lockFd: draft.lockFd,
    mayBeDirect: isOnly,
    ...(blockBytes !== undefined && { blockBytes }),
  }
  const recording = { onProcesses: (records: readonly object[]) => draft.recordProcesses(records) }
  const following = digester.follow(file.fd)
  let isReadingBack = false
  try {
    call.failpoint?.('object-opened')
    const { done } = await processes.startPipeline(object.stages, sink, { ...pipelineCall(object, context, signal), ...recording })
    call.failpoint?.('pipeline-started')
    const facts = await done
    call.failpoint?.('pipeline-ended')
    isReadingBack = true
    return { kind: 'made', digest: await following.finish(), facts }
  } catch (error) {
    // A set without this object may be published.
    const leave = step.onObjectFailure === 'keep' ? file.remove : file.close
    await settledWithin(CLOSE_LIMIT_MS, following.drop().then(leave))
    if (isReadingBack || (error instanceof ProcessError && error.code === 'process/sink')) return spoolFailed(spool, error, context)
    throw error
  }
}

function spoolFailed(destination: SetDestination, cause: unknown, { call }: SetContext): PipelineOutcome {
  if (call.signal.aborted) throw cause
  return { kind: 'spool-failed', destination, cause }
}

async function flushSpool(spool: SetDestination, file: DraftFile, { destinations, call }: SetContext): Promise<void> {
  try {
    await file.flushAndClose()
    call.failpoint?.('object-flushed')
  } catch (error) {
    if (call.signal.aborted) throw error
    destinations.fail(spool, error)
  }
}
