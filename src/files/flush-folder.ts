import { fsync } from 'node:fs'
import { promisify } from 'node:util'
import { systemCode } from '../lib/errors.ts'

const flushFd = promisify(fsync)

// What file systems answer that cannot flush a folder (vfat, CIFS, several of FUSE). A real error (EIO, ENOSPC) is not among them.
const REFUSALS: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM'])

/** Flushes an open folder or file to the device. False where the file system cannot; rejects on a real error: the bytes may not have reached the device. */
export async function flushFolderFd(fd: number): Promise<boolean> {
  try {
    await flushFd(fd)
    return true
  } catch (error) {
    if (REFUSALS.has(systemCode(error) ?? '')) return false
    throw error
  }
}
