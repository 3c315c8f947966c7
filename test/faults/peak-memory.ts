import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Looks until the process has ended. Resolves with the most memory that it ever had resident, in units of 1024 bytes (`VmHWM`, proc_pid_status(5)). */
export async function peakMemoryKb(pid: number): Promise<number> {
  for (let peakKb = 0; ; await sleep(50)) {
    const status = readStatus(pid)
    if (status === '' || /^State:\s+[ZX]/mu.test(status)) return peakKb
    // Between two programs of one process it has none.
    peakKb = Math.max(peakKb, Number(/^VmHWM:\s+(\d+)/mu.exec(status)?.[1] ?? 0))
  }
}

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}
