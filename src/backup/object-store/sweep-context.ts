import type { Storage } from '../../storage/storage.ts'
import type { MarkerDeps, MarkerOwner } from './marker-files.ts'

/** The dependencies of a sweep. */
export interface SweepContext {
  readonly storage: Storage
  readonly owner: MarkerOwner
  readonly deps: MarkerDeps
  readonly storeNow: Date | undefined
  /** Whether sets count without a manifest: then remains cannot be distinguished from sets of an ancestor. */
  readonly isLegacyRoot: boolean
}
