import { setTimeout as sleep } from 'node:timers/promises'
import { startTimer } from '../../lib/long-timer.ts'
import type { Feed } from '../pipes/feed-input.ts'
import type { PipelineCall, Sink } from '../processes.ts'
import { isAccepted, type Stage } from '../start/stage.ts'
import { killProcesses, leftoversOf } from '../tree/process-tree.ts'
import { watchForStall } from '../tree/stall-watch.ts'
import type { HeldOutput } from './held-output.ts'
import type { JoinedStages } from './join-stages.ts'
import type { KeeperPipes } from './keeper-pipes.ts'
import type { Cause } from './pipeline-error.ts'
import type { SmallOutput } from './small-output.ts'
import { writtenBytes } from './written-bytes.ts'

/** A started pipeline with everything attached to it. */
export interface Pipeline {
  readonly joined: JoinedStages
  readonly sink: Sink
  readonly call: PipelineCall
  /** Whether the last stage is the writer, which is not a stage of the plan. Changes if it is started later. */
  readonly hasWriter: boolean
  readonly links: KeeperPipes
  /** For the sink `stream`. */
  readonly held: HeldOutput | undefined
  /** If small output is written by Holdfast. */
  readonly small: SmallOutput | undefined
  /** For `call.input`. */
  readonly feed: Feed | undefined
  /** Grows while the pipeline runs. */
  readonly notes: string[]
}

// How long, after a stage failed, an earlier stage may take to end. A stage that fails because its neighbour died must not hide the cause.
const CONSEQUENCE_MS = 50

/**
 * Watches a running pipeline until its result is known. Resolves with undefined when every stage has ended with an accepted code and the output and
 * the input were read to their ends; otherwise with the first failure:
 * - a stage ended in another way. If several do so within 50 ms, the cause is the first one in the order of the pipeline that did not only lose its
 *   reader;
 * - the output could not be written;
 * - the input failed, the pipeline stalled or took too long, or the call was aborted.
 * Ends no processes, except background processes of ended stages if they alone delay the rest. When it resolves, it watches nothing any more.
 */
export async function firstCause(pipeline: Pipeline): Promise<Cause> {
  const { call, held, links, feed, small } = pipeline
  const { stages } = pipeline.joined
  const { promise, resolve } = Promise.withResolvers<Cause>()
  const stopWatching = watchLimits(pipeline, resolve)
  const onAbort = () => {
    resolve({ kind: 'aborted' })
  }
  call.signal.addEventListener('abort', onAbort)
  const hasFailed = (stage: Stage, index: number) =>
    stage.exit !== undefined &&
    !isAccepted(stage.command, stage.exit) &&
    !(endedByPipe(stage) && links.wasCutOff(index)) &&
    stage.hasSucceeded !== true
  const onExit = async (stage: Stage, index: number) => {
    stage.exit = await stage.child.exited
    stage.endedMs = performance.now()
    if (call.succeeded && stage.exit.code !== null && hasFailed(stage, index)) {
      stage.stderr.pipe.takeRest()
      stage.hasSucceeded = call.succeeded(index, stage.exit.code)
    }
    if (hasFailed(stage, index)) {
      await sleep(CONSEQUENCE_MS)
      const failed = stages.filter(hasFailed)
      resolve({ kind: 'stage', stage: failed.find((it) => !endedByPipe(it)) ?? failed[0] ?? stage })
      return
    }
    links.readerLeft(index - 1)
    if (stages.every((it) => it.exit !== undefined) && !stages.some(hasFailed)) {
      await held?.drained.catch(() => undefined)
      await feed?.ended
      const isWritten =
        (await small?.done.then(
          () => true,
          () => false,
        )) ?? true
      // If a writer was started for the rest of the output, it ends last.
      if (isWritten && stages.every((it) => it.exit !== undefined)) resolve(undefined)
    }
  }
  void feed?.ended.then((error) => error !== undefined && resolve({ kind: 'input', error }))
  const started = stages.length
  stages.forEach((stage, index) => void onExit(stage, index))
  void small?.done.then(
    () => stages.slice(started).forEach((stage, index) => void onExit(stage, started + index)),
    (error: unknown) => resolve({ kind: 'output', error }),
  )
  if (call.signal.aborted) onAbort()
  try {
    return await promise
  } finally {
    stopWatching()
    call.signal.removeEventListener('abort', onAbort)
  }
}

// 128 and the number of SIGPIPE: the exit code of a shell whose program was killed by it.
const PIPE_CODE = 141

function endedByPipe({ exit }: Stage): boolean {
  return exit?.signal === 'SIGPIPE' || exit?.code === PIPE_CODE
}

/** Watches time limit, stalls, and background processes of ended stages that delay the rest. Returns a function that ends this. */
function watchLimits({ joined, call, held, small, sink, notes }: Pipeline, end: (cause: Cause) => void): () => void {
  const { runMs, stallMs, lingerMs } = call.limits
  const stopTimer = runMs > 0 ? startTimer(runMs, () => end({ kind: 'too-long' })) : undefined
  const sinkBytes = () => held?.bytes ?? (sink.kind === 'file' ? Math.max(small?.bytes ?? 0, writtenBytes(sink.fd)) : 0)
  const endLeftovers = () => {
    const alive = new Set(joined.stages.filter((stage) => stage.exit === undefined).map((stage) => stage.child.pid))
    if (alive.size === joined.stages.length) return
    const leftovers = leftoversOf(joined.tree, alive)
    if (leftovers.length === 0) return
    killProcesses(leftovers)
    notes.push(`ended ${leftovers.length} idle background process(es) that held the pipe open`)
  }
  const watch = watchForStall(joined.tree, sinkBytes, [
    { afterMs: stallMs, call: () => end({ kind: 'stalled' }) },
    { afterMs: lingerMs, call: endLeftovers },
  ])
  return () => {
    stopTimer?.()
    watch.stop()
  }
}
