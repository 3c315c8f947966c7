import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from '../../plan/command.ts'
import { watchActivity } from '../activity/watch-activity.ts'
import { feedInput } from '../pipes/feed-input.ts'
import type { PipelineFacts } from '../process-result.ts'
import type { FileSink, PipelineCall, RunningPipeline, Sink } from '../processes.ts'
import type { ProcessSession } from '../session.ts'
import { factsOf, stopReading, takeRest } from '../start/stage.ts'
import { endTree, membersOf, seemsEnded } from '../tree/process-tree.ts'
import { firstCause, type Pipeline } from './first-cause.ts'
import { emptyOutput, holdOutput } from './held-output.ts'
import { type JoinedStages, joinStages } from './join-stages.ts'
import { holdKeeperPipes } from './keeper-pipes.ts'
import { type Failure, pipelineError, stopped } from './pipeline-error.ts'
import { takeSmallOutput } from './small-output.ts'
import { copyingCommand, smallWriteOf, writerCommand } from './writer.ts'

/**
 * Starts `a | b | c | sink` and supervises it to its end. The contract for callers is in `Processes.startPipeline`.
 *
 * The states of a pipeline:
 *
 *     starting --> running --> checking --> succeeded
 *         |           |            |
 *         v           '------------+------> ending --> failed
 *     not started
 *
 * - *starting*: `joinStages`. If it rejects, nothing is left, and this rejects, too.
 * - *running*: until `firstCause` has found that all stages succeeded, or what failed first.
 * - *checking*: the taps are read to their end, then `call.check` is called. The end of the output has not been passed on yet.
 * - *succeeded*: the end of the output is passed on, and `done` resolves. Background processes of stages may serve another pipeline (a gpg-agent);
 *   they are ended with the last pipeline.
 * - *ending*: the whole process tree is ended and its exits are awaited, for at most 1 s if it cannot be killed; then the error is created, with the
 *   last stderr of the stages, the output fails with it, and `done` rejects.
 *
 * Descriptors: those of the sink belong to the caller, who may close them when `done` has settled. All others belong to this function after
 * `joinStages`: `links` has the pipes between stages, `held` the last one of the sink `stream`, `small` and `later` that of small output, `feed` the write end of the input, `release` those of
 * stderr and taps. `call.input` is always read to its end or destroyed.
 */
export async function startPipeline(commands: readonly Command[], sink: Sink, call: PipelineCall, session: ProcessSession): Promise<RunningPipeline> {
  if (commands.length === 0 || call.signal.aborted) call.input?.destroy()
  if (commands.length === 0) return { ...(sink.kind === 'stream' && { output: emptyOutput() }), done: Promise.resolve({ stages: [], notes: [] }) }
  if (call.signal.aborted) throw stopped(call)
  const write = smallWriteOf(sink, commands.at(-1))
  const writer = writerCommand(sink, commands.at(-1))
  const joining = { sink, isWriterLate: write !== undefined }
  const joined = await joinStages(writer ? [...commands, writer] : commands, joining, call, session).catch((error: unknown) => {
    call.input?.destroy()
    throw error
  })
  session.running.add(joined)
  const pipeline = attach(joined, { sink, call, write, count: commands.length })
  const done = supervise(pipeline, session).finally(watchStages(pipeline))
  // The caller may not await `done` yet.
  done.catch(() => undefined)
  return { ...(pipeline.held && { output: pipeline.held.stream }), done }
}

interface Attached extends Pick<Pipeline, 'sink' | 'call'> {
  readonly write: FileSink['write']
  /** The number of stages of the plan. */
  readonly count: number
}

function attach(joined: JoinedStages, { sink, call, write, count }: Attached): Pipeline {
  const { keeperFds, inputFd, stages, later } = joined
  const outputFd = keeperFds.at(-1) ?? -1
  const held = sink.kind === 'stream' ? holdOutput(outputFd, sink.aheadBytes) : undefined
  const heldMs = sink.kind === 'file' ? sink.heldMs : undefined
  const small = write && later && takeSmallOutput({ keeperFd: outputFd, write, heldMs, startWriter: () => later.start(copyingCommand(sink)) })
  const links = holdKeeperPipes(held || small ? keeperFds.slice(0, -1) : keeperFds)
  const feed = inputFd === undefined || !call.input ? undefined : feedInput(inputFd, call.input)
  return {
    joined,
    sink,
    call,
    get hasWriter() {
      return stages.length > count
    },
    held,
    small,
    links,
    feed,
    notes: [],
  }
}

