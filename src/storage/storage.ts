import type { Readable } from 'node:stream'
import type { Proof } from '../files/tree/remove-proven.ts'
import { errorsOf } from '../lib/errors.ts'
import type { Failpoint } from '../lib/failpoint.ts'

/** Slash-separated path below the storage's root; no leading slash, no `.` or `..`, no empty part. */
export type Key = string

/** The context of an operation: when to stop, the task, and the time limit for waiting. An argument of every call that may take time or change something. */
export interface OperationContext {
  /** If aborted, nothing new is started. */
  readonly signal: AbortSignal
  readonly failpoint?: Failpoint
  /** The task that performs the operation, for waiting processes. */
  readonly task?: string
  /** How long to wait for other processes that use the same location, and for a store's answer that is not the data of an object; absent: forever. */
  readonly waitLimitMs?: number
  /** Called once, after a moment, if other processes use the same location. */
  readonly onWait?: (wait: RootWait) => void
}

/** Another process uses the root. */
export interface RootWait {
  readonly root: string
  /** Absent if it cannot be determined. */
  readonly holder?: RootHolder
}

export interface RootHolder {
  readonly task?: string
  readonly pid: number
  readonly since: Date
}

/** The contents of a key: an object of a set, a file of Holdfast that describes the set, or a temporary marker. */
export type StoredKind = 'object' | 'metadata' | 'marker'

/** An unfinished upload. */
export interface UnfinishedUpload {
  readonly key: Key
  readonly id: string
  readonly begun: Date
  /** Its target, if it is not an object of a set but a marker. */
  readonly kind?: 'marker'
}

export interface StoredObject {
  readonly key: Key
  readonly bytes: number
  /** When it was stored, by the store's own clock; absent if the storage does not report it. Only in listings. */
  readonly modified?: Date
}

/**
 * A location with named byte objects.
 *
 * The contract of every implementation: - `put` is all or nothing: readers never see a part of an object, and a failed body leaves nothing; - after
 * `put` has resolved, `get` and `list` see the object, in this process and in others; - an aborted signal starts no new change; - errors are
 * `StorageError`s whose message names the location and contains no credentials.
 */
export interface Storage {
  /** The location, for messages; contains no credentials. */
  readonly label: string
  /** Reads `body` once, to its end; replaces an existing object. */
  put(key: Key, body: Readable, call: OperationContext & { readonly expectedBytes?: number; readonly kind?: StoredKind }): Promise<StoredObject>
  /** Rejects with `storage/not-found`. The caller must read or destroy the stream. */
  get(key: Key, call: OperationContext): Promise<Readable>
  /** Yields each object whose key starts with the prefix once, in any order. */
  list(prefix: Key, call: OperationContext): AsyncIterable<StoredObject>
  /** Removing a missing key succeeds. */
  remove(key: Key, call: OperationContext): Promise<void>
  close(): Promise<void>

  /** Present if sets are published by one rename. */
  readonly folders?: Folders
  /** Absent if the storage cannot determine it. Bytes available to an unprivileged writer. */
  freeBytes?(call: OperationContext): Promise<number>
  /** Like `remove` for each, in any order, with fewer requests. Rejects with the first that could not be removed. */
  removeMany?(keys: readonly Key[], call: OperationContext): Promise<void>
  /** Present if a killed process can leave invisible uploads that use space. */
  readonly unfinished?: {
    list(call: OperationContext): Promise<readonly UnfinishedUpload[]>
    abort(upload: UnfinishedUpload, call: OperationContext): Promise<void>
  }
  /** Tests of what only this kind of storage needs, for `storage check`. */
  readonly ownChecks?: readonly OwnCheck[]
  /**
   * Present if objects of complete sets are moved to an archive class. Rejects with the first that could not be moved; the objects are kept in any
   * case.
   */
  archive?(keys: readonly Key[], call: OperationContext): Promise<void>
}

/** A test with keys that begin with the prefix, which ends in a slash. */
export interface OwnCheck {
  readonly title: string
  /** The storage may fail it, because there is another way. */
  readonly isOptional?: boolean
  /** Rejects with the storage's error; may resolve with a remark. */
  check(prefix: Key, call: OperationContext): Promise<string | undefined>
}

/**
 * The folder operations of a file system: a set is built in a hidden work folder and published by one rename. All work folders are in
 * `ROOT/.holdfast-work/`, one per run, each with a lock that the kernel releases.
 */
