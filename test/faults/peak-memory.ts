import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Looks until the process has ended. Resolves with the most memory that it ever had resident, in units of 1024 bytes (`VmHWM`, proc_pid_status(5)). */
export async function peakMemoryKb(pid: number): Promise<number> {
  for (let peakKb = 0; ; await sleep(50)) {
    const now = Number(/^VmHWM:\s+(\d+)/mu.exec(readStatus(pid))?.[1] ?? 0)
    // A process that has ended has no memory, its parent having waited for it or not.
    if (now === 0) return peakKb
    peakKb = now
  }
}

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}
