import { fsync } from 'node:fs'
import { promisify } from 'node:util'
import { setModeOf } from '../files/change-mode.ts'
import { systemCode } from '../lib/errors.ts'
import { naming } from './system-errors.ts'

/** Told once of each thing that a file system refuses and that is no failure. */
export type Note = (text: string) => void

/** An open file or folder. */
export interface Open {
  readonly fd: number
}

const flushFd = promisify(fsync)

// What file systems answer that cannot flush a folder or keep a mode (vfat, CIFS, several FUSE ones). A real error (EIO, ENOSPC) is not among them.
const REFUSALS: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM'])

/** Flushes an open file or folder to the device. A file system that cannot is noted; a real error rejects: the bytes may not have reached it. */
export async function flush({ fd }: Open, path: string, note: Note): Promise<void> {
  try {
    await naming('flush', path, () => flushFd(fd))
  } catch (error) {
    if (!isRefusal(error)) throw error
    note('the file system of the storage does not support flushing: a power failure may destroy the newest set')
  }
}

/** Sets the mode; a file system without modes, or one that refuses, is noted. */
export async function setMode(open: Open, mode: number, { path, note }: { readonly path: string; readonly note: Note }): Promise<void> {
  try {
    await naming('set the mode of', path, () => setModeOf(open, mode))
  } catch (error) {
    if (!isRefusal(error)) throw error
    note('the file system of the storage does not support the requested modes')
  }
}

function isRefusal(error: unknown): boolean {
  return REFUSALS.has(systemCode(error instanceof Error ? error.cause : undefined) ?? '')
}
