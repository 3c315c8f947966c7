import { fsync } from 'node:fs'
import { promisify } from 'node:util'
import { systemCode } from '../lib/errors.ts'

const fsyncFd = promisify(fsync)

// Errors of file systems that cannot flush a folder or keep a mode (vfat, CIFS, several of FUSE). A real error (EIO, ENOSPC) is not among them.
const REFUSALS: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM'])

/**
 * Flushes an open folder or file to the device. False if the file system does not support it; rejects on a real error: the data may not have reached
 * the device.
 */
export async function flushFd(fd: number): Promise<boolean> {
  try {
    await fsyncFd(fd)
    return true
  } catch (error) {
    if (isUnsupported(error)) return false
    throw error
  }
}

/** Whether a file system does not support an operation, as opposed to a failure. */
export function isUnsupported(error: unknown): boolean {
  return REFUSALS.has(systemCode(error) ?? '')
}
