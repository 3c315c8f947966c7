import { spawn } from 'node:child_process'
import { closeSync, constants } from 'node:fs'
import { reopenSync } from '../../files/folder.ts'
import { startTimer } from '../../lib/long-timer.ts'
import { type Command, commandName, describeCommand } from '../../plan/command.ts'
import { closePipe, type Pipe } from '../pipes/pipe-ends.ts'
import { keepStderr } from '../pipes/stderr-tail.ts'
import { readTap } from '../pipes/tap.ts'
import { openUnnamedFile } from '../pipes/unnamed-file.ts'
import { ProcessError, type StageFacts } from '../process-result.ts'
import type { StepCall } from '../processes.ts'
import type { ProcessSession } from '../session.ts'
import { closeExtras, prepareCommand } from '../start/prepare-command.ts'
import { describeEnd, factsOf, isAccepted, programName, type Stage, stopReading, takeRest } from '../start/stage.ts'
import { type Child, startChild } from '../start/start-child.ts'
import { TOOL_ENVIRONMENT } from '../tool/run-tool.ts'
import type { ProcessGroup } from '../tree/process-groups.ts'
import { endTree, membersOf, type ProcessTree, seemsEnded } from '../tree/process-tree.ts'

/** Runs one command to its end. See `Processes.runCommand` for the contract. */
export async function runCommand(
  command: Command,
  call: StepCall,
  session: ProcessSession,
): Promise<StageFacts & { readonly notes: readonly string[] }> {
  if (call.signal.aborted) throw new ProcessError('aborted', 'stopped before completion', { cause: call.signal.reason })
  const started = await start(command, call, session)
  const { stage, tree, group } = started
  try {
    const cause = await endOf(stage, call)
    if (cause === undefined) {
      // First, so that its remaining processes are not treated as remains if this process is killed from now on.
      await group.succeeded()
      takeRest(stage)
      return { ...factsOf(stage), notes: await releaseDaemons(started) }
    }
    if ((await endTree(tree, call.limits.graceMs)).length > 0) session.couldNotEnd()
    takeRest(stage)
    throw toError(stage, cause, call)
  } finally {
    stopReading(stage)
    tree.cgroup?.release()
  }
}

interface Started {
  readonly stage: Stage
  readonly tree: ProcessTree
  readonly group: ProcessGroup
  /** The reader of its stderr. */
  readonly pipe: Pipe
  /** The reader of its stdout, if there is an observer. */
  readonly outPipe: Pipe | undefined
}

async function start(command: Command, call: StepCall, session: ProcessSession): Promise<Started> {
  const prepared = await prepareCommand(command, session, { signal: call.signal, runMs: call.limits.runMs })
  const [pipe, outPipe] = await session.takePipes(call.onStdout || call.onRawStdout ? 2 : 1).catch((error: unknown) => {
    closeExtras(prepared)
    throw error
  })
  if (pipe === undefined) throw new ProcessError('not-started', 'could not create a pipe')
  const pipes = outPipe ? [pipe, outPipe] : [pipe]
  const stdout = outPipe?.writeFd ?? { stdout: 1, stderr: 2, nowhere: 'ignore' as const }[call.stdout]
  let stdin: number | undefined
  let isTried = false
  const startIn = async (group: ProcessGroup): Promise<{ readonly child: Child; readonly group: ProcessGroup }> => {
    const startNow = () => {
      isTried = true
      const { blockedSignals, ignoredSignals } = session
      return startChild(prepared, { stdio: [stdin ?? 'inherit', stdout, pipe.writeFd], blockedSignals, ignoredSignals })
    }
    try {
      const start = group.cgroup ? group.cgroup.enter(startNow) : startNow()
      if ('refusal' in start) throw await start.refusal
      group.started(start.child, programName(command))
      return { child: start.child, group }
    } catch (error) {
      group.cgroup?.release()
      throw error
    }
  }
  let started: Awaited<ReturnType<typeof startIn>>
  try {
    stdin = call.stdinText === undefined ? undefined : await openUnnamedFile(call.stdinText, session)
    started = await session.startGroup('command', startIn)
  } catch (error) {
    for (const it of pipes) closePipe(it)
    if (!isTried) closeExtras(prepared)
    throw error
  } finally {
    if (stdin !== undefined) closeSync(stdin)
  }
  for (const { writeFd, readFd } of pipes) {
    closeSync(writeFd)
    closeSync(readFd)
  }
  const { child, group } = started
  const { redactor } = session
  const stage: Stage = {
    command,
    child,
    stderr: keepStderr(pipe.keeperFd, { redactor, onText: call.onStderr }),
    ...(outPipe && { stdout: keepStderr(outPipe.keeperFd, { redactor, onText: call.onStdout, onRaw: call.onRawStdout }) }),
    taps: prepared.taps.map(({ fd, collect }) => readTap(fd, collect)),
  }
  const names = new Set([...pipes.map(({ name }) => name), ...prepared.pipes])
  return { stage, tree: { leaders: [child], cgroup: group.cgroup, mark: group.mark, pipes: names }, group, pipe, outPipe }
}

