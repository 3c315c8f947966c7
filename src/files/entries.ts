import type { Dirent } from 'node:fs'
import { constants, linkSync, lstatSync, openSync, readdirSync, renameSync, rmdirSync, type Stats, unlinkSync } from 'node:fs'
import { type FileHandle, link, lstat, open, opendir, readdir, rename, rmdir, unlink } from 'node:fs/promises'
import { systemCode } from '../lib/errors.ts'
import { type EntryName, type Folder, pathIn } from './folder.ts'

/** Everything in the folder. Names are bytes: they need not be UTF-8. */
export function entriesOf(folder: Folder): Promise<readonly Dirent<Buffer>[]> {
  return readdir(`/proc/self/fd/${folder.fd}`, { withFileTypes: true, encoding: 'buffer' })
}

/** The names in the folder that are valid UTF-8; others are omitted, because they could be mistaken for other names. */
export async function namesIn(folder: Folder): Promise<readonly string[]> {
  return utf8Names(await readdir(`/proc/self/fd/${folder.fd}`, { encoding: 'buffer' }))
}

export function namesInSync(folder: Folder): readonly string[] {
  return utf8Names(readdirSync(`/proc/self/fd/${folder.fd}`, { encoding: 'buffer' }))
}

/** Whether nothing is in the folder. Reads one entry at most. */
export async function isEmpty(folder: Folder): Promise<boolean> {
  const entries = await opendir(`/proc/self/fd/${folder.fd}`)
  try {
    return (await entries.read()) === null
  } finally {
    await entries.close()
  }
}

/** The facts of the entry; of a link itself, not of its target. Undefined if it does not exist. */
export async function statIn(folder: Folder, name: EntryName): Promise<Stats | undefined> {
  try {
    return await lstat(pathIn(folder, name))
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

export function statInSync(folder: Folder, name: EntryName): Stats | undefined {
  return lstatSync(pathIn(folder, name), { throwIfNoEntry: false })
}

/**
 * Opens a file in the folder; a link is not followed (`ELOOP`), and opening a FIFO does not block. The caller closes it. The type of the file is not
 * checked: if another user may have created it, use `openRegularIn`.
 */
export function openFileIn(
  folder: Folder,
  name: EntryName,
  { flags, mode = 0o600 }: { readonly flags: number; readonly mode?: number },
): Promise<FileHandle> {
  return open(pathIn(folder, name), flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, mode)
}

export function openFileInSync(folder: Folder, name: EntryName, { flags, mode = 0o600 }: { readonly flags: number; readonly mode?: number }): number {
  return openSync(pathIn(folder, name), flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, mode)
}

/** Opens the file of a descriptor again for reading (proc_pid_fd(5)), with its own position. The caller closes it. */
export function reopenFile(fd: number): Promise<FileHandle> {
  return open(`/proc/self/fd/${fd}`, constants.O_RDONLY)
}

/** Creates a new file for writing and reading; rejects with `EEXIST` if the name exists. */
export function createFileIn(folder: Folder, name: EntryName, mode = 0o600): Promise<FileHandle> {
  return openFileIn(folder, name, { flags: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, mode })
}

/** Opens a regular file for reading; anything else (a link, a FIFO, a folder, a device) counts as missing. Never blocks. */
export async function openRegularIn(folder: Folder, name: EntryName): Promise<FileHandle | undefined> {
  let handle: FileHandle
  try {
    handle = await openFileIn(folder, name, { flags: constants.O_RDONLY | constants.O_NOCTTY })
  } catch (error) {
    if (isAbsent(error) || systemCode(error) === 'ELOOP' || systemCode(error) === 'ENXIO') return undefined
    throw error
  }
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  return undefined
}

/** One end of a rename. */
export interface Entry {
  readonly folder: Folder
  readonly name: EntryName
}

/** rename(2): replaces an existing file, or an empty folder. */
export async function renameEntry(from: Entry, to: Entry): Promise<void> {
  await rename(pathIn(from.folder, from.name), pathIn(to.folder, to.name))
}

export function renameEntrySync(from: Entry, to: Entry): void {
  renameSync(pathIn(from.folder, from.name), pathIn(to.folder, to.name))
}

/** link(2): a hard link; rejects with `EEXIST` if the new name exists. A link is not followed. */
export async function linkEntry(from: Entry, to: Entry): Promise<void> {
  await link(pathIn(from.folder, from.name), pathIn(to.folder, to.name))
}

export function linkEntrySync(from: Entry, to: Entry): void {
  linkSync(pathIn(from.folder, from.name), pathIn(to.folder, to.name))
}

/** Removes a file or link. False if it did not exist. */
export async function unlinkIn(folder: Folder, name: EntryName): Promise<boolean> {
  return wasThere(unlink(pathIn(folder, name)))
}

export function unlinkInSync(folder: Folder, name: EntryName): void {
  try {
    unlinkSync(pathIn(folder, name))
  } catch (error) {
    if (!isAbsent(error)) throw error
  }
}

/** Removes an empty folder. False if it did not exist. */
export async function rmdirIn(folder: Folder, name: EntryName): Promise<boolean> {
  return wasThere(rmdir(pathIn(folder, name)))
}

export function rmdirInSync(folder: Folder, name: EntryName): void {
  rmdirSync(pathIn(folder, name))
}

/** Whether the error means that a path does not exist. */
export function isAbsent(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

async function wasThere(removal: Promise<void>): Promise<boolean> {
  try {
    await removal
    return true
  } catch (error) {
    if (isAbsent(error)) return false
    throw error
  }
}

function utf8Names(names: readonly Buffer[]): readonly string[] {
  return names.map((name) => ({ name, text: name.toString() })).flatMap(({ name, text }) => (Buffer.from(text).equals(name) ? [text] : []))
}
