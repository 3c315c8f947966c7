import type { ArchiveStep } from '../plan/dated-files.ts'

/** What packing is told. */
export interface PackCall {
  readonly step: ArchiveStep
  /** Names in the file are relative to it. */
  readonly root: string
  /** File of names, each ended by NUL. */
  readonly names: string
  /** Open for writing, empty; stays open. */
  readonly fd: number
  /** Kept open by processes that write, so that the lock on it outlives us as long as they do. */
  readonly lockFd: number
}

/** What came of it. The archive is whole in any case. */
export interface Packed {
  /** Names that are not in it after all, as latin1 strings of their bytes. */
  readonly lost: ReadonlySet<string>
}