export interface Folders {
  /** Creates the root and the work area if missing, removes the remains of dead runs, and opens a work folder locked by this run. */
  begin(run: WorkRun, call: OperationContext): Promise<WorkFolder>
  /**
   * Runs `work` with the lock of the root, after waiting for it; without a lock if the root does not exist, because no process can use it. Publishing
   * and rotating happen inside.
   */
  withRootLock<T>(call: OperationContext, work: () => Promise<T>): Promise<T>
  /**
   * The names of all folders directly in the root (no links, no files, no hidden folders); in a root in which all users can create folders (`/tmp`),
   * only of those that belong to root, to this user or to the owner of the root.
   */
  listFolders(call: OperationContext): Promise<readonly string[]>
  /** Sum of the apparent sizes of all regular files below `ROOT/name` (links skipped, hard links counted each time, folders 0). */
  sizeOf(name: string, call: OperationContext): Promise<bigint>
  /** Whether an entry of any type (a folder, a file, a link) with that name exists in the root. */
  isTaken(name: string, call: OperationContext): Promise<boolean>
  /** Whether a folder with that name exists in the root, hidden or not, that is not omitted because of its owner as in `listFolders`. */
  isTrusted(name: string, call: OperationContext): Promise<boolean>
  /**
   * Renames `ROOT/name` into the work area, flushes, then deletes it. Called inside `withRootLock`. Remains after a crash are deleted by the next
   * sweep, as are entries that could not be deleted: then it rejects with the cause, although the set is removed from the root. If other users can
   * write to the root, `proves` determines whether the folder is what its name indicates; if not, it rejects with `storage/unsafe`, and nothing is changed.
   */
  expire(name: string, call: OperationContext, proves: Proof): Promise<void>
  /**
   * The same for a folder that `publish` replaces by another one of that name: renames it into the work area, publishes, and only then deletes it. If
   * `publish` rejects, the folder is renamed back. Entries that could not be deleted are noted. If the process is killed between the two renames, the
   * next sweep deletes it.
   */
  replace(name: string, replaced: { readonly proves: Proof; publish(): Promise<void> }, call: OperationContext): Promise<void>
}

/** The owner; recorded in the work folder, so that a later sweep can determine its state and end its orphans. */
export interface WorkRun {
  readonly runId: string
  readonly task: string
  /** When the set began. Required if a set has its final name from the first object on, because there is no rename. */
  readonly began?: Date
  /** The form of the set's name, if it is not that of the storage: a set has the same name on all of its storages. */
  readonly nameForm?: 'basic' | 'extended'
}

export interface WorkFolder {
  /** Creates a new empty file (0600, exclusive, including folders) for writing and reading. Exactly one of its `finish`, `close` and `remove` ends it. */
  openFile(path: string, options?: { readonly reserveBytes?: number }): Promise<WorkFile>
  /** The descriptor with the lock of the folder: writers inherit it, so that the lock lasts as long as any of them runs. */
  readonly lockFd: number
  /**
   * Appends records of processes to the folder's run file (not flushed: they are only used in the same boot). Never rejects, and need not be awaited:
   * a sweep finds most processes without it, and the start of a process must not wait for a mount that may be dead.
   */
  recordProcesses(lines: readonly object[]): Promise<void>
  /**
   * Sets the modes of the folders, flushes them, renames to `ROOT/name`, flushes the root. Called inside `withRootLock`, when every file is finished.
   * Rejects with `storage/exists` if the name exists. After any failure, the set is not in the root.
   */
  publish(name: string, call: OperationContext): Promise<void>
  /** Removes the work folder with all its contents. Missing entries are ignored. */
  abandon(): Promise<void>
}

/** An unfinished file in a work folder. */
export interface WorkFile {
  readonly fd: number
  /** Writes data at the position of `fd`. Rejects with the error of the system. The file is not closed while a write is in progress. */
  write(data: Uint8Array): Promise<void>
  /** Sets the mode of the file, flushes it to the device, closes it. Rejects if the data may not have reached the device. */
  finish(): Promise<void>
  /** Only closes it: for a file of a set that will not be published. */
  close(): Promise<void>
  /** Closes and removes it, so that its path can be used again: for a file that will be made again. */
  remove(): Promise<void>
}

export type StorageErrorKind =
  | 'not-found'
  | 'exists'
  | 'denied'
  | 'full'
  | 'unreachable'
  | 'broken'
  | 'mount-missing'
  | 'unsafe'
  | 'locked'
  | 'aborted'

export class StorageError extends errorsOf('storage')<StorageErrorKind> {}

/** Whether the storage has refused to store something because it is full. */
export function isFull(error: unknown): boolean {
  return error instanceof StorageError && error.code === 'storage/full'
}
