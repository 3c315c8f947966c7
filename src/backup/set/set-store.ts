import type { Readable } from 'node:stream'
import type { OperationContext, WorkRun } from '../../storage/storage.ts'
import type { Manifest, ManifestFacts } from './manifest.ts'

/**
 * The sets on one storage: how they are begun, committed, listed, expired. One implementation for storages that publish by a rename
 * (`filesystem-sets.ts`), one for those that need markers (`object-store-sets.ts`), one that keeps nothing (`discard-sets.ts`).
 *
 * A set is complete or it is not there: whatever kills the process at whatever instruction, `list` never calls a set complete whose
 * objects are not all whole.
 */
export interface SetStore {
  readonly label: string
  /** False where nothing is kept: no set, no rotation. */
  readonly keeps: boolean
  /** Whether bytes go to files here, which others can read while they grow. */
  readonly isLocal: boolean
  /** Makes a place for the new set, sweeping what dead runs left there. Takes the name only at commit, or at once where there is no rename. */
  begin(run: WorkRun, call: OperationContext): Promise<SetDraft>
  /**
   * Makes a place for a set that is complete elsewhere, under just that name. Rejects with `backup/taken` when something of that name is here, or is being
   * made here.
   */
  receive(name: string, run: WorkRun, call: OperationContext): Promise<SetReceiver>
  /** Every name of our format that is taken here, oldest first, whatever state the set is in. Reads no manifest. */
  names(call: OperationContext): Promise<readonly string[]>
  /** Every set that bears our name format, oldest name first. Foreign folders and keys are not mentioned. */
  list(call: OperationContext): Promise<readonly SetSummary[]>
  /** Removes one set so that a crash anywhere leaves it either whole or not complete. Called inside `exclusively`. */
  expire(name: string, call: OperationContext): Promise<void>
  /** Present where the objects of complete sets are to be moved to an archive. Rejects when one could not be; the set stays whole in any case. */
  archive?(name: string, call: OperationContext): Promise<void>
  /** Runs `work` while no other run publishes or rotates here. */
  exclusively<T>(call: OperationContext, work: () => Promise<T>): Promise<T>
  /**
   * Rejects with `backup/no-set`, `backup/legacy` or `backup/unfinished` when the set has no manifest, `backup/newer` when its version is later than
   * ours, `backup/damaged` when it cannot be understood.
   */
  readManifest(name: string, call: OperationContext): Promise<Manifest>
  /** One object's bytes; `path` as in the manifest, or of a file of ours (`SHA256SUMS`). */
  openObject(name: string, path: string, call: OperationContext): Promise<Readable>
  /** Every file of a set with its size, ours included, relative to the set. */
  listFiles(name: string, call: OperationContext): Promise<readonly { readonly path: string; readonly bytes: number }[]>
}

export interface SetSummary {
  /** `YYYY-MM-DDTHH:MM:SS+00:00` */
  readonly name: string
  /** `legacy`: written by an ancestor, no manifest, complete because the plan says so. */
  readonly state: 'complete' | 'unfinished' | 'legacy'
  /** Sum of the objects, without our own files. */
  readonly bytes: bigint
  /** Made by a later version than ours: complete, counted, never removed by us. */
  readonly isNewer?: boolean
  /** Its manifest cannot be read or understood, so that nobody knows what it should hold: neither counted in rotation, nor removed. */
  readonly isUnreadable?: boolean
}

/**
 * A set in the making. Exactly one of `commit` and `abort` ends it. Its kind is the way by which objects get into it; what handles drafts must handle each
 * kind, as an object for which there is no way would count as made, and be missing.
 */
export type SetDraft = FileDraft | StreamDraft | EmptyDraft

interface AnyDraft {
  /**
   * Writes manifest, SHA256SUMS and RESTORE.md and makes the set complete under the first free name from `wanted` on
   * (`candidateNames`); where the name was taken at `begin` already, under that.
   * Resolves with the name it got. Called inside `exclusively`.
   */
  commit(wanted: Date, facts: ManifestFacts, call: OperationContext): Promise<string>
  /** Removes everything of the draft. Never rejects for what is already gone. */
  abort(): Promise<void>
}

/** On file systems: a writer gets the descriptor of a file. */
export interface FileDraft extends AnyDraft {
  readonly kind: 'files'
  openFile(path: string, options: { readonly reserveBytes?: number }): Promise<DraftFile>
  /** Inherited by writers: the draft is taken for that of a dead run only when none of them is left. */
  readonly lockFd: number
  /** Records processes with the draft, so that a later run can end what is left of this one. */
  recordProcesses(records: readonly object[]): void
}

/** On object stores: the bytes pass through Holdfast. */
export interface StreamDraft extends AnyDraft {
  readonly kind: 'stream'
  /** Its name, which it has from the beginning. */
  readonly name: string
  /** Stores one object, whole or not at all: a body that breaks leaves nothing. */
  putObject(path: string, body: Readable, options: { readonly expectedBytes?: number }, call: OperationContext): Promise<void>
}

/** Where nothing is kept: no object gets into it. */
export interface EmptyDraft extends AnyDraft {
  readonly kind: 'none'
}

/** A set that comes from another storage, file by file. Exactly one of `publish`, `leave` and `abort` ends it. */
export interface SetReceiver {
  /** What an interrupted copy left here, by path, with its size: it need not come again if it is the right thing. */
  readonly present: ReadonlyMap<string, number>
  /** Stores one file, whole or not at all; a body that breaks leaves nothing. */
  put(path: string, body: Readable, call: OperationContext & { readonly expectedBytes: number }): Promise<void>
  /** What is stored here already. */
  get(path: string, call: OperationContext): Promise<Readable>
  remove(path: string, call: OperationContext): Promise<void>
  /** Puts the last file, the manifest, where there is one, and makes the set complete. Called inside `exclusively`. */
  publish(manifest: { readonly path: string; readonly text: string } | undefined, call: OperationContext): Promise<void>
  /** Keeps what has come for a later copy, where that is possible. It does not count as a set. */
  leave(): Promise<void>
  /** Removes everything of it. Never rejects for what is already gone. */
  abort(): Promise<void>
}

export interface DraftFile {
  readonly fd: number
  /** Flushes the bytes to the device, then closes, also when flushing fails. */
  flushAndClose(): Promise<void>
  close(): Promise<void>
  /** Closes and removes it, so that it can be made anew. */
  remove(): Promise<void>
}
