import { createHash } from 'node:crypto'
import type { ObjectSpec } from '../../plan/plan.ts'
import type { StreamDraft } from '../set/set-store.ts'
import { type Branch, fanOut } from './fan-out.ts'
import { type ObjectProgress, type PipelineOutcome, pipelineCall, reportProgress } from './object-pipeline.ts'
import type { SetContext } from './set-context.ts'
import type { SetDestination } from './set-destinations.ts'

/**
 * Makes an object on object stores only: the output of its pipeline is read once, digested, and passed to every storage, at the speed of the slowest.
 *
 * Three operations run concurrently, and all are awaited in every case: the pipeline (`done`), the reading of its output, and one `put` per storage.
 * The output ends only after every stage has succeeded, so a `put` that resolves has stored the whole object. The first failure is the cause:
 * - if the pipeline fails, the bodies that the storages read fail, so that none of them stores anything;
 * - if a storage fails, the others continue, unless its failure fails all (`SetDestinations.fail`): then the pipeline is ended.
 */
export async function streamToStorages(
  object: ObjectSpec,
  destinations: readonly SetDestination<StreamDraft>[],
  context: SetContext,
): Promise<PipelineOutcome> {
  const stop = new AbortController()
  const signal = AbortSignal.any([context.call.signal, stop.signal])
  const { output, done } = await context.processes.startPipeline(object.stages, { kind: 'stream' }, pipelineCall(object, context, signal))
  let cause: unknown
  const stopAll = (error: unknown) => {
    cause ??= error
    stop.abort(error)
    output.destroy()
    return undefined
  }
  const { branches, run } = fanOut(output, destinations.length)
  const puts = destinations.map((destination, index) =>
    putBranch(object, { destination, branch: branches[index] as Branch, signal }, context).catch(stopAll),
  )
  const hash = createHash('sha256')
  let bytes = 0
  const reading = run((chunk) => {
    hash.update(chunk)
    bytes += chunk.length
  })
  const stopReporting = reportProgress(object, context, () => slowest(destinations, branches, bytes))
  const [facts] = await Promise.all([done.catch(stopAll), reading.catch(stopAll), ...puts])
  stopReporting()
  if (cause !== undefined || !facts) throw cause
  return { kind: 'made', digest: { bytes, sha256: hash.digest('hex') }, facts }
}

interface BranchOf {
  readonly destination: SetDestination<StreamDraft>
  readonly branch: Branch
  readonly signal: AbortSignal
}

/** Rejects when this storage's failure is that of all, and when it was stopped. */
async function putBranch(object: ObjectSpec, { destination, branch, signal }: BranchOf, { destinations, call }: SetContext): Promise<void> {
  const options = object.expectedBytes === undefined ? {} : { expectedBytes: object.expectedBytes }
  try {
    await destination.draft.putObject(object.path, branch.body, options, { ...call, signal })
    call.failpoint?.('several-put')
  } catch (error) {
    if (signal.aborted) throw error
    branch.leave()
    // Broken: the pipeline failed, and its error is the cause, not the consequence here.
    if (!branch.isBroken) destinations.fail(destination, error)
  }
}

function slowest(destinations: readonly SetDestination[], branches: readonly Branch[], bytes: number): ObjectProgress {
  const behind = destinations
    .map(({ sets }, index) => ({ label: sets.label, bytes: branches[index]?.bytes ?? 0, isReading: branches[index]?.body.destroyed === false }))
    .filter(({ isReading }) => isReading)
    .toSorted((a, b) => a.bytes - b.bytes)[0]
  return destinations.length < 2 || behind === undefined ? [bytes] : [behind.bytes, behind.label]
}
