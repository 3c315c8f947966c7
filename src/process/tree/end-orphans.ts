import { bootId } from '../identity/host-id.ts'
import { pidNamespace } from '../identity/proc-folder.ts'
import { removeFifoFolders } from '../pipes/fifo-folders.ts'
import { endRemains } from './end-remains.ts'
import type { ProcessRecord } from './process-groups.ts'

/**
 * Ends the remaining processes of a run whose main process is provably dead: SIGKILL immediately, because nothing can be rolled back for them.
 * `records` are lines of the record of a work folder; other lines, and those of another boot or PID namespace, are skipped. Resolves with the number
 * of ended processes.
 */
export async function endOrphans(runId: string, records: readonly unknown[]): Promise<number> {
  await removeFifoFolders(runId)
  const own = records.filter(isRecord).filter((record) => record.boot === bootId() && record.pidNamespace === pidNamespace())
  const { ended } = await endRemains({
    runId,
    processes: new Map(own.map(({ pid, start }) => [pid, start])),
    cgroups: [...new Set(own.flatMap(({ cgroup }) => cgroup ?? []))],
    marks: new Set(own.flatMap(({ mark }) => mark ?? [])),
    since: Math.min(...own.map(({ start }) => start)),
    reapers: new Set([1]),
  })
  return ended
}

function isRecord(value: unknown): value is ProcessRecord {
  if (typeof value !== 'object' || value === null) return false
  const { boot, pid, start, cgroup, mark } = value as Readonly<Record<string, unknown>>
  return typeof boot === 'string' && isCount(pid) && isCount(start) && [cgroup, mark].every((it) => it === undefined || typeof it === 'string')
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 1
}
