import { ProcessError } from './result.ts'
import { runTool } from './run-tool.ts'

// Node has no flock(2). The lock belongs to the open file description, which the program `flock` shares with us: it locks and goes,
// the lock stays as long as any process holds the descriptor, and the kernel releases it whatever happens to us (flock(2)).

/** Takes an exclusive lock on an open descriptor if nobody else has it. True = taken. */
export async function tryLock(fd: number): Promise<boolean> {
  const { exitCode } = await runTool(['flock', '--exclusive', '--nonblock', '3'], [fd])
  if (exitCode === 0) return true
  if (exitCode === 1) return false
  throw cannotLock(exitCode)
}

/** Waits for an exclusive lock on an open descriptor. Rejects when the signal is aborted. */
export async function waitLock(fd: number, signal: AbortSignal): Promise<void> {
  if (await tryLock(fd)) return
  const { exitCode } = await runTool(['flock', '--exclusive', '3'], [fd], signal)
  if (exitCode === 0) return
  if (signal.aborted) throw new ProcessError('aborted', 'stopped while waiting for a lock', { cause: signal.reason })
  throw cannotLock(exitCode)
}

function cannotLock(exitCode: number | undefined): ProcessError {
  if (exitCode === undefined) {
    return new ProcessError('not-started', 'the program "flock" is missing, so nothing can be locked', { hint: 'Install util-linux (flock).' })
  }
  return new ProcessError('failed', `"flock" ended with exit code ${exitCode}`, {
    hint: 'The file system may not support locks; mount it with locking on.',
  })
}
