import { hostname } from 'node:os'
import { DEFAULT_LIMITS, type Processes } from '../../process/processes.ts'
import type { SendDeps } from '../../report/send/send-deps.ts'
import type { Host } from './host.ts'
import { secretResolver } from './resolve-secret.ts'
import { openHostProcesses } from './wire.ts'

/**
 * What sending messages needs of this process. Nothing is opened until a program has to be started. `runId`: the run whose processes are open; absent
 * if messages are not sent in a run.
 */
export function openSending(host: Host, signal: AbortSignal, runId?: string): SendDeps {
  const { env, clock } = host
  const resolveSecret = secretResolver(host)
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = async <T>(work: (processes: Processes) => Promise<T>): Promise<T> => {
    const processes = openHostProcesses(host, runId)
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
    print: (text) => host.print(text),
    limits: DEFAULT_LIMITS,
  }
}
