import type { FileHandle } from 'node:fs/promises'
import { formatDuration, printable } from '../../lib/format.ts'
import { hostId, isThisHost } from '../../process/identity/host-id.ts'
import { identityOf, livenessOf, type ProcessIdentity } from '../../process/identity/process-identity.ts'
import { tryLock, waitLock } from '../../process/tool/flock.ts'
import { type OperationContext, type RootHolder, StorageError } from '../storage.ts'
import { quoted, storageErrorOf } from '../system-errors.ts'

/** The lock of the root. Its holder is recorded in the lock file, for waiting processes. */
export interface HeldRootLock {
  readonly lock: FileHandle
  /** Records this process as the holder. Never rejects: it is only for messages. */
  take(): Promise<HeldRootLock>
  /** Removes that record before the lock is released. */
  leave(): Promise<void>
}

// Most locks are held for a shorter time.
const NOTIFY_AFTER_MS = 2000
const MAX_TIMER_MS = 2 ** 31 - 1
const HOLDER_BYTES = 4096

interface Waiting {
  readonly root: string
  /** When the waiting began, by the monotonic clock. */
  readonly beganMs: number
}

/**
 * Waits for the lock. After a moment it calls `call.onWait`, once, with the holder. Rejects with `storage/aborted` if the signal is aborted, and with
 * `storage/locked` if the total waiting time exceeds `call.waitLimitMs`.
 */
export async function waitForRootLock(lock: FileHandle, waiting: Waiting, call: OperationContext): Promise<HeldRootLock> {
  const { root, beganMs } = waiting
  const turn: HeldRootLock = { lock, take: () => take(turn, call.task), leave: () => lock.truncate(0).catch(() => undefined) }
  const { signal, waitLimitMs } = call
  const limit = new AbortController()
  const leftMs = waitLimitMs === undefined ? MAX_TIMER_MS : waitLimitMs - (performance.now() - beganMs)
  const limitTimer = setTimeout(() => waitLimitMs !== undefined && limit.abort(), Math.min(Math.max(leftMs, 0), MAX_TIMER_MS))
  const notifyTimer = setTimeout(() => void holderOf(lock).then((holder) => call.onWait?.({ root, ...(holder && { holder }) })), NOTIFY_AFTER_MS)
  try {
    if (!(await tryLock(lock.fd))) await waitLock(lock.fd, AbortSignal.any([signal, limit.signal]))
    return turn
  } catch (error) {
    if (signal.aborted) throw new StorageError('aborted', `stopped while waiting for the lock of ${quoted(root)}`, { cause: error })
    if (limit.signal.aborted) throw tooLong(root, waitLimitMs ?? 0, await holderOf(lock))
    throw storageErrorOf(error, 'lock', root)
  } finally {
    clearTimeout(limitTimer)
    clearTimeout(notifyTimer)
  }
}

interface Holding extends ProcessIdentity {
  readonly task?: string
  readonly host: string
}

async function take(turn: HeldRootLock, task: string | undefined): Promise<HeldRootLock> {
  const holding: Holding = { ...(task !== undefined && { task }), host: hostId(), ...identityOf(process.pid) }
  try {
    await turn.lock.truncate(0)
    await turn.lock.write(`${JSON.stringify(holding)}\n`, 0)
  } catch {
    // The device may be full; the lock is held nevertheless.
  }
  return turn
}

/** The recorded holder, if its process is running. */
async function holderOf(lock: FileHandle): Promise<RootHolder | undefined> {
  try {
    const { buffer, bytesRead } = await lock.read(Buffer.alloc(HOLDER_BYTES), 0, HOLDER_BYTES, 0)
    const holding = JSON.parse(buffer.toString('utf8', 0, bytesRead)) as Holding
    if (!isThisHost(holding.host) || livenessOf(holding) !== 'alive') return undefined
    const { mtime: since } = await lock.stat()
    return { pid: holding.pid, since, ...(typeof holding.task === 'string' && { task: holding.task }) }
  } catch {
    return undefined
  }
}

function tooLong(root: string, limitMs: number, holder: RootHolder | undefined): StorageError {
  return new StorageError('locked', `${quoted(root)} was in use for longer than ${formatDuration(limitMs)}, by ${describeHolder(holder)}`, {
    hint: 'Wait until that run has finished, or stop it; or increase --run-limit.',
  })
}

/** `task "nightly", process 4711, since 2026-11-26T03:00:00Z`. */
export function describeHolder(holder: RootHolder | undefined): string {
  if (holder === undefined) return 'another run'
  const { task, pid, since } = holder
  return `${task === undefined ? '' : `task "${printable(task)}", `}process ${pid}, since ${since.toISOString()}`
}
