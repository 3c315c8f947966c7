import { closeSync } from 'node:fs'
import { type Command, commandName } from '../plan/command.ts'
import { findProgram } from './find-program.ts'
import { recordOf } from './orphans.ts'
import type { Pipe } from './pipes.ts'
import { endTree, type ProcessTree } from './process-tree.ts'
import type { PipelineCall, Sink } from './processes.ts'
import { programName, type Stage } from './stage.ts'
import { startChild } from './start-child.ts'
import { keepStderr } from './stderr-tail.ts'
import type { ProcessWorld } from './world.ts'

/** Started stages, joined left to right; the last one is our writer unless the bytes come through us. */
export interface Joined {
  readonly stages: readonly Stage[]
  /** Our read end of the pipe after stage i; shorter than `stages` by one when there is a writer. */
  readonly keepers: readonly number[]
  readonly tree: ProcessTree
}

/** Starts every stage. When one cannot be started, those already running are ended and it throws `process/not-started`. */
export async function joinStages(commands: readonly Command[], sink: Sink, call: PipelineCall, world: ProcessWorld): Promise<Joined> {
  // Nothing of a pipeline starts when a later program is missing.
  for (const command of commands) findProgram(command)
  const linkCount = sink.kind === 'stream' ? commands.length : commands.length - 1
  const pipes = await world.takePipes(linkCount + commands.length)
  const links = pipes.slice(0, linkCount)
  const errors = pipes.slice(linkCount)
  const cgroup = world.makeCgroup()
  const stages: Stage[] = []
  const tree: ProcessTree = {
    get leaders() {
      return stages.map(({ child }) => child)
    },
    cgroup,
    marks: new Set(pipes.map((pipe) => pipe.mark)),
    isMarked: (pid) => world.isStray(pid),
  }
  try {
    commands.forEach((command, index) => {
      const stdio = [index === 0 ? ('ignore' as const) : readEnd(links, index - 1), links[index]?.writeFd ?? sinkFd(sink), writeEnd(errors, index)]
      const isWriter = index === linkCount && sink.kind === 'file'
      const extra = isWriter && sink.lockFd !== undefined ? [sink.lockFd] : []
      const child = startChild(command, { stdio: [...stdio, ...extra], blockedSignals: world.blockedSignals, cgroup })
      const name = commandName(command)
      const onText = command.showStderr === 'never' ? undefined : (text: string) => call.onStderr?.(name, text, command.showStderr)
      stages.push({ command, child, stderr: keepStderr(errors[index]?.keeperFd ?? -1, onText) })
      call.onProcesses?.([recordOf(child, programName(command), cgroup?.path)])
    })
  } catch (error) {
    closeEnds(pipes)
    for (const { keeperFd } of [...links, ...errors.slice(stages.length)]) closeSync(keeperFd)
    await endTree(tree, call.limits.graceMs)
    for (const { stderr } of stages) stderr.stop()
    cgroup?.release()
    throw error
  }
  closeEnds(pipes)
  return { stages, keepers: links.map((link) => link.keeperFd), tree }
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
