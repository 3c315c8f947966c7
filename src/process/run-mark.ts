import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { runTool } from './run-tool.ts'

/**
 * A mark that every process of a run inherits and none can lose by setsid, a double fork, closing its descriptors or emptying its environment:
 * an own value of the soft limit RLIMIT_RTTIME (getrlimit(2)). It concerns real-time processes alone and lies above thirty years, so it limits nothing.
 */
export interface RunMark {
  /** False when the mark could not be set (no prlimit(1), a lower hard limit): then nobody bears it. */
  readonly isSet: boolean
  /** Whether the process bears the mark. */
  isOn(pid: number): boolean
}

/** Marks ourselves, and so all that we start from now on. */
export async function markRun(runId: string): Promise<RunMark> {
  const value = markValue(runId)
  const { exitCode } = await runTool(['prlimit', '--pid', String(process.pid), `--rttime=${value}:`])
  return { isSet: exitCode === 0, isOn: (pid) => exitCode === 0 && limitOf(pid) === value }
}

/** The mark that a run of this id has set or would have set. */
export function markOf(runId: string): RunMark {
  const value = markValue(runId)
  return { isSet: true, isOn: (pid) => limitOf(pid) === value }
}

const THIRTY_YEARS_US = 10n ** 15n

function markValue(runId: string): string {
  const hash = createHash('sha256').update(runId).digest().readUIntBE(0, 6)
  return String(THIRTY_YEARS_US + BigInt(hash))
}

function limitOf(pid: number): string | undefined {
  try {
    return /^Max realtime timeout\s+(\d+)/mu.exec(readFileSync(`/proc/${pid}/limits`, 'latin1'))?.[1]
  } catch {
    return undefined
  }
}
