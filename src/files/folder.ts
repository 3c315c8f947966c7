import { close, closeSync, constants, fstat, fstatSync, open, openSync, readFileSync, type Stats } from 'node:fs'
import { promisify } from 'node:util'
import { printable } from '../lib/format.ts'
import { FilesError } from './errors.ts'

// Node.js has no openat(2). `/proc/self/fd/N/name` is resolved by the kernel from the open descriptor (proc_pid_fd(5)), so it names the entry of that
// very folder, whatever has become of the folder's path meanwhile.

/** One name in a folder. Bytes where it may not be UTF-8. */
export type EntryName = string | Buffer

/** A folder held open. Everything below it is reached through the descriptor, never again through its path. */
export interface Folder {
  readonly fd: number
  /** As it was opened, for messages only. */
  readonly path: string
  readonly facts: EntryFacts
}

/** What decides whether a folder or file can be trusted. */
export interface EntryFacts {
  readonly uid: number
  readonly gid: number
  /** Permission bits, set-id and sticky bits (`07777`). */
  readonly mode: number
  readonly device: number
  readonly inode: number
  /**
   * Of the mount it was reached through; bind mounts of one file system differ. The device where the kernel does not say. Found out when it is first asked
   * for, which costs more than all the rest: the folder must be open then.
   */
  readonly mountId: number
}

const openFd = promisify(open)
const statFd = promisify(fstat)
const closeFd = promisify(close)

/** open(2); not in the constants of Node.js. A descriptor that only names a place: no right to read is needed, and nothing can be read by it. */
export const O_PATH = 0o10000000

const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/**
 * Opens a folder by its path. The last part of the path is not followed where it is a link (`ELOOP`, `ENOTDIR`); links above it are. For folders on whose
 * path nobody else can write; `openTrustedFolder` judges the path.
 */
export async function openFolder(path: string): Promise<Folder> {
  return folderOf(await openFd(path, FOLDER_FLAGS), path)
}

export function openFolderSync(path: string): Folder {
  return folderOfSync(openSync(path, FOLDER_FLAGS), path)
}

/** Opens a folder in a folder. A link is not followed. */
export async function openFolderIn(folder: Folder, name: EntryName): Promise<Folder> {
  return folderOf(await openFd(pathIn(folder, name), FOLDER_FLAGS), shownIn(folder, name))
}

export function openFolderInSync(folder: Folder, name: EntryName): Folder {
  return folderOfSync(openSync(pathIn(folder, name), FOLDER_FLAGS), shownIn(folder, name))
}

/** Opens once more what a descriptor is open on, as an open file description of its own. */
export function reopenSync(fd: number, flags: number): number {
  return openSync(`/proc/self/fd/${fd}`, flags)
}

/** Opens the folder anew that a descriptor is open on (also one of `O_PATH`). The descriptor stays the caller's. */
export async function folderAt(fd: number, path: string): Promise<Folder> {
  // A link to a folder is what /proc shows for it, so O_NOFOLLOW would refuse.
  return folderOf(await openFd(`/proc/self/fd/${fd}`, FOLDER_FLAGS & ~constants.O_NOFOLLOW), path)
}

export function folderAtSync(fd: number, path: string): Folder {
  return folderOfSync(openSync(`/proc/self/fd/${fd}`, FOLDER_FLAGS & ~constants.O_NOFOLLOW), path)
}

export async function closeFolder(folder: Folder): Promise<void> {
  await closeFd(folder.fd)
}

export function closeFolderSync(folder: Folder): void {
  closeSync(folder.fd)
}

/** Opens a folder for `work` and closes it after. */
export async function withFolder<T, F extends Folder = Folder>(opening: Promise<F>, work: (folder: F) => Promise<T>): Promise<T> {
  const folder = await opening
  try {
    return await work(folder)
  } finally {
    await closeFolder(folder)
  }
}

/**
 * A path by which the system finds that entry of the folder, as long as the folder is open and only in this process. Throws `files/bad-name` for what is
 * not exactly one name, so that nothing from outside leads elsewhere.
 */
export function pathIn(folder: Folder, name: EntryName): string | Buffer {
  assertName(name)
  const prefix = `/proc/self/fd/${folder.fd}/`
  return typeof name === 'string' ? prefix + name : Buffer.concat([Buffer.from(prefix), name])
}

/** The path of an entry for messages. */
export function shownIn(folder: Folder, name: EntryName): string {
  return `${folder.path === '/' ? '' : folder.path}/${name.toString()}`
}

function assertName(name: EntryName): void {
  const text = typeof name === 'string' ? name : name.toString('latin1')
  if (text === '' || text === '.' || text === '..' || text.includes('/') || text.includes('\0'))
    throw new FilesError('bad-name', `"${printable(name.toString())}" is not the name of a file or folder`)
}

async function factsOfFd(fd: number): Promise<EntryFacts> {
  return factsFrom(await statFd(fd), fd)
}

export function factsOfFdSync(fd: number): EntryFacts {
  return factsFrom(fstatSync(fd), fd)
}

async function folderOf(fd: number, path: string): Promise<Folder> {
  try {
    return { fd, path, facts: await factsOfFd(fd) }
  } catch (error) {
    await closeFd(fd)
    throw error
  }
}

function folderOfSync(fd: number, path: string): Folder {
  try {
    return { fd, path, facts: factsOfFdSync(fd) }
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

function factsFrom(stat: Stats, fd: number): EntryFacts {
  let mountId: number | undefined
  return {
    uid: stat.uid,
    gid: stat.gid,
    mode: stat.mode & 0o7777,
    device: stat.dev,
    inode: stat.ino,
    get mountId() {
      mountId ??= mountIdOf(fd) ?? stat.dev
      return mountId
    },
  }
}

/** proc_pid_fdinfo(5), Linux 3.15. */
function mountIdOf(fd: number): number | undefined {
  const match = /^mnt_id:\s*(\d+)$/mu.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1]
  return match === undefined ? undefined : Number(match)
}
