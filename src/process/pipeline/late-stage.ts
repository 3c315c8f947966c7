import { closeSync } from 'node:fs'
import type { Command } from '../../plan/command.ts'
import { closePipe } from '../pipes/pipe-ends.ts'
import { ProcessError } from '../process-result.ts'
import type { PipelineCall } from '../processes.ts'
import type { ProcessSession } from '../session.ts'
import { closeExtras, prepareCommand } from '../start/prepare-command.ts'
import { programName, type Stage } from '../start/stage.ts'
import { startChild } from '../start/start-child.ts'
import type { ProcessGroup } from '../tree/process-groups.ts'
import { watchStage } from './watch-stage.ts'

/** How one more stage, which reads the output of the last one, is started while the pipeline runs. */
export interface LateStage {
  /** Called at most once. Rejects with `process/not-started`, also after `close`. */
  start(command: Command): Promise<void>
  /** Closes the descriptor for its stdin. Nothing is started afterwards. */
  close(): void
}

export interface LateStart {
  /** The read end of the last pipe; owned by the late stage. */
  readonly stdin: number
  readonly stdout: number | 'ignore'
  readonly lockFd?: number
  /** That of the pipeline. */
  readonly group: ProcessGroup
  /** The stage is appended to them. */
  readonly stages: Stage[]
}

/** It belongs to the group of the pipeline, and is recorded, like all other stages. */
export function lateStage({ stdin, stdout, lockFd, group, stages }: LateStart, call: PipelineCall, session: ProcessSession): LateStage {
  const lock = lockFd === undefined ? {} : { lockFd }
  let isOpen = true
  const close = () => {
    if (isOpen) closeSync(stdin)
    isOpen = false
  }
  return {
    async start(command) {
      const prepared = await prepareCommand(command, session, { signal: call.signal, runMs: call.limits.runMs })
      const [error] = await session.takePipes(1).catch((cause: unknown) => {
        closeExtras(prepared)
        throw cause
      })
      if (error === undefined) throw new ProcessError('not-started', 'could not create a pipe')
      const startNow = () => {
        // The pipeline may have ended in the meantime.
        if (!isOpen) throw new ProcessError('not-started', `could not start "${command.argv[0]}": the pipeline has ended`)
        const { blockedSignals, ignoredSignals, redactor } = session
        const start = startChild(prepared, { stdio: [stdin, stdout, error.writeFd], ...lock, blockedSignals, ignoredSignals })
        if ('refusal' in start) return start
        stages.push(watchStage(prepared, start.child, { stderrFd: error.keeperFd, call, redactor }))
        call.onProcesses?.([group.started(start.child, programName(command))])
        return undefined
      }
      let isStarted = false
      try {
        const { cgroup } = group
        // Without cgroups, all pipelines have one mark, which this process may not have at this time.
        const refused = cgroup ? cgroup.enter(startNow) : await session.startGroup('pipeline', () => Promise.resolve(startNow()))
        if (refused) throw await refused.refusal
        isStarted = true
      } finally {
        if (isStarted) {
          closeSync(error.readFd)
          closeSync(error.writeFd)
        } else closePipe(error)
        close()
      }
    },
    close,
  }
}
