import type { Readable } from 'node:stream'
import type { Call, WorkRun } from '../storage/storage.ts'
import type { Manifest, ObjectRecord } from './manifest.ts'

/**
 * The sets on one storage: how they are begun, committed, listed, expired. One implementation for storages that publish by a rename
 * (`by-rename.ts`), one for those that need markers (`by-marker.ts`), one that keeps nothing (`discard.ts`).
 *
 * A set is complete or it is not there: whatever kills the process at whatever instruction, `list` never calls a set complete whose
 * objects are not all whole.
 */
export interface SetStore {
  readonly label: string
  /** False where nothing is kept: no set, no rotation. */
  readonly keeps: boolean
  /** Makes a place for the new set, sweeping what dead runs left there. Takes the name only at commit. */
  begin(run: WorkRun, call: Call): Promise<SetDraft>
  /** Every set that bears our name format, oldest name first. Foreign folders and keys are not mentioned. */
  list(call: Call): Promise<readonly SetSummary[]>
  /** Removes one set so that a crash anywhere leaves it either whole or not complete. Called inside `exclusively`. */
  expire(name: string, call: Call): Promise<void>
  /** Runs `work` while no other run publishes or rotates here. */
  exclusively<T>(call: Call, work: () => Promise<T>): Promise<T>
  /**
   * Rejects with `backup/no-set`, `backup/legacy` or `backup/unfinished` when the set has no manifest, `backup/newer` when its version is later than
   * ours, `backup/damaged` when it cannot be understood.
   */
  readManifest(name: string, call: Call): Promise<Manifest>
  /** One object's bytes; `path` as in the manifest, or of a file of ours (`SHA256SUMS`). */
  openObject(name: string, path: string, call: Call): Promise<Readable>
  /** Every file of a set with its size, ours included, relative to the set. */
  listFiles(name: string, call: Call): Promise<readonly { readonly path: string; readonly bytes: number }[]>
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
}

/** A set in the making. Exactly one of `commit` and `abort` ends it. */
export interface SetDraft {
  /** On file systems: the writer gets a descriptor. `done` flushes and closes; `lockFd` is inherited by the writer. */
  readonly openFile?: (path: string, options: { readonly reserveBytes?: number }) => Promise<DraftFile>
  readonly lockFd?: number
  readonly recordProcesses?: (lines: readonly object[]) => void
  /** Elsewhere: the bytes pass through us. The body errors if any stage failed; then nothing is stored. */
  readonly putObject?: (path: string, body: Readable, options: { readonly expectedBytes?: number }, call: Call) => Promise<void>
  /**
   * Writes manifest, SHA256SUMS and RESTORE.md and makes the set complete under the first free name from `wanted` on
   * (`candidateNames`); where the name was taken at `begin` already, under that.
   * Resolves with the name it got. Called inside `exclusively`.
   */
  commit(wanted: Date, facts: ManifestFacts, call: Call): Promise<string>
  /** Removes everything of the draft. Never rejects for what is already gone. */
  abort(): Promise<void>
}

export interface DraftFile {
  readonly fd: number
  /** Flushes the bytes to the device, then closes. */
  flushAndClose(): Promise<void>
  close(): Promise<void>
}

/** What the maker of the set knows; the store adds the name and writes the files. */
export interface ManifestFacts {
  readonly host: string
  readonly runId: string
  readonly task: string
  readonly step: string
  readonly began: Date
  readonly ended: Date
  readonly objects: readonly ObjectRecord[]
}
