import type { OperationContext, Storage } from '../../storage/storage.ts'
import { type Loaded, loadManifest } from '../set/load-manifest.ts'
import type { Manifest } from '../set/manifest.ts'
import { areExactly, areIncluded } from '../set/set-contents.ts'
import type { SetSummary } from '../set/set-store.ts'
import { summaryOf } from '../set/set-summary.ts'
import { listSetKeys } from './list-set-keys.ts'
import { cannotBeComplete, isUnmarked, type StoredSet } from './list-stored-sets.ts'

/**
 * The state of a set that is published by markers. A set is complete if no marker indicates that it is being made or removed, and the listing
 * contains all objects of its manifest with their sizes: a manifest alone, stored late after the other files were removed, is not a set.
 */
export async function stateOfStoredSet(
  storage: Storage,
  set: StoredSet,
  { isLegacyRoot, call }: { readonly isLegacyRoot: boolean; readonly call: OperationContext },
): Promise<SetSummary> {
  const loaded = await loadListedManifest(storage, set, call)
  if (loaded.kind === 'ours' && !(await isWhole(storage, set, { manifest: loaded.manifest, call })))
    return { name: set.name, state: 'unfinished', bytes: set.bytes }
  return summaryOf(set.name, loaded, { isLegacy: isLegacyRoot && set.hasFiles && isUnmarked(set), measure: async () => set.bytes })
}

/** The listing is authoritative: without a manifest in it, the set has none, even if the storage is hard to reach. */
export async function loadListedManifest(storage: Storage, set: StoredSet, call: OperationContext): Promise<Loaded> {
  return cannotBeComplete(set) ? { kind: 'none' } : loadManifest(storage, { set: set.name, paths: set.manifestPaths }, call)
}

/** Whether all objects of a manifest are stored with their sizes, regardless of markers. */
async function isWhole(
  storage: Storage,
  { name, contents }: StoredSet,
  { manifest: { objects }, call }: { readonly manifest: Manifest; readonly call: OperationContext },
): Promise<boolean> {
  if (areExactly(contents, objects)) return true
  // There may be additional files: then the paths must be compared.
  return areIncluded((await listSetKeys(storage, name, call)).files, objects)
}

/** Whether the files of a set must be kept: they are complete, or their state is unknown at the moment. Markers are not considered. */
export async function isWorthKeeping(storage: Storage, set: StoredSet, call: OperationContext): Promise<boolean> {
  const loaded = await loadManifest(storage, { set: set.name, paths: set.manifestPaths }, call)
  return loaded.kind === 'ours' ? isWhole(storage, set, { manifest: loaded.manifest, call }) : loaded.kind !== 'none'
}
