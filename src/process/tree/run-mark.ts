import { randomBytes } from 'node:crypto'
import { readKernelText } from '../../files/kernel.ts'
import { procFolder } from '../identity/proc-folder.ts'
import { runTool } from '../tool/run-tool.ts'

// A mark that every process inherits and none can lose by setsid, a double fork, closing its descriptors or emptying its environment: an own value of the
// soft limit RLIMIT_RTTIME (getrlimit(2)). It concerns real-time processes alone and lies above thirty years, so it limits nothing.

const THIRTY_YEARS_US = 10n ** 15n

/** A mark that other processes have only if they copy it. */
export function newMark(): string {
  return String(THIRTY_YEARS_US + BigInt(randomBytes(6).readUIntBE(0, 6)))
}

/** The mark that a process bears, or the limit that it has instead; undefined when it is gone. */
export function markOn(pid: number): string | undefined {
  const folder = procFolder(pid)
  if (folder === undefined) return undefined
  try {
    return /^Max realtime timeout\s+(\w+)/mu.exec(readKernelText(`${folder}/limits`))?.[1]
  } catch {
    return undefined
  }
}

/** Marks ourselves, and so all that we start from now on. False when that cannot be done (no prlimit(1), a lower hard limit). */
export async function markSelf(mark: string): Promise<boolean> {
  return (await runTool(['prlimit', '--pid', String(process.pid), `--rttime=${mark}:`])).exitCode === 0
}

// The shell's child waits until the shell is gone, and then sees whose child it has become.
const FIND_REAPER = `prlimit --pid "$1" --rttime="$2:" || exit 1
(i=0; while [ -d "/proc/$$" ] && [ "$i" -lt 100000 ]; do i=$((i + 1)); done; read -r a b c parent rest </proc/self/stat; echo "$parent") &`

/** Marks ourselves, and tells the process that orphans of ours are handed to: init, or a subreaper above us (prctl(2)). Undefined when marks cannot be set. */
export async function markSelfFirst(mark: string): Promise<{ readonly reaper: number } | undefined> {
  const { exitCode, stdout } = await runTool(['/bin/sh', '-c', FIND_REAPER, 'sh', String(process.pid), mark])
  const reaper = Number(stdout.trim())
  return exitCode === 0 ? { reaper: Number.isSafeInteger(reaper) && reaper > 0 ? reaper : 1 } : undefined
}

const AT_ONCE = 500

/** Gives these processes the limit that we had ourselves before we marked us. */
export async function unmark(pids: readonly number[], limit: string): Promise<void> {
  const script = 'limit=$1; shift; for pid; do prlimit --pid "$pid" --rttime="$limit:"; done'
  for (let done = 0; done < pids.length; done += AT_ONCE)
    await runTool(['/bin/sh', '-c', script, 'sh', limit, ...pids.slice(done, done + AT_ONCE).map(String)])
}
