import { closeSync } from 'node:fs'
import type { Command } from '../../plan/command.ts'
import type { Pipe } from '../pipes/pipe-ends.ts'
import type { PipelineCall, Sink } from '../processes.ts'
import type { ProcessSession } from '../session.ts'
import type { Waiting } from '../start/account.ts'
import { closeExtras, type PreparedCommand, prepareCommand } from '../start/prepare-command.ts'
import { programName, type Stage, stopReading } from '../start/stage.ts'
import { type ChildOptions, startChild } from '../start/start-child.ts'
import type { ProcessGroup } from '../tree/process-groups.ts'
import { endTree, type ProcessTree } from '../tree/process-tree.ts'
import { type LateStage, lateStage } from './late-stage.ts'
import { watchStage } from './watch-stage.ts'

/**
 * Started stages, from left to right; the last one is the writer, unless the sink is a stream, or the last stage writes the file itself, or the writer is
 * started later.
 */
export interface JoinedStages {
  readonly stages: readonly Stage[]
  /** The read end of the pipe after each stage; one fewer than `stages`, unless the output is a pipe. */
  readonly keeperFds: readonly number[]
  readonly tree: ProcessTree
  /** If the writer may be started later. */
  readonly later?: LateStage
  /** The write end of the first stage's stdin, if `call.input` feeds it. */
  readonly inputFd?: number
}

export interface Joining {
  readonly sink: Sink
  /** The sink is a file, and its writer is not among the commands, but may be started later. */
  readonly isWriterLate: boolean
}

/**
 * Prepares all commands, then starts them from left to right, with a kernel pipe from each stdout to the next stdin. Rejects with the first failure
 * (`process/not-started`), with no process and no descriptor left.
 *
 * Ownership of descriptors:
 * - `sink.fd` and `sink.lockFd` belong to the caller. The process that writes the file gets copies.
 * - A pipe has three (`pipe-ends.ts`). `readFd` and `writeFd` are for the children; they are closed here after all stages have started, because a
 *   reader sees the end of its input only if no other process holds the write end.
 * - The `keeperFd` of a pipe between stages belongs to the caller (`keeperFds`). That of a stderr belongs to its stage: `stopReading` closes it.
 * - Of the pipe to the first stage's stdin, only the write end is kept, and belongs to the caller (`inputFd`): because no other read end is open,
 *   writing fails when the stage stops reading.
 * - If the writer is late, the `readFd` of the last pipe belongs to `later`, and its `keeperFd` to the caller.
 * - Secret files and write ends of taps are closed by `startChild`; the read end of a tap belongs to its stage: `stopReading` closes it.
 */
export async function joinStages(commands: readonly Command[], joining: Joining, call: PipelineCall, session: ProcessSession): Promise<JoinedStages> {
  const { sink, isWriterLate } = joining
  const prepared = await prepareAll(commands, session, { signal: call.signal, runMs: call.limits.runMs })
  const pipes = await takePipes(commands.length, { joining, call, session }).catch((error: unknown) => {
    for (const one of prepared) closeExtras(one)
    throw error
  })
  const { links, errors, input } = pipes
  const stages: Stage[] = []
  let tree: ProcessTree | undefined
  let tried = 0
  const startIn = async (group: ProcessGroup): Promise<{ readonly tree: ProcessTree; readonly group: ProcessGroup }> => {
    const names = new Set([...pipes.all.map((pipe) => pipe.name), ...prepared.flatMap((one) => one.pipes)])
    tree = treeOf(stages, { cgroup: group.cgroup, mark: group.mark, pipes: names })
    const records: object[] = []
    const startOne = (one: PreparedCommand, index: number) => {
      tried++
      const { blockedSignals, ignoredSignals, redactor } = session
      const start = startChild(one, { ...stdioOf(index, pipes, sink), blockedSignals, ignoredSignals })
      if ('refusal' in start) return start
      stages.push(watchStage(one, start.child, { stderrFd: errors[index]?.keeperFd ?? -1, call, redactor }))
      records.push(group.started(start.child, programName(one.command)))
      return undefined
    }
    // All of them within one turn of the event loop.
    const startAll = () => {
      for (const [index, one] of prepared.entries()) {
        const refused = startOne(one, index)
        if (refused) return refused
      }
      return undefined
    }
    try {
      // Entered once for all stages: on a busy host, two moves take the kernel almost a millisecond.
      const refused = group.cgroup ? group.cgroup.enter(startAll) : startAll()
      if (refused) throw await refused.refusal
    } finally {
      if (records.length > 0) call.onProcesses?.(records)
    }
    return { tree, group }
  }
  try {
    const started = await session.startGroup('pipeline', startIn)
    const later = isWriterLate ? { later: writeLater(pipes, { sink, group: started.group, stages }, call, session) } : {}
    closeChildEnds([...(isWriterLate ? links.slice(0, -1) : links), ...errors])
    return { stages, keeperFds: links.map((link) => link.keeperFd), tree: started.tree, ...(input && { inputFd: keepWriteEnd(input) }), ...later }
  } catch (error) {
    closeChildEnds(pipes.all)
    for (const { keeperFd } of [...links, ...errors.slice(stages.length), ...(input ? [input] : [])]) closeSync(keeperFd)
    for (const one of prepared.slice(tried)) closeExtras(one)
    if (tree) await undo(tree, stages, call)
    throw error
  }
}

