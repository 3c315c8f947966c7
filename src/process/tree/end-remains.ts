import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessStat } from '../identity/host-id.ts'
import { ancestorsOf, descendantsOf, readProcessTable } from '../identity/process-table.ts'
import { recordedMembers } from './cgroup.ts'
import { markOn } from './run-mark.ts'

/** The recorded data about the processes of a dead run of this boot and PID namespace. */
export interface Remains {
  readonly runId: string
  /** Start times by PID, of the recorded processes. */
  readonly processes: ReadonlyMap<number, number>
  readonly cgroups: readonly string[]
  /** Marks of unreleased groups. */
  readonly marks: ReadonlySet<string>
  /** Processes of the run are not older. */
  readonly since: number
  /** The process to which its orphans were reassigned. */
  readonly reapers: ReadonlySet<number>
}

const KILL_WAIT_MS = 5000

/**
 * Sends SIGKILL to the remaining processes until none is left: nothing can be rolled back for them. Resolves with the number of ended ones, and
 * whether some could not be ended.
 */
export async function endRemains(remains: Remains): Promise<{ readonly ended: number; readonly isClean: boolean }> {
  const ended = new Set<string>()
  for (const deadline = performance.now() + KILL_WAIT_MS; ; ) {
    const left = findRemains(remains)
    if (left.length === 0) return { ended: ended.size, isClean: true }
    if (performance.now() >= deadline) return { ended: ended.size, isClean: false }
    for (const { pid, start } of left) {
      ended.add(`${pid} ${start}`)
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended, or belongs to another user and therefore not to the run.
      }
    }
    await sleep(20)
  }
}

function findRemains({ runId, processes, cgroups, marks, since, reapers }: Remains): readonly ProcessStat[] {
  const whole = readProcessTable()
  // An orphan of that run may have started this process.
  const ours = ancestorsOf(process.pid, whole)
  const table = whole.filter((stat) => stat.pid !== process.pid && !ours.has(stat.pid))
  const members = new Set(cgroups.flatMap((path) => recordedMembers(path, runId)))
  const alive = new Set(table.filter((stat) => processes.get(stat.pid) === stat.start).map((stat) => stat.pid))
  const isOwn = (stat: ProcessStat) => alive.has(stat.pid) || alive.has(stat.session) || members.has(stat.pid)
  // A mark alone is not sufficient: the process must be young enough, and an orphan of exactly that run.
  const isOrphan = (stat: ProcessStat) => marks.size > 0 && stat.start >= since && reapers.has(stat.parent) && marks.has(markOn(stat.pid) ?? '')
  const own = table.filter((stat) => isOwn(stat) || isOrphan(stat))
  return [...own, ...descendantsOf(new Set(own.map((stat) => stat.pid)), table)]
}
