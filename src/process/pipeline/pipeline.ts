import { closeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { startTimer } from '../../lib/long-timer.ts'
import type { Command } from '../../plan/command.ts'
import { type Drain, drainPipe } from '../pipes/drain.ts'
import { type Feed, feedInput } from '../pipes/feed.ts'
import type { PipelineCall, RunningPipeline, Sink } from '../processes.ts'
import type { PipelineFacts, ProcessError } from '../result.ts'
import type { ProcessSession, Session } from '../session.ts'
import { factsOf, isAccepted, type Stage, stopReading, takeRest } from '../start/stage.ts'
import { endTree, killThese, leftoversOf, membersOf, seemsEnded } from '../tree/process-tree.ts'
import { watchForStandstill } from '../tree/standstill.ts'
import { emptyOutput, type HeldOutput, holdOutput } from './held-output.ts'
import { type Joined, joinStages } from './joined.ts'
import { type Cause, pipelineError, stopped } from './pipeline-error.ts'
import { writerCommand } from './writer.ts'
import { writtenBytes } from './written-bytes.ts'

// After the first refusal: how long a stage before it may take to end too. A reader that fails because its writer died must not hide the writer.
const ECHO_MS = 50

/** Starts `a | b | c | sink` and watches over it to its end. See `Processes.startPipeline` for the contract. */
export async function startPipeline(commands: readonly Command[], sink: Sink, call: PipelineCall, session: ProcessSession): Promise<RunningPipeline> {
  if (commands.length === 0 || call.signal.aborted) call.input?.destroy()
  if (commands.length === 0) return { ...(sink.kind === 'stream' && { output: emptyOutput() }), done: Promise.resolve({ stages: [], notes: [] }) }
  if (call.signal.aborted) throw stopped(call)
  const writer = writerCommand(sink)
  const joined = await joinStages(writer ? [...commands, writer] : commands, sink, call, session).catch((error: unknown) => {
    call.input?.destroy()
    throw error
  })
  session.running.add(joined)
  const { output, done: ended } = watchOver(joined, { sink, call, hasWriter: writer !== undefined, session })
  const done = settle(ended, joined, { call, session })
  // The caller awaits `done` when it is ready to.
  done.catch(() => undefined)
  return { ...(output && { output }), done }
}

async function settle(
  ended: Promise<PipelineFacts>,
  joined: Joined,
  { call, session }: { readonly call: PipelineCall; readonly session: ProcessSession },
): Promise<PipelineFacts> {
  try {
    return await ended
  } finally {
    session.running.delete(joined)
    if (session.running.size === 0) await endStrays(session, call.limits.graceMs)
  }
}

interface Watch {
  readonly sink: Sink
  readonly call: PipelineCall
  readonly hasWriter: boolean
  readonly session: ProcessSession
}

function watchOver(joined: Joined, watch: Watch): RunningPipeline {
  const aheadBytes = watch.sink.kind === 'stream' ? watch.sink.aheadBytes : undefined
  const held = watch.hasWriter ? undefined : holdOutput(joined.keepers.at(-1) ?? -1, aheadBytes)
  const done = (async () => {
    const links = holdLinks(joined, held)
    const feed = joined.inputFd === undefined || !watch.call.input ? undefined : feedInput(joined.inputFd, watch.call.input)
    const cause = await firstCause(joined, { ...watch, held, links, feed })
    links.close()
    if (cause === undefined) {
      await tapsEnd(joined)
      const refusal = refusalOf(joined, watch.call)
      if (refusal === undefined) return await finishWell(joined, { ...watch, held, notes: links.notes })
      await endTree(joined.tree, watch.call.limits.graceMs)
      release(joined)
      held?.break(refusal)
      throw refusal
    }
    const error = await finishBadly(joined, cause, watch)
    await feed?.close()
    held?.break(error)
    throw error
  })()
  return { ...(held && { output: held.stream }), done }
}

function refusalOf({ stages }: Joined, { check }: PipelineCall): Error | undefined {
  try {
    check?.(stages.map(factsOf))
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** Our read ends of the pipes between stages. */
interface Links {
  /** The reader after link `index` has ended with an accepted code. */
  readerLeft(index: number): void
  /** Whether the writer before link `index` lost its reader because we cut the rest off. */
  wasCutOff(index: number): boolean
  close(): void
  readonly notes: string[]
}

function holdLinks(joined: Joined, held: HeldOutput | undefined): Links {
  const drains = new Map<number, Drain>()
  const own = joined.keepers.slice(0, held ? -1 : undefined)
  let open = true
  return {
    readerLeft(index) {
      const fd = own[index]
      if (open && fd !== undefined) drains.set(index, drainPipe(fd))
    },
    wasCutOff: (index) => drains.get(index)?.cutOff ?? false,
    close() {
      open = false
      own.forEach((fd, index) => {
        const drain = drains.get(index)
        if (drain) drain.stop()
        else closeSync(fd)
      })
    },
    notes: [],
  }
}

interface Supervision extends Watch {
  readonly held: HeldOutput | undefined
  readonly links: Links
  readonly feed: Feed | undefined
}

async function firstCause(joined: Joined, supervision: Supervision): Promise<Cause> {
  const { call, held, links, feed } = supervision
  const { promise, resolve } = Promise.withResolvers<Cause>()
  const stopWatching = watchLimits(joined, supervision, resolve)
  const onAbort = () => {
    resolve({ kind: 'aborted' })
  }
  call.signal.addEventListener('abort', onAbort)
  const { stages } = joined
  const pardoned = (stage: Stage, index: number) => endedByPipe(stage) && links.wasCutOff(index)
  const refused = (stage: Stage, index: number) => stage.exit !== undefined && !isAccepted(stage.command, stage.exit) && !pardoned(stage, index)
  const onExit = async (stage: Stage, index: number) => {
    stage.exit = await stage.child.exited
    stage.endedMs = performance.now()
    if (refused(stage, index)) {
      await sleep(ECHO_MS)
      const guilty = stages.filter(refused)
      resolve({ kind: 'stage', stage: guilty.find((it) => !endedByPipe(it)) ?? guilty[0] ?? stage })
      return
    }
    links.readerLeft(index - 1)
    if (stages.every((it) => it.exit !== undefined) && !stages.some(refused)) {
      await held?.drained.catch(() => undefined)
      await feed?.ended
      resolve(undefined)
    }
  }
  void feed?.ended.then((error) => error !== undefined && resolve({ kind: 'input', error }))
  stages.forEach((stage, index) => void onExit(stage, index))
  if (call.signal.aborted) onAbort()
  try {
    return await promise
  } finally {
    stopWatching()
    call.signal.removeEventListener('abort', onAbort)
  }
}

// A shell that waits for such a program says so by this code: 128 and the number of SIGPIPE.
const PIPE_CODE = 141

function endedByPipe({ exit }: Stage): boolean {
  return exit?.signal === 'SIGPIPE' || exit?.code === PIPE_CODE
}

/** Run limit, standstill, and what ended stages left in the background holding up the rest. */
function watchLimits(joined: Joined, { call, held, sink, links }: Supervision, end: (cause: Cause) => void): () => void {
  const { runMs, stallMs, lingerMs } = call.limits
  const stopTimer = runMs > 0 ? startTimer(runMs, () => end({ kind: 'too-long' })) : undefined
  const sinkBytes = () => held?.bytes ?? (sink.kind === 'file' ? writtenBytes(sink.fd) : 0)
  const endLeftovers = () => {
    const living = new Set(joined.stages.filter((stage) => stage.exit === undefined).map((stage) => stage.child.pid))
    if (living.size === joined.stages.length) return
    const leftovers = leftoversOf(joined.tree, living)
    if (leftovers.length === 0) return
    killThese(leftovers)
    links.notes.push(`ended ${leftovers.length} idle background process(es) that held the pipe open`)
  }
  const watch = watchForStandstill(joined.tree, sinkBytes, [
    { afterMs: stallMs, call: () => end({ kind: 'stalled' }) },
    { afterMs: lingerMs, call: endLeftovers },
  ])
  return () => {
    stopTimer?.()
    watch.stop()
  }
}

async function finishWell(joined: Joined, { held, notes, session }: Watch & Ending): Promise<PipelineFacts> {
  for (const stage of joined.stages) takeRest(stage)
  const left = seemsEnded(
    joined.tree,
    joined.stages.every((stage) => stage.stderr.pipe.closed),
  )
    ? []
    : membersOf(joined.tree)
  const facts = joined.stages.map(factsOf)
  if (left.length === 0) release(joined)
  else session.leftBehind.push({ tree: joined.tree, release: () => release(joined) })
  held?.release()
  return {
    stages: facts,
    notes: left.length === 0 ? notes : [...notes, `${left.length} background process(es) are still running, and will be ended`],
  }
}

interface Ending {
  readonly held: HeldOutput | undefined
  readonly notes: readonly string[]
}

/**
 * A pipeline is ended whole, also after a success; but only when no other one runs: what one left behind (a gpg-agent) may serve another.
 * In the meantime the caller waits for the last one, whose `done` includes this.
 */
async function endStrays(session: Session, graceMs: number): Promise<void> {
  const strays = session.strays()
  const trees = [...session.leftBehind.splice(0), ...(strays ? [{ tree: strays, release: () => undefined }] : [])]
  for (const { tree, release: releaseTree } of trees) {
    if ((await endTree(tree, graceMs)).length > 0) session.couldNotEnd()
    releaseTree()
  }
}

async function finishBadly(joined: Joined, cause: Exclude<Cause, undefined>, watch: Watch): Promise<ProcessError> {
  if ((await endTree(joined.tree, watch.call.limits.graceMs)).length > 0) watch.session.couldNotEnd()
  // What could not be ended (uninterruptible sleep) must not hold us up as well.
  await Promise.race([Promise.all(joined.stages.map(({ child }) => child.exited)), sleep(1000, undefined, { ref: false })])
  for (const stage of joined.stages) takeRest(stage)
  const error = pipelineError(joined.stages, cause, watch)
  release(joined)
  return error
}

// A tap's value counts only when it is whole; who holds it open after its stage has ended well has a second to let go.
async function tapsEnd(joined: Joined): Promise<void> {
  const ends = joined.stages.flatMap((stage) => stage.taps.map((tap) => tap.end))
  if (ends.length > 0) await Promise.race([Promise.all(ends), sleep(1000, undefined, { ref: false })])
}

function release(joined: Joined): void {
  for (const stage of joined.stages) stopReading(stage)
  joined.tree.cgroup?.release()
}
