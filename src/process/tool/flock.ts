import { abortedAfter } from '../../lib/long-timer.ts'
import { ProcessError } from '../process-result.ts'
import { runTool, type ToolResult } from './run-tool.ts'
import { whyNotStarted } from './why-not-started.ts'

// Node has no flock(2). The lock belongs to the open file description, which the program `flock` shares with this process: it acquires the lock and
// exits, the lock is held as long as any process holds the descriptor, and the kernel releases it in all cases (flock(2)).

// An unavailable lock server does not answer, even for non-blocking requests.
const TRY_LIMIT_MS = 60_000

/** Acquires an exclusive lock on an open descriptor if it is free. True: acquired. Rejects if the signal is aborted, or there is no answer. */
export async function tryLock(fd: number, signal?: AbortSignal): Promise<boolean> {
  const limit = abortedAfter(TRY_LIMIT_MS)
  const result = await runTool(['flock', '--exclusive', '--nonblock', '3'], [fd], signal ? AbortSignal.any([signal, limit]) : limit)
  if (result.exitCode === 0) return true
  if (result.exitCode === 1) return false
  if (signal?.aborted) throw stopped(signal)
  if (limit.aborted)
    throw new ProcessError('too-long', `locking timed out after ${TRY_LIMIT_MS / 1000} s`, {
      hint: 'Check the file system, and its server if it is on one.',
    })
  throw cannotLock(result)
}

/** Waits for an exclusive lock on an open descriptor. Rejects if the signal is aborted. */
export async function waitLock(fd: number, signal: AbortSignal): Promise<void> {
  if (await tryLock(fd, signal)) return
  const result = await runTool(['flock', '--exclusive', '3'], [fd], signal)
  if (result.exitCode === 0) return
  if (signal.aborted) throw stopped(signal)
  throw cannotLock(result)
}

function stopped(signal: AbortSignal): ProcessError {
  return new ProcessError('aborted', 'stopped while waiting for a lock', { cause: signal.reason })
}

function cannotLock({ exitCode, refusal }: ToolResult): ProcessError {
  if (refusal !== undefined) {
    const { what, hint } = whyNotStarted('flock', refusal, 'util-linux')
    return new ProcessError('not-started', `could not lock: ${what}`, { hint })
  }
  if (exitCode === undefined) return new ProcessError('failed', 'could not lock: flock was killed by a signal')
  return new ProcessError('failed', `could not lock: flock failed (exit code ${exitCode})`, {
    hint: 'The file system may not support locks. Mount it with locking enabled.',
  })
}
