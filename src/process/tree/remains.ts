import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessStat } from '../identity/host.ts'
import { ancestorsOf, descendantsOf, readProcessTable } from '../identity/process-table.ts'
import { recordedMembers } from './cgroup.ts'
import { markOn } from './run-mark.ts'

/** What is known of the processes of a dead run of this boot and pid namespace. */
export interface Remains {
  readonly runId: string
  /** Start by pid, of those that were written down. */
  readonly processes: ReadonlyMap<number, number>
  readonly cgroups: readonly string[]
  /** Marks of what it has not let go. */
  readonly marks: ReadonlySet<string>
  /** Nothing of it can be older. */
  readonly since: number
  /** To whom its orphans were handed. */
  readonly reapers: ReadonlySet<number>
}

const KILL_PATIENCE_MS = 5000

/** SIGKILL to what is left, until nobody is: there is nothing left to roll back for them. Resolves with how many were ended, and whether some could not be. */
export async function endRemains(remains: Remains): Promise<{ readonly ended: number; readonly isClean: boolean }> {
  const ended = new Set<string>()
  for (const deadline = performance.now() + KILL_PATIENCE_MS; ; ) {
    const left = findRemains(remains)
    if (left.length === 0) return { ended: ended.size, isClean: true }
    if (performance.now() >= deadline) return { ended: ended.size, isClean: false }
    for (const { pid, start } of left) {
      ended.add(`${pid} ${start}`)
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended by itself, or belongs to another user: then it is not ours.
      }
    }
    await sleep(20)
  }
}

function findRemains({ runId, processes, cgroups, marks, since, reapers }: Remains): readonly ProcessStat[] {
  const whole = readProcessTable()
  // An orphan of that run may have started us.
  const ours = ancestorsOf(process.pid, whole)
  const table = whole.filter((stat) => stat.pid !== process.pid && !ours.has(stat.pid))
  const members = new Set(cgroups.flatMap((path) => recordedMembers(path, runId)))
  const living = new Set(table.filter((stat) => processes.get(stat.pid) === stat.start).map((stat) => stat.pid))
  const isOwn = (stat: ProcessStat) => living.has(stat.pid) || living.has(stat.session) || members.has(stat.pid)
  // By its mark alone nobody is ended: it must be young enough, and an orphan of just that run.
  const isOrphan = (stat: ProcessStat) => marks.size > 0 && stat.start >= since && reapers.has(stat.parent) && marks.has(markOn(stat.pid) ?? '')
  const own = table.filter((stat) => isOwn(stat) || isOrphan(stat))
  return [...own, ...descendantsOf(new Set(own.map((stat) => stat.pid)), table)]
}
