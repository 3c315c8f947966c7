import { randomBytes } from 'node:crypto'
import { closeSync, constants, fchmodSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { systemCode } from '../lib/errors.ts'
import { createFileIn, type Entry, renameEntry, renameEntrySync, unlinkIn, unlinkInSync } from './entries.ts'
import { flushFd } from './flush.ts'
import { type Folder, pathIn } from './folder.ts'
import { moveFileToNewNameSync } from './move-entry.ts'

export interface WriteOptions {
  /** Exact, regardless of the umask. */
  readonly mode?: number
  /** Whether file and name are on the device when it resolves. */
  readonly isDurable?: boolean
}

/**
 * Replaces the contents of a file in the folder by one rename: readers see the old or the new contents, never a mixture. An existing link or file is
 * replaced, never written to. Remains after a kill have names that start with `.NAME.`, and can be removed.
 */
export async function replaceFileIn(
  folder: Folder,
  name: string,
  content: string | Buffer,
  { mode = 0o600, isDurable = false }: WriteOptions = {},
): Promise<void> {
  const draft = draftName(name)
  const handle = await createFileIn(folder, draft)
  try {
    try {
      await handle.writeFile(content)
      await handle.chmod(mode)
      if (isDurable) await handle.sync()
    } finally {
      await handle.close()
    }
    await renameEntry({ folder, name: draft }, { folder, name })
  } catch (error) {
    await unlinkIn(folder, draft).catch(() => undefined)
    throw error
  }
  if (isDurable) await flushFd(folder.fd)
}

export function replaceFileInSync(folder: Folder, name: string, content: string | Buffer, options: WriteOptions = {}): void {
  placeFileSync(folder, draftName(name), { content, ...options, place: (draft) => renameEntrySync(draft, { folder, name }) })
}

/**
 * Creates a file with all of its contents, unless the name exists: then nothing is changed, and the result is false. Of several processes that do this at the
 * same time, one creates it; without hard links, the last one may replace the others.
 */
export function createWholeFileInSync(folder: Folder, name: string, content: string | Buffer, options: WriteOptions = {}): boolean {
  try {
    placeFileSync(folder, draftName(name), { content, ...options, place: (draft) => moveFileToNewNameSync(draft, { folder, name }) })
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

interface Placing extends WriteOptions {
  readonly content: string | Buffer
  /** Gives the written file its name. */
  place(draft: Entry): void
}

function placeFileSync(folder: Folder, draft: string, { content, mode = 0o600, isDurable = false, place }: Placing): void {
  const fd = openSync(pathIn(folder, draft), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600)
  try {
    try {
      const bytes = Buffer.from(content)
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
      fchmodSync(fd, mode)
      if (isDurable) fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    place({ folder, name: draft })
  } catch (error) {
    unlinkInSync(folder, draft)
    throw error
  }
  if (isDurable) fsyncSync(folder.fd)
}

function draftName(name: string): string {
  // Prevents names that are too long: the limit is 255 bytes (NAME_MAX).
  return `.${Buffer.from(name)
    .subarray(0, 200)
    .toString('latin1')
    .replaceAll(/[^ -~]/gu, '_')}.${randomBytes(6).toString('hex')}`
}
