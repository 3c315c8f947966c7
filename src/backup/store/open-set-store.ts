import type { StorageSpec } from '../../plan/plan.ts'
import type { Storage } from '../../storage/storage.ts'
import type { MarkerDeps } from '../object-store/marker-files.ts'
import { objectStoreSets } from '../object-store/object-store-sets.ts'
import type { SetStore } from '../set/set-store.ts'
import { discardSets } from './discard-sets.ts'
import { filesystemSets } from './filesystem-sets.ts'

/** The sets on an open storage, by the implementation that suits it. Accesses nothing yet; the caller closes the storage. */
export function openSetStore(storage: Storage, spec: StorageSpec, deps?: MarkerDeps): SetStore {
  if (spec.kind === 'null') return discardSets(storage.label)
  const { folders } = storage
  if (folders !== undefined) return filesystemSets({ ...storage, folders }, spec)
  return objectStoreSets(storage, spec, deps)
}
