import { spawn } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, commandName } from '../plan/command.ts'
import { closePipe, type Pipe } from './pipes.ts'
import { prepareCommand } from './prepare-command.ts'
import { endTree, membersOf, type ProcessTree } from './process-tree.ts'
import type { StepCall } from './processes.ts'
import { ProcessError, type StageFacts } from './result.ts'
import { TOOL_ENVIRONMENT } from './run-tool.ts'
import { describeEnd, factsOf, isAccepted, type Stage, stopReading } from './stage.ts'
import { type Child, startChild } from './start-child.ts'
import { keepStderr } from './stderr-tail.ts'
import { readTap } from './tap.ts'
import { openUnnamedFile } from './unnamed-file.ts'
import type { ProcessWorld } from './world.ts'

/** Runs one command to its end. See `Processes.runCommand` for the contract. */
export async function runCommand(command: Command, call: StepCall, world: ProcessWorld): Promise<StageFacts & { readonly notes: readonly string[] }> {
  if (call.signal.aborted) throw new ProcessError('aborted', 'stopped before it was done', { cause: call.signal.reason })
  const { stage, tree, ...pipes } = await start(command, call, world)
  try {
    const cause = await endOf(stage, call)
    if (cause === undefined) return { ...factsOf(stage), notes: await spareDaemons({ stage, tree, ...pipes }, world) }
    await endTree(tree, call.limits.graceMs)
    await Promise.race([allRead(stage), sleep(200, undefined, { ref: false })])
    throw toError(stage, cause, call)
  } finally {
    stopReading(stage)
    tree.cgroup?.release()
  }
}

interface Started {
  readonly stage: Stage
  readonly tree: ProcessTree
  /** What its stderr goes through. */
  readonly pipe: Pipe
  /** What its stdout goes through, where somebody is told. */
  readonly outPipe: Pipe | undefined
}

async function start(command: Command, call: StepCall, world: ProcessWorld): Promise<Started> {
  const prepared = await prepareCommand(command, world)
  const [pipe, outPipe] = await world.takePipes(call.onStdout ? 2 : 1)
  if (pipe === undefined) throw new ProcessError('not-started', 'no pipe could be made')
  const pipes = outPipe ? [pipe, outPipe] : [pipe]
  const cgroup = world.makeCgroup()
  const stdout = outPipe?.writeFd ?? { stdout: 1, stderr: 2, nowhere: 'ignore' as const }[call.stdout]
  let stdin: number | undefined
  let child: Child
  try {
    stdin = call.stdinText === undefined ? undefined : openUnnamedFile(call.stdinText, world)
    child = startChild(prepared, {
      stdio: [stdin ?? 'inherit', stdout, pipe.writeFd],
      blockedSignals: world.blockedSignals,
      ignoredSignals: world.ignoredSignals,
      cgroup,
    })
  } catch (error) {
    for (const it of pipes) closePipe(it)
    cgroup?.release()
    throw error
  } finally {
    if (stdin !== undefined) closeSync(stdin)
  }
  for (const { writeFd, readFd } of pipes) {
    closeSync(writeFd)
    closeSync(readFd)
  }
  const stage: Stage = {
    command,
    child,
    stderr: keepStderr(pipe.keeperFd, call.onStderr),
    ...(outPipe && { stdout: keepStderr(outPipe.keeperFd, call.onStdout) }),
    taps: prepared.taps.map(({ fd, collect }) => readTap(fd, collect)),
  }
  const marks = new Set([...pipes.map(({ mark }) => mark), ...prepared.marks])
  return { stage, tree: { leaders: [child], cgroup, marks, isMarked: (pid) => world.isStray(pid) }, pipe, outPipe }
}

/** Resolves when nobody can write to what we read any more. */
async function allRead({ stderr, stdout }: Stage): Promise<void> {
  await Promise.all([stderr.end, stdout?.end])
}

type Cause = 'refused' | 'too-long' | 'aborted' | undefined

async function endOf(stage: Stage, call: StepCall): Promise<Cause> {
  const { promise, resolve } = Promise.withResolvers<Cause>()
  const onAbort = () => {
    resolve('aborted')
  }
  const timer = call.limits.runMs > 0 ? setTimeout(() => resolve('too-long'), call.limits.runMs) : undefined
  call.signal.addEventListener('abort', onAbort)
  void stage.child.exited.then((exit) => {
    stage.exit = exit
    stage.endedMs = performance.now()
    resolve(isAccepted(stage.command, exit) ? undefined : 'refused')
  })
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    call.signal.removeEventListener('abort', onAbort)
  }
}

// A busy host may take its time to hand us what an ended program has said.
const READ_ROUNDS = 100

/**
 * What a successful step leaves running is meant to run (`service x restart`). If it still holds what we made for its stderr or stdout, a small reader
 * stays in our place: otherwise its next message would kill it.
 */
async function spareDaemons({ stage, tree, pipe, outPipe }: Started, world: ProcessWorld): Promise<readonly string[]> {
  await Promise.race([allRead(stage), sleep(50, undefined, { ref: false })])
  const left = membersOf(tree)
  const isOpen = () => stage.stdout?.closed === false
  for (let round = 0; isOpen() && left.length === 0 && round < READ_ROUNDS; round++)
    await Promise.race([allRead(stage), sleep(50, undefined, { ref: false })])
  world.spare(left)
  if (!stage.stderr.closed) world.spare([{ pid: leaveReader(pipe) }])
  if (outPipe && isOpen()) world.spare([{ pid: leaveReader(outPipe) }])
  return left.length === 0 ? [] : [`"${commandName(stage.command)}" left ${left.length} process(es) running: ${left.map((it) => it.pid).join(', ')}`]
}

function leaveReader(pipe: Pipe): number {
  const path = `/proc/self/fd/${pipe.keeperFd}`
  // Opened read-write first: the last writer may have left by now, and then the other open would wait for one for ever.
  const anchor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  // A description of its own: ours is non-blocking, and the flag would reach the reader.
  const fd = openSync(path, constants.O_RDONLY)
  closeSync(anchor)
  const reader = spawn('cat', [], { stdio: [fd, 'ignore', 'ignore'], env: TOOL_ENVIRONMENT, detached: true })
  reader.unref()
  closeSync(fd)
  return reader.pid ?? 0
}

function toError(stage: Stage, cause: Exclude<Cause, undefined>, call: StepCall): ProcessError {
  const details = { stderrTail: stage.stderr.text(), stages: [factsOf(stage)] }
  if (cause === 'aborted') return new ProcessError('aborted', 'stopped before it was done', { cause: call.signal.reason, ...details })
  if (cause === 'too-long')
    return new ProcessError('too-long', `"${commandName(stage.command)}" ran longer than allowed (${call.limits.runMs / 1000} s)`, details)
  return new ProcessError('failed', describeEnd(stage.command, stage.exit ?? { code: null, signal: null }), details)
}
