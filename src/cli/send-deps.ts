import { hostname } from 'node:os'
import { openProcesses } from '../process/open-processes.ts'
import { DEFAULT_LIMITS, type Processes } from '../process/processes.ts'
import type { SendDeps } from '../report/send/send-deps.ts'
import { secretResolver } from './resolve-secret.ts'
import { recordFolder } from './state-folder.ts'
import { newRunId } from './wire.ts'
import type { World } from './world.ts'

/**
 * What sending needs of this process. Nothing is opened before a program has to be started. `runId`: of the run in which something is sent, whose processes
 * are open; absent: none is.
 */
export function openSending(world: World, signal: AbortSignal, runId?: string): SendDeps {
  const { env, clock, signals, stdout } = world
  const resolveSecret = secretResolver(world)
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = async <T>(work: (processes: Processes) => Promise<T>): Promise<T> => {
    const processes = openProcesses({
      runId: runId ?? newRunId(clock()),
      resolveSecret,
      ignoredSignals: signals.ignored(),
      recordFolder: recordFolder(world),
    })
    try {
      return await work(processes)
    } finally {
      await processes.close()
    }
  }
  return {
    withProcesses(work) {
      const mine = turn.then(() => inTurn(work))
      turn = mine.catch(() => undefined)
      return mine
    },
    resolveSecret,
    environment: env,
    host: hostname(),
    clock,
    signal,
    print: (text) => stdout.write(text),
    limits: DEFAULT_LIMITS,
  }
}
