import type { Storage } from '../../storage/storage.ts'
import type { MarkerDeps, MarkerOwner } from './markers.ts'

/** Who clears up on a storage, and by which time. */
export interface SweepContext {
  readonly storage: Storage
  readonly owner: MarkerOwner
  readonly deps: MarkerDeps
  readonly storeNow: Date | undefined
  /** Whether a set counts there without a manifest: then remains cannot be distinguished from what an ancestor wrote. */
  readonly isLegacyRoot: boolean
}
