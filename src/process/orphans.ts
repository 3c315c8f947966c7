import { endRecordedCgroup } from './cgroup.ts'
import { bootId } from './host.ts'
import { fifoPrefix, removeFifoFolders } from './pipes.ts'
import { descendantsOf, holdsDescriptor, readProcessTable } from './process-table.ts'
import { markOf } from './run-mark.ts'
import type { Child } from './start-child.ts'

/** One line of a run's process record: enough to find the process, and nothing but it, after the run was killed. */
export interface ProcessRecord {
  readonly boot: string
  readonly pid: number
  readonly start: number
  /** Base name of its program, for people. */
  readonly program: string
  /** Its cgroup's path where there is one. */
  readonly cgroup?: string
}

export function recordOf(child: Child, program: string, cgroup: string | undefined): ProcessRecord {
  return { boot: bootId(), pid: child.pid, start: child.start, program, ...(cgroup !== undefined && { cgroup }) }
}

/**
 * Ends what is left of a run whose main process is dead: SIGKILL at once, there is nothing left to roll back for them. `records` are the lines of
 * the run's process record (anything else among them is passed over). Resolves with the number of processes ended.
 */
export async function endOrphans(runId: string, records: readonly unknown[]): Promise<number> {
  removeFifoFolders(runId)
  const boot = bootId()
  const own = records.filter(isRecord).filter((record) => record.boot === boot)
  let ended = 0
  // Twice: a process may start another one between the look and the kill.
  for (let round = 0; round < 2; round++) {
    ended += killRecorded(runId, own)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  for (const path of new Set(own.map((record) => record.cgroup).filter((it) => it !== undefined))) endRecordedCgroup(path, runId)
  return ended
}

function killRecorded(runId: string, records: readonly ProcessRecord[]): number {
  const starts = new Map(records.map((record) => [record.pid, record.start]))
  const table = readProcessTable().filter((stat) => stat.pid !== process.pid)
  const living = new Set(table.filter((stat) => starts.get(stat.pid) === stat.start).map((stat) => stat.pid))
  const pipe = `/${fifoPrefix(runId)}`
  const mark = markOf(runId)
  // A session whose leader is dead may bear a number given away since: its members count only by the run's mark or a pipe of ours.
  const own = table.filter(
    (stat) => living.has(stat.pid) || living.has(stat.session) || mark.isOn(stat.pid) || holdsDescriptor(stat.pid, (target) => target.includes(pipe)),
  )
  const family = descendantsOf(new Set(own.map((stat) => stat.pid)), table)
  const all = [...own, ...family]
  for (const { pid } of all) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended by itself, or belongs to somebody else: then it is none of ours.
    }
  }
  return all.length
}

function isRecord(value: unknown): value is ProcessRecord {
  if (typeof value !== 'object' || value === null) return false
  const { boot, pid, start, cgroup } = value as Readonly<Record<string, unknown>>
  return typeof boot === 'string' && isCount(pid) && isCount(start) && (cgroup === undefined || typeof cgroup === 'string')
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 1
}
