import { randomBytes } from 'node:crypto'
import { readKernelText } from '../../files/kernel-files.ts'
import { procFolder } from '../identity/proc-folder.ts'
import { runTool } from '../tool/run-tool.ts'

// A mark that every process inherits and cannot lose by setsid, a double fork, closing its descriptors or emptying its environment: a unique value of
// the soft limit RLIMIT_RTTIME (getrlimit(2)). It applies only to real-time processes and is above thirty years, so it limits nothing.

const THIRTY_YEARS_US = 10n ** 15n

/** A mark that other processes have only if they copy it. */
export function newMark(): string {
  return String(THIRTY_YEARS_US + BigInt(randomBytes(6).readUIntBE(0, 6)))
}

/** The mark of a process, or its actual limit; undefined if it has ended. */
export function markOn(pid: number): string | undefined {
  const folder = procFolder(pid)
  if (folder === undefined) return undefined
  try {
    return /^Max realtime timeout\s+(\w+)/mu.exec(readKernelText(`${folder}/limits`))?.[1]
  } catch {
    return undefined
  }
}

/** Sets the mark of this process, which all its future child processes inherit. False if this is impossible (no prlimit(1), a lower hard limit). */
export async function markSelf(mark: string): Promise<boolean> {
  return (await runTool(['prlimit', '--pid', String(process.pid), `--rttime=${mark}:`])).exitCode === 0
}

// The shell's child waits until the shell has ended, and then reads the PID of its new parent.
const FIND_REAPER = `prlimit --pid "$1" --rttime="$2:" || exit 1
(i=0; while [ -d "/proc/$$" ] && [ "$i" -lt 100000 ]; do i=$((i + 1)); done; read -r a b c parent rest </proc/self/stat; echo "$parent") &`

/**
 * Sets the mark of this process, and returns the process to which orphans are reassigned: init, or a subreaper above it (prctl(2)). Undefined if
 * marks cannot be set.
 */
export async function markSelfFirst(mark: string): Promise<{ readonly reaper: number } | undefined> {
  const { exitCode, stdout } = await runTool(['/bin/sh', '-c', FIND_REAPER, 'sh', String(process.pid), mark])
  const reaper = Number(stdout.trim())
  return exitCode === 0 ? { reaper: Number.isSafeInteger(reaper) && reaper > 0 ? reaper : 1 } : undefined
}

const AT_ONCE = 500

/** Gives these processes the limit that this process had before it was marked. */
export async function unmark(pids: readonly number[], limit: string): Promise<void> {
  const script = 'limit=$1; shift; for pid; do prlimit --pid "$pid" --rttime="$limit:"; done'
  for (let done = 0; done < pids.length; done += AT_ONCE)
    await runTool(['/bin/sh', '-c', script, 'sh', limit, ...pids.slice(done, done + AT_ONCE).map(String)])
}
