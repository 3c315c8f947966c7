import { AppError, messageOf, systemCode } from '../lib/errors.ts'
import { ArchiveError } from './errors.ts'

const HINTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ENOSPC: 'Free some space (see df) or inodes (see df -i), or keep fewer files.',
    EDQUOT: 'Raise the quota of the user or project, or keep fewer files.',
    EACCES: 'Run as a user with that permission, or correct owner and mode.',
    EPERM: 'Run as a user with that permission, or correct owner and mode.',
    EROFS: 'Mount the file system read-write; the kernel log may contain the reason.',
    EIO: 'The device may be failing: check the kernel log.',
  }),
)

/** Performs the operation; a system error rejects as `archive/system`, an abort as `archive/aborted`, with readable messages. */
export async function systemCalls<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AppError) throw error
    if (signal.aborted) throw new ArchiveError('aborted', 'stopped before completion', { cause: signal.reason })
    throw inWords(error)
  }
}

/** A system error as `archive/system`; any other error unchanged. */
export function inWords(error: unknown): unknown {
  const code = systemCode(error)
  if (error instanceof AppError || code === undefined || !/^E[A-Z0-9]+$/u.test(code)) return error
  return new ArchiveError('system', messageOf(error), { cause: error, hint: HINTS.get(code) })
}
