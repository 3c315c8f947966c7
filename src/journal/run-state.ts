import type { ProcessIdentity } from './run-origin.ts'
import type { RunState } from './run-record.ts'
import type { RunRow } from './tables.ts'

export interface Onlooker {
  readonly host: string
  readonly boot: string
  /** When the process of that id started, in clock ticks since boot; undefined when there is none. */
  readonly startOf: (pid: number) => number | undefined
}

/** How a run stands, seen from this host. A run of another host without a recorded end is taken for running: nothing can be known of it from here. */
export function decideRunState({ status, host, boot, pid, pid_start }: RunRow, onlooker: Onlooker): RunState {
  if (status !== null) return status as RunState
  return isGone({ host, boot, pid, start: pid_start ?? undefined }, onlooker) ? 'killed' : 'running'
}

function isGone(it: ProcessIdentity, { host, boot, startOf }: Onlooker): boolean {
  if (it.host !== host) return false
  return it.boot !== boot || startOf(it.pid) !== it.start
}
