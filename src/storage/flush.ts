import { setModeOf } from '../files/change-mode.ts'
import { flushFd, isUnsupported } from '../files/flush.ts'
import { naming } from './system-errors.ts'

/** Called once for each operation that a file system does not support and that is not a failure. */
export type Note = (text: string) => void

/** An open file or folder. */
export interface Open {
  readonly fd: number
}

/**
 * Flushes an open file or folder to the device. A file system that does not support this is noted; a real error rejects: the data may not have
 * reached the device.
 */
export async function flush({ fd }: Open, path: string, note: Note): Promise<void> {
  if (!(await naming('flush', path, () => flushFd(fd))))
    note('the file system of the storage does not support flushing: a power failure may destroy the newest set')
}

/** Sets the mode; a file system without modes, or one that rejects it, is noted. */
export async function setMode(open: Open, mode: number, { path, note }: { readonly path: string; readonly note: Note }): Promise<void> {
  try {
    await naming('set the mode of', path, () => setModeOf(open, mode))
  } catch (error) {
    if (!isUnsupported(error instanceof Error ? error.cause : undefined)) throw error
    note('the file system of the storage does not support the requested modes')
  }
}