/** Also while it is ending: which stages have ended, and how, is known before the others have. */
function watchStages(pipeline: Pipeline): () => void {
  const { joined, sink, small, call } = pipeline
  const { input, onActivity } = call
  if (onActivity === undefined) return () => undefined
  const watched = {
    stages: joined.stages,
    hasInput: input !== undefined,
    get hasWriter() {
      return pipeline.hasWriter
    },
    get writesFile() {
      return sink.kind === 'file' && !pipeline.hasWriter && small === undefined
    },
  }
  return watchActivity(watched, onActivity)
}

// Most pipelines of small objects have ended by then.
const WIDEN_AFTER_MS = 500

async function supervise(pipeline: Pipeline, session: ProcessSession): Promise<PipelineFacts> {
  let widened: Promise<void> | undefined
  const widening = setTimeout(() => {
    widened = pipeline.links.widen()
  }, WIDEN_AFTER_MS)
  try {
    const { joined } = pipeline
    const cause = await firstCause(pipeline)
    pipeline.links.close()
    // Nothing is started from now on.
    joined.later?.close()
    pipeline.small?.close()
    const failure = cause ?? (await refusalOf(pipeline))
    if (failure !== undefined) throw await fail(pipeline, failure, session)
    return succeed(pipeline, session)
  } finally {
    clearTimeout(widening)
    // The program that does it must not outlive the run.
    await widened
    await leave(pipeline, session)
  }
}

/**
 * The error of `call.check`. The value of a tap counts only when it is complete; a process that holds one open after its stage succeeded is given 1 s
 * to end.
 */
async function refusalOf({ joined: { stages }, call }: Pipeline): Promise<Failure | undefined> {
  const tapEnds = stages.flatMap((stage) => stage.taps.map((tap) => tap.end))
  if (tapEnds.length > 0) await Promise.race([Promise.all(tapEnds), sleep(1000, undefined, { ref: false })])
  try {
    call.check?.(stages.map(factsOf))
    return undefined
  } catch (error) {
    return { kind: 'refused', error: error instanceof Error ? error : new Error(String(error)) }
  }
}

function succeed({ joined, held, notes }: Pipeline, session: ProcessSession): PipelineFacts {
  const { stages, tree } = joined
  for (const stage of stages) takeRest(stage)
  const areStderrsClosed = stages.every((stage) => stage.stderr.pipe.closed)
  const left = seemsEnded(tree, areStderrsClosed) ? [] : membersOf(tree)
  const facts = stages.map(factsOf)
  if (left.length === 0) release(joined)
  else session.leftBehind.push({ tree, release: () => release(joined) })
  held?.release()
  const leftNotes = left.length === 0 ? [] : [`${left.length} background process(es) are still running, and will be ended`]
  return { stages: facts, notes: [...notes, ...leftNotes] }
}

async function fail(pipeline: Pipeline, failure: Failure, session: ProcessSession): Promise<Error> {
  const { joined, call, feed, held } = pipeline
  if ((await endTree(joined.tree, call.limits.graceMs)).length > 0) session.couldNotEnd()
  // A process in uninterruptible sleep does not exit before its device responds.
  await Promise.race([Promise.all(joined.stages.map(({ child }) => child.exited)), sleep(1000, undefined, { ref: false })])
  for (const stage of joined.stages) takeRest(stage)
  const error = pipelineError(joined.stages, failure, pipeline)
  release(joined)
  await feed?.close()
  held?.break(error)
  return error
}

function release({ stages, tree }: JoinedStages): void {
  for (const stage of stages) stopReading(stage)
  tree.cgroup?.release()
}

/** After the last running pipeline: ends background processes of pipelines. Its `done` includes this. */
async function leave({ joined, call }: Pipeline, session: ProcessSession): Promise<void> {
  session.running.delete(joined)
  if (session.running.size > 0) return
  const strays = session.strays()
  const trees = [...session.leftBehind.splice(0), ...(strays ? [{ tree: strays, release: () => undefined }] : [])]
  for (const { tree, release: releaseTree } of trees) {
    if ((await endTree(tree, call.limits.graceMs)).length > 0) session.couldNotEnd()
    releaseTree()
  }
}
