import type { OperationContext, Storage } from '../../storage/storage.ts'
import { type Loaded, loadManifest } from '../set/load-manifest.ts'
import type { Manifest } from '../set/manifest.ts'
import { areAmong, areJust } from '../set/set-contents.ts'
import type { SetSummary } from '../set/set-store.ts'
import { summaryOf } from '../set/set-summary.ts'
import { cannotBeComplete, isUnmarked, type MarkedSet } from './list-sets.ts'
import { lookInto } from './set-markers.ts'

/**
 * What counts as what, where sets appear by marks. A set is complete when nothing says that it is in the making or on its way out, and the listing holds
 * every object of its manifest with its size: a manifest alone, which arrived when all else was removed again, makes no set.
 */
export async function stateOfMarked(
  storage: Storage,
  set: MarkedSet,
  { isLegacyRoot, call }: { readonly isLegacyRoot: boolean; readonly call: OperationContext },
): Promise<SetSummary> {
  const loaded = await loadMarked(storage, set, call)
  if (loaded.kind === 'ours' && !(await isWhole(storage, set, { manifest: loaded.manifest, call })))
    return { name: set.name, state: 'unfinished', bytes: set.bytes }
  return summaryOf(set.name, loaded, { isLegacy: isLegacyRoot && set.hasFiles && isUnmarked(set), measure: async () => set.bytes })
}

/** The listing is authoritative: a set without a listed manifest has none, even if the storage is hard to reach. */
export async function loadMarked(storage: Storage, set: MarkedSet, call: OperationContext): Promise<Loaded> {
  return cannotBeComplete(set) ? { kind: 'none' } : loadManifest(storage, { set: set.name, paths: set.manifestPaths }, call)
}

/** Whether all objects of a manifest are there with their sizes, whatever the marks say. */
async function isWhole(
  storage: Storage,
  { name, contents }: MarkedSet,
  { manifest: { objects }, call }: { readonly manifest: Manifest; readonly call: OperationContext },
): Promise<boolean> {
  if (areJust(contents, objects)) return true
  // There may be more than the manifest says: then only the keys themselves tell.
  return areAmong((await lookInto(storage, name, call)).files, objects)
}

/** Why the files of a set must stay: they are whole, or it cannot be known now. Marks are not looked at. */
export async function isWorthKeeping(storage: Storage, set: MarkedSet, call: OperationContext): Promise<boolean> {
  const loaded = await loadManifest(storage, { set: set.name, paths: set.manifestPaths }, call)
  return loaded.kind === 'ours' ? isWhole(storage, set, { manifest: loaded.manifest, call }) : loaded.kind !== 'none'
}
