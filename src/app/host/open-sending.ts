import { hostname } from 'node:os'
import { DEFAULT_LIMITS } from '../../process/processes.ts'
import type { SendDeps } from '../../report/send/send-deps.ts'
import type { Host } from './host.ts'
import { secretResolver } from './resolve-secret.ts'
import { newRunId, openHostProcesses } from './wire.ts'

/**
 * The dependencies of sending messages in this process. Nothing is opened until a program has to be started. `runId`: the run whose processes are open; absent
 * if messages are not sent in a run.
 */
export function openSending(host: Host, signal: AbortSignal, runId: string = newRunId(host.clock())): SendDeps {
  const { env, clock } = host
  const resolveSecret = secretResolver(host)
  return {
    async withProcesses(work) {
      const processes = openHostProcesses(host, runId)
      try {
        return await work(processes)
      } finally {
        await processes.close()
      }
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
