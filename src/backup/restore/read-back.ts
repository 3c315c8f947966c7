import { setTimeout as sleep } from 'node:timers/promises'
import { type Entry, openRegularIn, statIn } from '../../files/entries.ts'
import { flushFd } from '../../files/flush.ts'
import { closeFolder, type Folder, openFolderIn, shownIn } from '../../files/folder.ts'
import { type FoundEntry, walkTree } from '../../files/tree/walk-tree.ts'
import { systemCode } from '../../lib/errors.ts'
import { counted } from '../../lib/format.ts'
import { quoted, storageErrorOf } from '../../storage/system-errors.ts'
import { BackupError } from '../set/errors.ts'

/** The number of regular files of an object, and the sum of their sizes. */
export interface Size {
  readonly files: number
  readonly bytes: number
}

/** An object in its place, and its size before. */
export interface PlacedObject extends Entry {
  /** Absent: it cannot be compared. */
  readonly before: Size | undefined
}

export interface ReadBack {
  readonly warnings: readonly string[]
  /** False: some files cannot be read yet, as one of the warnings states. */
  readonly isReadable: boolean
}

// They have stored a file, or reported an error, when it is closed or flushed; the last one is local.
const STORES_WHEN_CLOSED = /^fuse\.(?:sshfs|glusterfs|ceph|ceph-fuse|fuse-overlayfs)$/u

// Of mounts that upload files when they are closed, some return the renamed ones only after that.
const PAUSES_MS: readonly number[] = [500, 1000, 2000, 4000, 8000, 16_000]

/**
 * Flushes each file of a built object on its own, and resolves with its size: of most FUSE file systems, syncfs(2) reaches only the kernel. Undefined if
 * a folder is inaccessible to its owner. Rejects with `backup/lost` on a real error.
 */
export async function flushFiles(built: Entry): Promise<Size | undefined> {
  const size = { files: 0, bytes: 0 }
  try {
    for await (const { folder, name, path } of regularFiles(built)) {
      size.files += 1
      size.bytes += (await statIn(folder, name))?.size ?? 0
      await flushFile(folder, name).catch((error: unknown) => {
        throw new BackupError('lost', storageErrorOf(error, 'flush', shownIn(built.folder, path)).message, { cause: error, hint: LOST_HINT })
      })
    }
    return size
  } catch (error) {
    if (systemCode(error) !== 'EACCES') throw error
    return undefined
  }
}

async function flushFile(folder: Folder, name: Buffer): Promise<void> {
  const file = await openIfAllowed(folder, name)
  if (file !== undefined) await flushFd(file.fd).finally(() => file.close())
}

/**
 * Reads the beginning of each file of placed objects, and compares their sizes. Their contents prove nothing: they are read from the cache of the mount.
 * Waits half a minute for files that the mount does not return yet. Rejects with `backup/lost` if any are missing or have another size.
 */
export async function readBack(
  placed: readonly PlacedObject[],
  fsType: string,
  { signal, pausesMs = PAUSES_MS }: { readonly signal?: AbortSignal | undefined; readonly pausesMs?: readonly number[] } = {},
): Promise<ReadBack> {
  const warnings = STORES_WHEN_CLOSED.test(fsType) ? [] : [mayUploadLater(fsType)]
  for (let tries = 0; ; tries += 1) {
    const { lost, unread } = await readOnce(placed)
    if (lost === undefined && unread === undefined) return { warnings, isReadable: true }
    const pauseMs = signal?.aborted ? undefined : pausesMs[tries]
    if (pauseMs !== undefined) await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
    else if (lost !== undefined) throw new BackupError('lost', lost, { hint: LOST_HINT })
    else return { warnings: [...warnings, ...(unread === undefined ? [] : [describeUnread(unread)])], isReadable: false }
  }
}

const LOST_HINT = 'Check the log of the mount and the free space of its storage, or restore to another folder.'

function mayUploadLater(fsType: string): string {
  return `the destination is on a FUSE file system (${fsType}), which may upload files later and report no error if that fails: check its log, and the files on the remote storage`
}

interface Unread {
  readonly files: number
  readonly first: string
}

function describeUnread({ files, first }: Unread): string {
  return `${counted(files, 'restored file')} cannot be read yet, such as ${quoted(first)}: the file system may return them after their upload`
}

async function readOnce(placed: readonly PlacedObject[]): Promise<{ readonly lost?: string; readonly unread?: Unread }> {
  let lost: string | undefined
  let unread: Unread | undefined
  for (const { before, ...object } of placed) {
    if (before === undefined) continue
    const now = { files: 0, bytes: 0 }
    for await (const { folder, name, path } of regularFiles(object)) {
      now.files += 1
      now.bytes += (await statIn(folder, name))?.size ?? 0
      if (await isReadable(folder, name)) continue
      unread = { first: shownIn(object.folder, path), ...unread, files: (unread?.files ?? 0) + 1 }
    }
    if (isSame(now, before)) continue
    lost ??= `${quoted(shownIn(object.folder, object.name))} has ${describe(now)} after it was put in place, expected ${describe(before)}`
  }
  return { ...(lost !== undefined && { lost }), ...(unread && { unread }) }
}

function isSame(one: Size, other: Size): boolean {
  return one.files === other.files && one.bytes === other.bytes
}

function describe({ files, bytes }: Size): string {
  return `${counted(files, 'file')} with ${counted(bytes, 'byte')}`
}

async function isReadable(folder: Folder, name: Buffer): Promise<boolean> {
  try {
    const file = await openIfAllowed(folder, name)
    await file?.read(Buffer.alloc(1), 0, 1, 0).finally(() => file.close())
    return true
  } catch {
    return false
  }
}

/** Undefined if it has vanished, or if its mode denies reading to its owner. */
async function openIfAllowed(folder: Folder, name: Buffer): ReturnType<typeof openRegularIn> {
  try {
    return await openRegularIn(folder, name)
  } catch (error) {
    if (systemCode(error) === 'EACCES') return undefined
    throw error
  }
}

/** The object itself, or the regular files of an unpacked archive; their paths begin with its name. */
async function* regularFiles({ folder, name }: Entry): AsyncGenerator<Pick<FoundEntry, 'folder' | 'name' | 'path'>> {
  const own = Buffer.from(name)
  const stat = await statIn(folder, name)
  if (stat?.isFile() === true) yield { folder, name: own, path: own }
  if (stat?.isDirectory() !== true) return
  const tree = await openFolderIn(folder, name)
  try {
    for await (const { kind, path, ...it } of walkTree(tree)) if (kind === 'file') yield { ...it, path: Buffer.concat([own, Buffer.from('/'), path]) }
  } finally {
    await closeFolder(tree)
  }
}
