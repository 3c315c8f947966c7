import { createHash } from 'node:crypto'
import type { ObjectSpec } from '../../plan/plan.ts'
import type { StreamDraft } from '../set/set-store.ts'
import { type Branch, fanOut } from './fan-out.ts'
import { checkOf, type MakingDeps, type PipelineOutcome, reportProgress } from './object-pipeline.ts'
import type { SetDestination } from './set-destinations.ts'

/**
 * The object by way of our own memory, where no storage has files: read once, digested, handed to every storage at the pace of the slowest.
 *
 * A storage that fails and takes the others with it ends the pipeline; a pipeline that fails breaks the bodies that the storages read, so that none of
 * them stores anything. Whichever came first is the cause.
 */
export async function streamToStorages(
  object: ObjectSpec,
  destinations: readonly SetDestination<StreamDraft>[],
  deps: MakingDeps,
): Promise<PipelineOutcome> {
  const { processes, pipelineCall, call, progress } = deps
  const stop = new AbortController()
  const signal = AbortSignal.any([call.signal, stop.signal])
  const { output, done } = await processes.startPipeline(object.stages, { kind: 'stream' }, { ...pipelineCall, ...checkOf(object), signal })
  const hash = createHash('sha256')
  let bytes = 0
  let cause: unknown
  const note = (error: unknown) => {
    cause ??= error
    stop.abort(error)
    output.destroy()
    return undefined
  }
  const { branches, run } = fanOut(output, destinations.length)
  const puts = destinations.map((destination, index) =>
    putBranch(object, { destination, branch: branches[index] as Branch, signal }, deps).catch(note),
  )
  const stopReporting = reportProgress(progress, () => slowest(destinations, branches, bytes))
  const running = run((chunk) => {
    hash.update(chunk)
    bytes += chunk.length
  })
  const [facts] = await Promise.all([done.catch(note), running.catch(note), ...puts])
  stopReporting()
  if (cause !== undefined || !facts) throw cause
  return { kind: 'made', digest: { bytes, sha256: hash.digest('hex') }, facts }
}

interface Putting {
  readonly destination: SetDestination<StreamDraft>
  readonly branch: Branch
  readonly signal: AbortSignal
}

/** Rejects when this storage's failure is that of all. */
async function putBranch(object: ObjectSpec, { destination, branch, signal }: Putting, { destinations, call }: MakingDeps): Promise<void> {
  const options = object.expectedBytes === undefined ? {} : { expectedBytes: object.expectedBytes }
  try {
    await destination.draft.putObject(object.path, branch.body, options, { ...call, signal })
    call.failpoint?.('several-put')
  } catch (error) {
    if (signal.aborted) throw error
    branch.leave()
    // It only passes on that the pipeline broke.
    if (!branch.isBroken) destinations.fail(destination, error)
  }
}

function slowest(destinations: readonly SetDestination<StreamDraft>[], branches: readonly Branch[], bytes: number): readonly [number, string?] {
  const behind = destinations
    .map(({ sets }, index) => ({ label: sets.label, bytes: branches[index]?.bytes ?? 0, isHere: branches[index]?.body.destroyed === false }))
    .filter(({ isHere }) => isHere)
    .toSorted((a, b) => a.bytes - b.bytes)[0]
  return destinations.length < 2 || behind === undefined ? [bytes] : [behind.bytes, behind.label]
}
