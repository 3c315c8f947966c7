import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { systemCode } from '../lib/errors.ts'
import { naming } from './system-errors.ts'

/** Told once of each thing that a file system refuses and that is no failure. */
export type Note = (text: string) => void

// What file systems answer that cannot flush a folder or keep a mode (vfat, CIFS, several FUSE ones). A real error (EIO, ENOSPC) is none of these.
const REFUSALS: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM'])

/** Flushes an open file or folder to the device. A file system that cannot is noted; a real error rejects: the bytes may not have reached it. */
export async function flush(handle: FileHandle, path: string, note: Note): Promise<void> {
  try {
    await naming('flush', path, () => handle.sync())
  } catch (error) {
    if (!isRefusal(error)) throw error
    note('the file system of the storage cannot flush everything to the device: a power cut may cost the newest set')
  }
}

/** Flushes a folder, so that names given in it outlive a power cut. A root may be a link to one. */
export async function flushFolder(path: string, note: Note): Promise<void> {
  const handle = await naming('open', path, () => open(path, constants.O_RDONLY | constants.O_DIRECTORY))
  try {
    await flush(handle, path, note)
  } finally {
    await handle.close()
  }
}

/** Sets the mode; a file system without modes, or one that refuses, is noted. */
export async function setMode(handle: FileHandle, mode: number, { path, note }: { readonly path: string; readonly note: Note }): Promise<void> {
  try {
    await naming('set the mode of', path, () => handle.chmod(mode))
  } catch (error) {
    if (!isRefusal(error)) throw error
    note('the file system of the storage refuses the modes asked for')
  }
}

/** Opens a folder itself, never what a link points to. */
export function openFolder(path: string | Buffer): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
}

function isRefusal(error: unknown): boolean {
  return REFUSALS.has(systemCode(error instanceof Error ? error.cause : undefined) ?? '')
}
