import { close, closeSync, constants, fstat, fstatSync, open, openSync, readFileSync, type Stats } from 'node:fs'
import { promisify } from 'node:util'
import { errorsOf } from '../lib/errors.ts'
import { printable } from '../lib/format.ts'

type FilesErrorKind = 'bad-name' | 'not-regular' | 'too-large' | 'not-private' | 'unsafe' | 'mounted' | 'unproven'

/** Why an entry was not opened, read or removed although the system would have permitted it. Errors of the system are thrown unchanged. */
export class FilesError extends errorsOf('files')<FilesErrorKind> {}

// Node.js has no openat(2). The kernel resolves `/proc/self/fd/N/name` from the open descriptor (proc_pid_fd(5)), so it refers to the entry of that
// folder even if the folder's path was replaced.

/** One name in a folder; as bytes if it may not be UTF-8. */
export type EntryName = string | Buffer

/** An open folder. Everything below it is accessed through the descriptor, never again through its path. */
export interface Folder {
  readonly fd: number
  /** The path with which it was opened, only for messages. */
  readonly path: string
  readonly facts: EntryFacts
}

/** The facts that determine whether a folder or file is trusted. */
export interface EntryFacts {
  readonly uid: number
  readonly gid: number
  /** Permission bits, set-id and sticky bits (`07777`). */
  readonly mode: number
  readonly device: number
  readonly inode: number
  /**
   * The id of the mount through which it was opened; bind mounts of one file system differ. The device if the kernel does not report it. Determined
   * on first use, because it is expensive; the folder must be open then.
   */
  readonly mountId: number
}

const openFd = promisify(open)
const statFd = promisify(fstat)
const closeFd = promisify(close)

/**
 * open(2); missing in the constants of Node.js. A descriptor that only identifies a location: read permission is not required, and reading is not
 * possible.
 */
export const O_PATH = 0o10000000

const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/**
 * Opens a folder by its path. If the last part of the path is a link, it is not followed (`ELOOP`, `ENOTDIR`); links above it are. Only for paths
 * that no other user can change; `openWalkedFolder` checks the path.
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

/** Opens the file of a descriptor again, as a separate open file description. */
export function reopenSync(fd: number, flags: number): number {
  return openSync(`/proc/self/fd/${fd}`, flags)
}

/** Opens the folder of a descriptor again (also one with `O_PATH`). The caller still owns the descriptor. */
export async function folderAt(fd: number, path: string): Promise<Folder> {
  // In /proc, it is a link to a folder, so O_NOFOLLOW would fail.
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

/** Opens a folder for `work` and closes it afterwards. */
export async function withFolder<T, F extends Folder = Folder>(opening: Promise<F>, work: (folder: F) => Promise<T>): Promise<T> {
  const folder = await opening
  try {
    return await work(folder)
  } finally {
    await closeFolder(folder)
  }
}

/**
 * A path to that entry of the folder, valid in this process while the folder is open. Throws `files/bad-name` for anything but exactly one name, so
 * that external data cannot refer to another location.
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
