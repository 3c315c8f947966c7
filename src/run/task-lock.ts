import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { openFileIn } from '../files/entries.ts'
import { closeFolder } from '../files/folder.ts'
import { openOrMakeFolderSync } from '../files/open-by-path.ts'
import { notRegular } from '../files/read-small.ts'
import { messageOf } from '../lib/errors.ts'
import { tryLock } from '../process/tool/flock.ts'

/** `busy`: the task, or (`isPlan`) another one that excludes it, is already running. `absent`: nothing could be locked, which is noted and not a failure. */
export type TaskLock =
  | { readonly kind: 'held'; release(): Promise<void> }
  | { readonly kind: 'busy'; readonly holder: string | undefined; readonly isPlan?: true }
  | { readonly kind: 'absent'; readonly why: string }

export interface TaskLockOwner {
  /** The configuration file with links resolved: tasks with the same name in two configurations are different tasks. */
  readonly planFile: string
  readonly task: string
  readonly pid: number
  readonly since: Date
}

/**
 * One run of a task at a time, across processes. The lock is a file in `folder` (created if missing, 0700), held by the kernel: it is released when
 * the process ends for any reason. The file itself is kept, because after a removal two processes could lock two files with the same name.
 */
export async function lockTask(folder: string, owner: TaskLockOwner, signal?: AbortSignal): Promise<TaskLock> {
  let file: FileHandle | undefined
  try {
    file = await openLock(folder, lockName(owner))
    if (await tryLock(file.fd, signal)) return await held(file, owner)
    const holder = await readHolder(file)
    await file.close()
    return { kind: 'busy', holder }
  } catch (error) {
    await file?.close()
    if (signal?.aborted) throw error
    return { kind: 'absent', why: messageOf(error) }
  }
}

/** A file that can be locked, in a folder that is created if missing (0700). */
export async function openLock(path: string, name: string): Promise<FileHandle> {
  const folder = openOrMakeFolderSync(path, 0o700)
  try {
    const file = await openFileIn(folder, name, { flags: constants.O_RDWR | constants.O_CREAT })
    if ((await file.stat()).isFile()) return file
    await file.close()
    throw notRegular(`${path}/${name}`)
  } finally {
    await closeFolder(folder)
  }
}

function lockName({ planFile, task }: TaskLockOwner): string {
  return `${createHash('sha256').update(`${planFile}\0${task}`).digest('hex').slice(0, 32)}.lock`
}

async function held(file: FileHandle, { pid, since }: TaskLockOwner): Promise<TaskLock> {
  try {
    await file.truncate()
    await file.write(`process ${pid}, since ${since.toISOString()}\n`, 0)
  } catch {
    // The holder is only written for messages: on a full disk, the lock itself still works.
  }
  return { kind: 'held', release: () => file.close() }
}

async function readHolder(file: FileHandle): Promise<string | undefined> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(200), 0, 200, 0)
  const text = buffer.toString('utf8', 0, bytesRead).trim()
  return /^process \d+, since [\d:.TZ-]+$/u.test(text) ? text : undefined
}
