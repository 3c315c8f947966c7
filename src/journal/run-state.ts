import type { ProcessIdentity } from './run-origin.ts'
import type { RunState } from './run-record.ts'
import type { RunRow } from './tables.ts'

export interface Observer {
  readonly host: string
  readonly boot: string
  /** What can be proven about a process of this boot: that it runs, or that it has ended. */
  readonly judge: (it: Omit<ProcessIdentity, 'host'>) => 'alive' | 'dead' | 'unknown'
}

/**
 * How a run stands, seen from here. A run without a recorded end is running unless it is proven that its process has ended: nothing is known of processes of
 * another host, nor of those of another container, whose pids mean nothing here.
 */
export function decideRunState({ status, host, boot, pid, pid_start, pid_namespace }: RunRow, observer: Observer): RunState {
  if (status !== null) return status as RunState
  // A container has a new name each time it starts; the boot is that of the kernel.
  if (boot !== observer.boot) return host === observer.host ? 'killed' : 'running'
  const end = observer.judge({ boot, pid, start: pid_start ?? undefined, ...(pid_namespace && { pidNamespace: pid_namespace }) })
  return end === 'dead' ? 'killed' : 'running'
}
