import { closeSync } from 'node:fs'
import { type Command, commandName } from '../../plan/command.ts'
import type { Pipe } from '../pipes/pipe-ends.ts'
import { keepStderr } from '../pipes/stderr-tail.ts'
import { readTap } from '../pipes/tap.ts'
import type { PipelineCall, Sink } from '../processes.ts'
import type { ProcessSession } from '../session.ts'
import type { Waiting } from '../start/account.ts'
import { closeExtras, type PreparedCommand, prepareCommand } from '../start/prepare-command.ts'
import { programName, type Stage, stopReading } from '../start/stage.ts'
import { type Child, startChild } from '../start/start-child.ts'
import type { ProcessGroup } from '../tree/groups.ts'
import { endTree, type ProcessTree } from '../tree/process-tree.ts'

/** Started stages, joined left to right; the last one is our writer unless the bytes come through us. */
export interface Joined {
  readonly stages: readonly Stage[]
  /** Our read end of the pipe after stage i; shorter than `stages` by one when there is a writer. */
  readonly keepers: readonly number[]
  readonly tree: ProcessTree
  /** Our write end of the first stage's stdin, when it is fed by us. */
  readonly inputFd?: number
}

/** Starts every stage. When one cannot be started, those already running are ended and it throws `process/not-started`. */
export async function joinStages(commands: readonly Command[], sink: Sink, call: PipelineCall, session: ProcessSession): Promise<Joined> {
  const prepared = await prepareAll(commands, session, { signal: call.signal, runMs: call.limits.runMs })
  const linkCount = sink.kind === 'stream' ? commands.length : commands.length - 1
  const pipes = await session.takePipes(linkCount + commands.length + (call.input ? 1 : 0))
  const links = pipes.slice(0, linkCount)
  const errors = pipes.slice(linkCount, linkCount + commands.length)
  const input = call.input && pipes.at(-1)
  const stages: Stage[] = []
  const names = new Set([...pipes.map((pipe) => pipe.name), ...prepared.flatMap((one) => one.pipes)])
  let tree: ProcessTree | undefined
  let tried = 0
  const startIn = async (group: ProcessGroup): Promise<ProcessTree> => {
    const { cgroup, mark } = group
    tree = treeOf(stages, { cgroup, mark, pipes: names })
    for (const [index, one] of prepared.entries()) {
      const stdin = index === 0 ? (input?.readFd ?? ('ignore' as const)) : readEnd(links, index - 1)
      const stdio = [stdin, links[index]?.writeFd ?? sinkFd(sink), writeEnd(errors, index)]
      const isWriter = index === linkCount && sink.kind === 'file'
      const lock = isWriter && sink.lockFd !== undefined ? [sink.lockFd] : []
      tried++
      const child = await startChild(one, {
        stdio: [...stdio, ...lock],
        blockedSignals: session.blockedSignals,
        ignoredSignals: session.ignoredSignals,
        cgroup,
      })
      stages.push(watchStage(one, child, { stderrFd: errors[index]?.keeperFd ?? -1, call }))
      call.onProcesses?.([group.started(child, programName(one.command))])
    }
    return tree
  }
  try {
    const started = await session.startGroup('pipeline', startIn)
    closeEnds(input ? pipes.slice(0, -1) : pipes)
    return { stages, keepers: links.map((link) => link.keeperFd), tree: started, ...(input && { inputFd: keepWriteEnd(input) }) }
  } catch (error) {
    closeEnds(pipes)
    for (const { keeperFd } of [...links, ...errors.slice(stages.length), ...(input ? [input] : [])]) closeSync(keeperFd)
    for (const one of prepared.slice(tried)) closeExtras(one)
    if (tree) await undo(tree, stages, call)
    throw error
  }
}

async function undo(tree: ProcessTree, stages: readonly Stage[], { limits }: PipelineCall): Promise<void> {
  await endTree(tree, limits.graceMs)
  for (const stage of stages) stopReading(stage)
  tree.cgroup?.release()
}

function treeOf(stages: readonly Stage[], { cgroup, mark, pipes }: Pick<ProcessTree, 'cgroup' | 'mark' | 'pipes'>): ProcessTree {
  return {
    get leaders() {
      return stages.map(({ child }) => child)
    },
    cgroup,
    mark,
    pipes,
  }
}

// Nobody but the first stage may hold a read end: what feeds it shall notice when it stops reading.
function keepWriteEnd({ readFd, keeperFd, writeFd }: Pipe): number {
  closeSync(readFd)
  closeSync(keeperFd)
  return writeFd
}

/** Nothing of a pipeline starts when a later program or secret of it is missing. */
async function prepareAll(commands: readonly Command[], session: ProcessSession, waiting: Waiting): Promise<readonly PreparedCommand[]> {
  const prepared: PreparedCommand[] = []
  try {
    for (const command of commands) prepared.push(await prepareCommand(command, session, waiting))
    return prepared
  } catch (error) {
    for (const one of prepared) closeExtras(one)
    throw error
  }
}

function watchStage(
  { command, taps }: PreparedCommand,
  child: Child,
  { stderrFd, call }: { readonly stderrFd: number; readonly call: PipelineCall },
): Stage {
  const name = commandName(command)
  const onText = command.showStderr === 'never' ? undefined : (text: string) => call.onStderr?.(name, text, command.showStderr)
  return { command, child, stderr: keepStderr(stderrFd, onText), taps: taps.map(({ fd, collect }) => readTap(fd, collect)) }
}

// The children have their copies now. Ours must go, or no reader would ever see the end of its input.
function closeEnds(pipes: readonly Pipe[]): void {
  for (const { readFd, writeFd } of pipes) {
    closeSync(readFd)
    closeSync(writeFd)
  }
}

function readEnd(pipes: readonly Pipe[], index: number): number {
  return pipes[index]?.readFd ?? -1
}

function writeEnd(pipes: readonly Pipe[], index: number): number {
  return pipes[index]?.writeFd ?? -1
}

function sinkFd(sink: Sink): number | 'ignore' {
  return sink.kind === 'file' ? sink.fd : 'ignore'
}
