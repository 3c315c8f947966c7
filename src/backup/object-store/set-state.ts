import type { OperationContext, Storage } from '../../storage/storage.ts'
import { isAcceptedSet, isAdoptedSet } from '../keep/acceptance.ts'
import { type Loaded, loadManifest } from '../set/load-manifest.ts'
import type { Manifest } from '../set/manifest.ts'
import { metadataPaths } from '../set/metadata-paths.ts'
import { areExactly, areIncluded } from '../set/set-contents.ts'
import type { SetSummary } from '../set/set-store.ts'
import { type StoredState, summaryOf } from '../set/set-summary.ts'
import { sideFilesOn } from '../set/side-files.ts'
import { listSetKeys, type SetKeys } from './list-set-keys.ts'
import { cannotBeComplete, isUnmarked, type StoredSet } from './list-stored-sets.ts'
import { isBeingRemoved, isInProgress } from './markers-of-set.ts'

/**
 * The state of a set that is published by markers. A set is complete if no marker indicates that it is being made or removed, and the listing
 * contains all objects of its manifest with their sizes; it is damaged if only the objects are not all there.
 */
export async function stateOfStoredSet(
  storage: Storage,
  set: StoredSet,
  { isLegacyRoot, call }: { readonly isLegacyRoot: boolean; readonly call: OperationContext },
): Promise<SetSummary> {
  const loaded = await loadListedManifest(storage, set, call)
  return summaryOf(set.name, loaded, {
    isLegacy: isLegacyRoot && set.hasFiles && isUnmarked(set),
    measure: async () => set.bytes,
    isAccepted: () => isAcceptedSet(sideFilesOn(storage), set.name, call),
    isAdoptedBy: (host) => isAdoptedSet(sideFilesOn(storage), { set: set.name, host }, call),
    storedAs: async (manifest) =>
      (await isWhole(storage, set, { manifest, call })) ? 'complete' : stateOfRest(await listSetKeys(storage, set.name, call), manifest),
  })
}

/**
 * The state of a set that was found incomplete, by a later listing: its removal may have begun during the first one. A manifest alone was stored late, after
 * the other files were removed; a published set has had checksums and guide, too.
 */
function stateOfRest({ markers, files }: SetKeys, { objects }: Manifest): StoredState {
  if (isInProgress(markers) || isBeingRemoved(markers)) return 'unfinished'
  const manifest = metadataPaths(objects)['manifest.json']
  if (!files.has(manifest)) return 'unfinished'
  if (areIncluded(files, objects)) return 'complete'
  return [...files.keys()].some((path) => path !== manifest) ? 'damaged' : 'unfinished'
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
