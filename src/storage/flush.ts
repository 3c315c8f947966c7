import { setModeOf } from '../files/change-mode.ts'
import { flushFd, isUnsupported } from '../files/flush.ts'
import { naming } from './system-errors.ts'

/** Told once of each thing that a file system refuses and that is no failure. */
export type Note = (text: string) => void

/** An open file or folder. */
export interface Open {
  readonly fd: number
}

/** Flushes an open file or folder to the device. A file system that cannot is noted; a real error rejects: the bytes may not have reached it. */
export async function flush({ fd }: Open, path: string, note: Note): Promise<void> {
  if (!(await naming('flush', path, () => flushFd(fd))))
    note('the file system of the storage does not support flushing: a power failure may destroy the newest set')
}

/** Sets the mode; a file system without modes, or one that refuses, is noted. */
export async function setMode(open: Open, mode: number, { path, note }: { readonly path: string; readonly note: Note }): Promise<void> {
  try {
    await naming('set the mode of', path, () => setModeOf(open, mode))
  } catch (error) {
    if (!isUnsupported(error instanceof Error ? error.cause : undefined)) throw error
    note('the file system of the storage does not support the requested modes')
  }
}
