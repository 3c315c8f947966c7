import type { OperationContext, Storage } from '../../storage/storage.ts'
import { type Loaded, loadManifest } from '../set/load-manifest.ts'
import type { Manifest } from '../set/manifest.ts'
import { areExactly, areIncluded } from '../set/set-contents.ts'
import type { SetSummary } from '../set/set-store.ts'
import { summaryOf } from '../set/set-summary.ts'
import { listSetKeys } from './list-set-keys.ts'
import { cannotBeComplete, isUnmarked, type StoredSet } from './list-stored-sets.ts'

/**
 * What counts as what, where sets publish by markers. A set is complete when nothing says that it is in the making or on its way out, and the listing hasAll
 * every object of its manifest with its size: a manifest alone, which arrived when all else was removed again, makes no set.
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

/** The listing is authoritative: a set without a listed manifest has none, even if the storage is hard to reach. */
export async function loadListedManifest(storage: Storage, set: StoredSet, call: OperationContext): Promise<Loaded> {
  return cannotBeComplete(set) ? { kind: 'none' } : loadManifest(storage, { set: set.name, paths: set.manifestPaths }, call)
}

/** Whether all objects of a manifest are there with their sizes, whatever the markers say. */
async function isWhole(
  storage: Storage,
  { name, contents }: StoredSet,
  { manifest: { objects }, call }: { readonly manifest: Manifest; readonly call: OperationContext },
): Promise<boolean> {
  if (areExactly(contents, objects)) return true
  // There may be more than the manifest says: then only the keys themselves tell.
  return areIncluded((await listSetKeys(storage, name, call)).files, objects)
}

/** Why the files of a set must stay: they are whole, or it cannot be known now. SetMarkers are not looked at. */
export async function isWorthKeeping(storage: Storage, set: StoredSet, call: OperationContext): Promise<boolean> {
  const loaded = await loadManifest(storage, { set: set.name, paths: set.manifestPaths }, call)
  return loaded.kind === 'ours' ? isWhole(storage, set, { manifest: loaded.manifest, call }) : loaded.kind !== 'none'
}