type Cause = 'refused' | 'too-long' | 'aborted' | undefined

async function endOf(stage: Stage, call: StepCall): Promise<Cause> {
  const { promise, resolve } = Promise.withResolvers<Cause>()
  const onAbort = () => {
    resolve('aborted')
  }
  const stopTimer = call.limits.runMs > 0 ? startTimer(call.limits.runMs, () => resolve('too-long')) : undefined
  call.signal.addEventListener('abort', onAbort)
  void stage.child.exited.then((exit) => {
    stage.exit = exit
    stage.endedMs = performance.now()
    resolve(isAccepted(stage.command, exit) ? undefined : 'refused')
  })
  // It may have been aborted during the start of the command.
  if (call.signal.aborted) onAbort()
  try {
    return await promise
  } finally {
    stopTimer?.()
    call.signal.removeEventListener('abort', onAbort)
  }
}

/**
 * Processes that a successful step leaves are intended to run (`service x restart`). If they still hold the pipes of its stderr or stdout, a small
 * reader remains in place of Holdfast: otherwise, their next message would terminate them.
 */
async function releaseDaemons({ stage, tree, group, pipe, outPipe }: Started): Promise<readonly string[]> {
  const left = tree.cgroup && seemsEnded(tree, true) ? [] : membersOf(tree)
  const held = [...(stage.stderr.pipe.closed ? [] : [pipe]), ...(outPipe && stage.stdout?.pipe.closed === false ? [outPipe] : [])]
  await group.letGo(held.map(leaveReader))
  return left.length === 0 ? [] : [`"${commandName(stage.command)}" left ${left.length} process(es) running: ${left.map((it) => it.pid).join(', ')}`]
}

function leaveReader(pipe: Pipe): number {
  // Opened read-write first: if the last writer has exited, opening for reading would wait for another one forever.
  const anchor = reopenSync(pipe.keeperFd, constants.O_RDWR | constants.O_NONBLOCK)
  // A separate open file description: the existing one is non-blocking, and the reader would share that flag.
  const fd = reopenSync(pipe.keeperFd, constants.O_RDONLY)
  closeSync(anchor)
  const reader = spawn('cat', [], { stdio: [fd, 'ignore', 'ignore'], env: TOOL_ENVIRONMENT, detached: true })
  reader.unref()
  closeSync(fd)
  return reader.pid ?? 0
}

function toError(stage: Stage, cause: Exclude<Cause, undefined>, call: StepCall): ProcessError {
  const details = { stderrTail: stage.stderr.text(), stages: [factsOf(stage)] }
  if (cause === 'aborted') return new ProcessError('aborted', 'stopped before completion', { cause: call.signal.reason, ...details })
  if (cause === 'too-long')
    return new ProcessError('too-long', `"${commandName(stage.command)}" exceeded the time limit (${call.limits.runMs / 1000} s)`, details)
  return new ProcessError('failed', describeEnd(stage.command, stage.exit ?? { code: null, signal: null }, details.stderrTail), {
    ...details,
    command: describeCommand(stage.command),
  })
}
