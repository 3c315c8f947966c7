import type { Readable } from 'node:stream'
import { errorsOf } from '../lib/errors.ts'
import type { Failpoint } from '../lib/failpoint.ts'

/** Slash-separated path below the storage's root; no leading slash, no `.` or `..`, no empty part. */
export type Key = string

/** What an operation on a storage is done with: when to stop, for whom it is done, how long it may wait. An argument of every call that may take time or change something. */
export interface OperationContext {
  /** Aborted: start nothing new. */
  readonly signal: AbortSignal
  readonly failpoint?: Failpoint
  /** For whose task it is done, for those who have to wait for it. */
  readonly task?: string
  /** How long it may wait for others who work in the same place; absent: for ever. */
  readonly waitLimitMs?: number
  /** Told once, after a moment, that it waits for others who work in the same place. */
  readonly onWait?: (wait: RootWait) => void
}

/** Somebody else is at work in the root. */
export interface RootWait {
  readonly root: string
  /** Absent where that cannot be proven. */
  readonly holder?: RootHolder
}

export interface RootHolder {
  readonly task?: string
  readonly pid: number
  readonly since: Date
}

/** What a key holds: an object of a set, a file of ours that describes the set, or a mark that comes and goes with a run. */
export type StoredKind = 'object' | 'own' | 'marker'

/** An upload that was begun and neither completed nor aborted. */
export interface UnfinishedUpload {
  readonly key: Key
  readonly id: string
  readonly begun: Date
  /** What it was to become, if it is not an object of a set but one of our marks. */
  readonly kind?: 'marker'
}

export interface StoredObject {
  readonly key: Key
  readonly bytes: number
  /** When it was stored, by the store's own clock; absent where the storage cannot tell. In listings only. */
  readonly modified?: Date
}

/**
 * A place that keeps named byte objects.
 *
 * Every implementation promises:
 * - `put` is all or nothing: no reader ever sees part of an object, and a body that breaks leaves nothing;
 * - once `put` resolves, `get` and `list` see the object, from this process and from others;
 * - an aborted signal starts no new change;
 * - errors are `StorageError`s whose message names the place and carries no credentials.
 */
export interface Storage {
  /** Where it is, for messages; carries no credentials. */
  readonly label: string
  /** Reads `body` once, to its end; replaces what the key held. */
  put(key: Key, body: Readable, call: OperationContext & { readonly expectedBytes?: number; readonly kind?: StoredKind }): Promise<StoredObject>
  /** Rejects with `storage/not-found`. The caller must read or destroy the stream. */
  get(key: Key, call: OperationContext): Promise<Readable>
  /** Yields each object whose key starts with the prefix once, in no promised order. */
  list(prefix: Key, call: OperationContext): AsyncIterable<StoredObject>
  /** Removing a key that is not there succeeds. */
  remove(key: Key, call: OperationContext): Promise<void>
  close(): Promise<void>

  /** Present where sets are published by one rename. */
  readonly folders?: Folders
  /** Absent where the storage cannot tell. Bytes that an unprivileged writer could still use. */
  freeBytes?(call: OperationContext): Promise<number>
  /** The same as `remove` for each, in no promised order, with fewer requests. Rejects with the first that could not be removed. */
  removeMany?(keys: readonly Key[], call: OperationContext): Promise<void>
  /** Present where a killed process can leave invisible uploads that use space. */
  readonly unfinished?: {
    list(call: OperationContext): Promise<readonly UnfinishedUpload[]>
    abort(upload: UnfinishedUpload, call: OperationContext): Promise<void>
  }
  /** Present where objects of complete sets are to be moved to an archive. Rejects with the first that could not be; the objects stay in any case. */
  archive?(keys: readonly Key[], call: OperationContext): Promise<void>
}

/**
 * The ability of a file system: a set is built in a hidden work folder and appears by one rename.
 * All work folders live in `ROOT/.holdfast-work/`, one per run, each holding a lock that the kernel releases.
 */
export interface Folders {
  /** Makes the root and the work area when missing, sweeps what dead runs left, and opens a work folder locked by this run. */
  begin(run: WorkRun, call: OperationContext): Promise<WorkFolder>
  /** Runs `work` under the root's own lock, waited for; without one where there is no root, as nobody can be at work there. Publishing and rotating happen inside. */
  withRootLock<T>(call: OperationContext, work: () => Promise<T>): Promise<T>
  /**
   * The names of all folders directly in the root (no links, no files), hidden ones left out; in a root where everybody can make folders (`/tmp`), only of
   * those that belong to root, to us or to the owner of the root.
   */
  listFolders(call: OperationContext): Promise<readonly string[]>
  /** Sum of the apparent sizes of all regular files below `ROOT/name` (links skipped, hard links counted each time, folders 0). */
  sizeOf(name: string, call: OperationContext): Promise<bigint>
  /** Whether anything at all (a folder, a file, a link) has that name in the root. */
  isTaken(name: string, call: OperationContext): Promise<boolean>
  /**
   * Renames `ROOT/name` into the work area, flushes, then deletes it. Called inside `withRootLock`. What a crash leaves is deleted by the next
   * sweep, and so is what could not be deleted: then it rejects, naming what is in the way, and the set is gone from the root all the same.
   */
  expire(name: string, call: OperationContext): Promise<void>
}

/** Who works here; recorded in the work folder, so that a later sweep can judge it and end its orphans. */
export interface WorkRun {
  readonly runId: string
  readonly task: string
  /** When the set began. Needed where a set has its name from the first object on, because there is no rename. */
  readonly began?: Date
}

export interface WorkFolder {
  /** Opens a new empty file (0600, exclusive, folders made) for writing and reading. Exactly one of its `finish`, `close` and `remove` ends it. */
  openFile(path: string, options?: { readonly reserveBytes?: number }): Promise<WorkFile>
  /** The descriptor that holds the folder's lock: writers inherit it, so that the lock lives as long as any of them. */
  readonly lockFd: number
  /**
   * Appends records of processes to the folder's run file (not flushed: they serve the same boot only). Never rejects, and need not be waited for: a
   * sweep finds most processes without it, and the start of a process must not wait for a mount that may be dead.
   */
  recordProcesses(lines: readonly object[]): Promise<void>
  /**
   * Gives the folders their modes, flushes them, renames to `ROOT/name`, flushes the root. Called inside `withRootLock`, when every file is finished.
   * Rejects with `storage/exists` if anything has that name. After any failure the set is not in the root.
   */
  publish(name: string, call: OperationContext): Promise<void>
  /** Removes the work folder and everything in it. Never rejects for what is already gone. */
  abandon(): Promise<void>
}

/** A file in the making, in a work folder. */
export interface WorkFile {
  readonly fd: number
  /** Gives the file its mode, flushes it to the device, closes. Rejects when the bytes may not have reached the device. */
  finish(): Promise<void>
  /** Closes only: for a file of a set that is not wanted any more. */
  close(): Promise<void>
  /** Closes and removes it, so that its path is free again: for a file that is to be made anew. */
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
