import { constants, type Dirent } from 'node:fs'
import { chmod, type FileHandle, open, readdir, rmdir, unlink } from 'node:fs/promises'
import { systemCode } from '../lib/errors.ts'
import { storageErrorOf } from './system-errors.ts'

// Trees are walked by descriptors, `/proc/self/fd/N/name` standing for openat(2), which Node lacks: no link is ever followed, whoever swaps a folder
// for a link meanwhile, and a tree may be deeper than a path may be long. Names are bytes: a set of an ancestor may hold names that are no UTF-8.

function openFolder(path: string | Buffer): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
}

/** One thing found in a tree. */
export interface Found {
  /** Relative to the folder that was walked. */
  readonly path: Buffer
  /** How to open it, as long as the walk stands here. */
  readonly at: Buffer
  readonly kind: 'file' | 'folder' | 'other'
}

const SLASH = Buffer.from('/')

/** Everything below a folder, each folder before what it holds, links as `other`. What vanishes meanwhile is passed over. */
export async function* walkTree(folder: string | Buffer, shown: Buffer = Buffer.alloc(0)): AsyncGenerator<Found> {
  const handle = await openFolder(folder)
  try {
    for (const entry of await entriesOf(handle)) {
      const found = { path: joined(shown, entry.name), at: within(handle, entry.name), kind: kindOf(entry) } as const
      yield found
      if (found.kind === 'folder') yield* passingOverAbsent(walkTree(found.at, found.path))
    }
  } finally {
    await handle.close()
  }
}

/**
 * Removes a folder and everything in it, mounts and links not followed. What is gone already is no failure. Goes on past what cannot be removed, so
 * that as much as possible goes, and rejects in the end with the first such thing by its name.
 */
export async function removeTree(folder: string): Promise<void> {
  const failed = await removeBelow(folder, Buffer.from(folder))
  if (failed !== undefined) throw failed
}

async function removeBelow(folder: string | Buffer, shown: Buffer): Promise<Error | undefined> {
  try {
    const failed = await emptyFolder(folder, shown)
    if (failed !== undefined) return failed
    await rmdir(folder)
    return undefined
  } catch (error) {
    return isAbsent(error) ? undefined : storageErrorOf(error, 'remove', shown)
  }
}

async function emptyFolder(folder: string | Buffer, shown: Buffer): Promise<Error | undefined> {
  const handle = await openForRemoval(folder)
  let failed: Error | undefined
  try {
    for (const entry of await entriesOf(handle)) {
      const at = within(handle, entry.name)
      const name = joined(shown, entry.name)
      const failure = entry.isDirectory() ? await removeBelow(at, name) : await removeFile(at, name)
      failed ??= failure
    }
  } finally {
    await handle.close()
  }
  return failed
}

async function removeFile(at: Buffer, shown: Buffer): Promise<Error | undefined> {
  try {
    await unlink(at)
    return undefined
  } catch (error) {
    return isAbsent(error) ? undefined : storageErrorOf(error, 'remove', shown)
  }
}

/** An ordinary user needs all three bits of a folder of his own to empty it; whoever made the set may have taken them away. */
async function openForRemoval(folder: string | Buffer): Promise<FileHandle> {
  const handle = await openFolder(folder).catch(async (error: unknown) => {
    if (systemCode(error) !== 'EACCES') throw error
    await chmod(folder, 0o700)
    return openFolder(folder)
  })
  const { mode } = await handle.stat()
  // Where this is refused, the removal itself says what is in the way.
  if ((mode & 0o700) !== 0o700) await handle.chmod((mode & 0o7777) | 0o700).catch(() => undefined)
  return handle
}

/** Whether this says that a path is not there. */
export function isAbsent(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

async function entriesOf(handle: FileHandle): Promise<readonly Dirent<Buffer>[]> {
  return readdir(`/proc/self/fd/${handle.fd}`, { withFileTypes: true, encoding: 'buffer' })
}

function within(handle: FileHandle, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${handle.fd}/`), name])
}

function joined(folder: Buffer, name: Buffer): Buffer {
  return folder.length === 0 ? name : Buffer.concat([folder, SLASH, name])
}

function kindOf(entry: Dirent<Buffer>): Found['kind'] {
  if (entry.isDirectory()) return 'folder'
  return entry.isFile() ? 'file' : 'other'
}

async function* passingOverAbsent(inner: AsyncGenerator<Found>): AsyncGenerator<Found> {
  try {
    yield* inner
  } catch (error) {
    // The folder was removed, or became something else, between its listing and its opening.
    if (!isAbsent(error)) throw error
  }
}
