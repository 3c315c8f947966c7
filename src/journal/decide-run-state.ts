import type { ProcessIdentity } from './run-origin.ts'
import type { RunState } from './run-record.ts'
import type { RunRow } from './tables.ts'

export interface Observer {
  readonly host: string
  readonly boot: string
  /** What is proven about a process of this boot: that it is running, or that it has ended. */
  readonly livenessOf: (it: Omit<ProcessIdentity, 'host'>) => 'alive' | 'dead' | 'unknown'
}

/**
 * The state of a run as seen from this host. A run without a recorded end is running unless its process has provably ended: the state of processes on
 * other hosts and in other containers, where PIDs have another meaning, is unknown.
 */
export function decideRunState({ status, host, boot, pid, pid_start, pid_namespace }: RunRow, observer: Observer): RunState {
  if (status !== null) return status as RunState
  // A container may have a new name each time it starts; the boot id is that of the kernel.
  if (boot !== observer.boot) return host === observer.host ? 'killed' : 'running'
  const end = observer.livenessOf({ boot, pid, start: pid_start ?? undefined, ...(pid_namespace && { pidNamespace: pid_namespace }) })
  return end === 'dead' ? 'killed' : 'running'
}