/** The writer of the file, for the output of the last stage. */
function writeLater(
  { links }: StagePipes,
  { sink, group, stages }: { readonly sink: Sink; readonly group: ProcessGroup; readonly stages: Stage[] },
  call: PipelineCall,
  session: ProcessSession,
): LateStage {
  const { readFd = -1, writeFd = -1 } = links.at(-1) ?? {}
  closeSync(writeFd)
  return lateStage({ stdin: readFd, stdout: sinkFd(sink), ...lockOf(sink), group, stages }, call, session)
}

/** No stage is started if a program or secret of a later one is missing. */
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

interface StagePipes {
  readonly all: readonly Pipe[]
  /** After each stage whose stdout is a pipe. */
  readonly links: readonly Pipe[]
  /** For the stderr of each stage. */
  readonly errors: readonly Pipe[]
  /** To the first stage's stdin, if it is fed. */
  readonly input: Pipe | undefined
}

async function takePipes(
  stageCount: number,
  { joining, call, session }: { readonly joining: Joining; readonly call: PipelineCall; readonly session: ProcessSession },
): Promise<StagePipes> {
  const linkCount = joining.sink.kind === 'stream' || joining.isWriterLate ? stageCount : stageCount - 1
  const all = await session.takePipes(linkCount + stageCount + (call.input ? 1 : 0))
  const links = all.slice(0, linkCount)
  const errors = all.slice(linkCount, linkCount + stageCount)
  return { all, links, errors, input: call.input && all.at(-1) }
}

/** Its members are the stages, which are added later. */
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

function closeChildEnds(pipes: readonly Pipe[]): void {
  for (const { readFd, writeFd } of pipes) {
    closeSync(readFd)
    closeSync(writeFd)
  }
}

function keepWriteEnd({ readFd, keeperFd, writeFd }: Pipe): number {
  closeSync(readFd)
  closeSync(keeperFd)
  return writeFd
}

/** The descriptors of a stage. */
function stdioOf(index: number, { links, errors, input }: StagePipes, sink: Sink): Pick<ChildOptions, 'stdio' | 'lockFd'> {
  const stdin = index === 0 ? (input?.readFd ?? 'ignore') : (links[index - 1]?.readFd ?? -1)
  const stdio = [stdin, links[index]?.writeFd ?? sinkFd(sink), errors[index]?.writeFd ?? -1] as const
  return index === links.length ? { stdio, ...lockOf(sink) } : { stdio }
}

/** For the process that writes the file. */
function lockOf(sink: Sink): Pick<ChildOptions, 'lockFd'> {
  return sink.kind === 'file' && sink.lockFd !== undefined ? { lockFd: sink.lockFd } : {}
}

function sinkFd(sink: Sink): number | 'ignore' {
  return sink.kind === 'file' ? sink.fd : 'ignore'
}

async function undo(tree: ProcessTree, stages: readonly Stage[], { limits }: PipelineCall): Promise<void> {
  await endTree(tree, limits.graceMs)
  for (const stage of stages) stopReading(stage)
  tree.cgroup?.release()
}
