import type { Readable } from 'node:stream'
import type { OperationContext, WorkRun } from '../../storage/storage.ts'
import type { Manifest, ManifestFacts } from './manifest.ts'
import type { SetNameForm } from './set-name.ts'
import type { SideFiles } from './side-files.ts'

/**
 * The sets on one storage: how they are begun, committed, listed and expired. One implementation for storages that publish by a rename
 * (`filesystem-sets.ts`), one for those that need markers (`object-store-sets.ts`), one that keeps nothing (`discard-sets.ts`).
 *
 * A set is complete or absent: if the process is killed at any instruction, `list` never returns a set as complete that lacks data of an object.
 */
export interface SetStore {
  readonly label: string
  /** False if nothing is kept: no sets, no rotation. */
  readonly keeps: boolean
  /** Whether data is written to local files, which can be read while they grow. */
  readonly isLocal: boolean
  /** Begins a new set, after removing the remains of dead runs. Its name is decided when it is committed, or now on a storage without rename. */
  begin(run: WorkRun, call: OperationContext): Promise<SetDraft>
  /** The form of the names of new sets. */
  readonly nameForm: SetNameForm
  /** Begins a copy of a complete set, under the same name. Rejects with `backup/taken` if the name exists, or is in use by another run. */
  receive(name: string, run: WorkRun, call: OperationContext): Promise<SetReceiver>
  /**
   * The same for a set that is damaged on this storage. It is replaced when the new one is published; its files are kept until then, also on a failure.
   * Rejects with `backup/taken` if the set is no longer damaged.
   */
  receiveAgain(name: string, run: WorkRun, call: OperationContext): Promise<SetReceiver>
  /** All names of sets in use, oldest first, whatever the state of the set. Reads no manifest. */
  names(call: OperationContext): Promise<readonly string[]>
  /** All sets with a valid name, oldest first. Other folders and keys are ignored. */
  list(call: OperationContext): Promise<readonly SetSummary[]>
  /** Removes one set; an interruption leaves it either complete or incomplete, never complete with missing data. Called inside `exclusively`. */
  expire(name: string, call: OperationContext): Promise<void>
  /** Present if the objects of complete sets are moved to an archive. Rejects if one could not be moved; the set is complete in any case. */
  archive?(name: string, call: OperationContext): Promise<void>
  /** Runs `work` while no other run publishes or rotates on this storage. */
  exclusively<T>(call: OperationContext, work: () => Promise<T>): Promise<T>
  /**
   * Rejects with `backup/no-set`, `backup/legacy` or `backup/unfinished` if the set has no manifest, `backup/newer` if its version is later,
   * `backup/damaged` if it is invalid.
   */
  readManifest(name: string, call: OperationContext): Promise<Manifest>
  /** The bytes of an object or a metadata file, by its path in the set. */
  openObject(name: string, path: string, call: OperationContext): Promise<Readable>
  /** Files beside the sets that are part of none. Absent if nothing can be kept. */
  readonly sideFiles?: SideFiles
  /** Records of publications, verifications and drills, beside the sets. Absent if nothing can be kept. */
  readonly records?: SideFiles
  /** All files of a set with their sizes, including metadata files, by their paths in the set. */
  listFiles(name: string, call: OperationContext): Promise<readonly { readonly path: string; readonly bytes: number }[]>
}

/** A host as named in manifests. */
export interface SetHost {
  readonly name: string
  readonly id?: string | undefined
}

export interface SetSummary {
  /** `YYYYMMDDTHHMMSSZ`, or `YYYY-MM-DDTHH:MM:SS+00:00` */
  readonly name: string
  /**
   * `legacy`: made by an ancestor, without a manifest, and complete according to the plan. `damaged`: has a manifest of Holdfast, and no run claims to make
   * or remove it, but objects of the manifest are missing or have another size. `standing.ts` defines what each state means.
   */
  readonly state: 'complete' | 'unfinished' | 'legacy' | 'damaged'
  /** The total size of the objects. */
  readonly bytes: bigint
  /** Made by a later version: complete, counted, never removed. */
  readonly isNewer?: boolean
  /** Its manifest cannot be read or is invalid, so its contents are unknown: neither counted by a rotation, nor removed. */
  readonly isUnreadable?: boolean
  /** The host that made it, by its manifest. */
  readonly host?: SetHost
  /** Objects of it could not be made: restored and copied as it is, but not counted by a rotation. */
  readonly isIncomplete?: boolean
  /** It may lack data, according to its manifest, and was not accepted: neither counted by a rotation, nor removed. */
  readonly isSuspicious?: boolean
  /** Another host made it, and this one adopted it: it counts as made by this one. */
  readonly isAdopted?: true
  /** Another host made it, and this one did not adopt it. */
  readonly isOfOther?: true
  /** It was suspicious, and was accepted. */
  readonly isAccepted?: boolean
}

/**
 * An unfinished set, ended by exactly one of `commit` and `abort`. Its kind is the way in which objects are stored in it. Code for drafts must handle
 * each kind: an object that cannot be stored would count as made, and be missing.
 */
export type SetDraft = FileDraft | StreamDraft | EmptyDraft

interface AnyDraft {
  /**
   * Writes manifest, SHA256SUMS and RESTORE.md and completes the set under the first free name beginning at `wanted` (`candidateNames`), or under the
   * name decided by `begin`. Resolves with the name. Called inside `exclusively`.
   */
  commit(wanted: Date, facts: ManifestFacts, call: OperationContext): Promise<string>
  /** Removes the draft. Does not reject if parts of it are already removed. */
  abort(): Promise<void>
}

/** On file systems: writers get the descriptor of a file. */
export interface FileDraft extends AnyDraft {
  readonly kind: 'files'
  openFile(path: string, options: { readonly reserveBytes?: number }): Promise<DraftFile>
  /** Inherited by writers: the draft is not considered left over while one of them is running. */
  readonly lockFd: number
  /** Records processes with the draft, so that a later run can end those that are left. */
  recordProcesses(records: readonly object[]): void
}

/** On object stores: the data passes through Holdfast. */
export interface StreamDraft extends AnyDraft {
  readonly kind: 'stream'
  /** The name of the set, decided at the beginning. */
  readonly name: string
  /** Stores one object, completely or not at all: if the body fails, nothing is stored. */
  putObject(path: string, body: Readable, options: { readonly expectedBytes?: number }, call: OperationContext): Promise<void>
}

/** Without storage: no object can be stored. */
export interface EmptyDraft extends AnyDraft {
  readonly kind: 'none'
}

/** A set being copied from another storage, file by file. Ended by exactly one of `publish`, `leave` and `abort`. */
export interface SetReceiver {
  /** The files left by an interrupted copy, by path, with their sizes: they are reused if their digests match. */
  readonly present: ReadonlyMap<string, number>
  /** Stores one file, completely or not at all; if the body fails, nothing is stored. */
  put(path: string, body: Readable, call: OperationContext & { readonly expectedBytes: number }): Promise<void>
  /** Reads a stored file. */
  get(path: string, call: OperationContext): Promise<Readable>
  remove(path: string, call: OperationContext): Promise<void>
  /** Stores the manifest as the last file, if there is one, and completes the set. Called inside `exclusively`. */
  publish(manifest: { readonly path: string; readonly text: string } | undefined, call: OperationContext): Promise<void>
  /** Keeps the files for a later copy, if the storage supports this. They do not count as a set. */
  leave(): Promise<void>
  /** Removes the files. Does not reject if some are already removed. */
  abort(): Promise<void>
}

export interface DraftFile {
  readonly fd: number
  /** Writes data at the position of `fd`. Rejects with the error of the system. The file is not closed while a write is in progress. */
  write(data: Uint8Array): Promise<void>
  /** Flushes the file to the device and closes it, even if flushing fails. */
  flushAndClose(): Promise<void>
  close(): Promise<void>
  /** Closes and removes the file, so that it can be made again. */
  remove(): Promise<void>
}
