import type { IndexPlaces } from '../../../backup/contents/index/index-places.ts'
import { listByIndex } from '../../../backup/contents/list-contents.ts'
import type { EntryConsumer, Listing } from '../../../backup/contents/listing.ts'
import { decideRestore, type StoredRecord } from '../../../backup/restore/restore-jobs.ts'
import { setsOf } from '../../../plan/steps/sets-of.ts'
import { stateFolder } from '../../host/state-folder.ts'
import { eachSetStore } from '../../sets/each-set-store.ts'
import { restoreKeys } from '../../sets/restore-keys.ts'
import { storageName } from '../overview/read-overview.ts'
import type { PlanCache } from '../plan-cache.ts'
import { collecting, type WebHost } from '../web-host.ts'
import { openIndexesBeside } from './indexes-beside.ts'
import { openObjectsCache } from './objects-cache.ts'
import { keyOf, type Sets, type SetView } from './set-list.ts'

/** The contents of sets, from their indexes: the server itself reads no object. */
export interface WebContents {
  /** The objects of a set. Rejects if its manifest cannot be read on any storage; empty without a manifest. */
  objectsOf(view: SetView, storage: string | undefined): Promise<readonly StoredRecord[]>
  /** Undefined if the object has no index; `unlisted` if one may be on a storage that cannot be read, `unreadable` if no other storage has the set. */
  list(view: SetView, record: StoredRecord, consumer: EntryConsumer): Promise<Listing | undefined>
  /** Whether the key of an encrypted object is not on this host. */
  isLocked(record: StoredRecord): Promise<boolean>
  readonly sets: Sets
  /** Aborted when the server stops. */
  readonly signal: AbortSignal
}

// Sets are immutable: the last ones that were read are kept, up to this number of objects.
const KEPT_OBJECTS = 20_000

export function openWebContents({ plans, sets }: { readonly plans: PlanCache; readonly sets: Sets }, host: WebHost): WebContents {
  const folder = stateFolder(host.env, host.uid)
  const known = openObjectsCache(KEPT_OBJECTS)
  const call = { signal: host.signals.stop }
  const ownedOf = async ({ task, step }: SetView, storage: string | undefined) =>
    setsOf(await plans.plan())
      .filter((it) => it.task === task && it.step.name === step)
      .map((it) => ({ ...it, targets: it.targets.filter((target) => storage === undefined || storageName(target) === storage) }))
  const beside = openIndexesBeside((view) => ownedOf(view, undefined), host)
  return {
    sets,
    signal: host.signals.stop,
    async objectsOf(view, storage) {
      const key = keyOf(view)
      const kept = known.get(key)
      if (kept !== undefined) return kept
      const collected = collecting(host)
      let found: readonly StoredRecord[] | undefined
      await eachSetStore(await ownedOf(view, storage), collected.host, async (store) => {
        found ??= (await store.readManifest(view.name, call)).objects
      })
      if (found !== undefined) {
        const objects = found.map(slim)
        known.keep(key, objects)
        return objects
      }
      const failure = collected.failures.find(({ code }) => code !== 'backup/legacy')
      if (failure !== undefined) throw failure
      return []
    },
    async list(view, record, consumer) {
      for (const { location } of view.places) {
        const places: IndexPlaces = { sets: { label: location }, stateFolder: folder }
        const listing = await listByIndex({ places, set: view.name, record }, consumer, call)
        if (listing !== undefined) return listing
      }
      return beside.list(view, record, consumer)
    },
    async isLocked(record) {
      const keys = await restoreKeys({}, await plans.plan(), host)
      return decideRestore([record], { objects: [], archivesOnly: false, raw: false, keys }).problems.some(({ kind }) => kind === 'key')
    },
  }
}

/** What a listing needs. */
function slim({ path, bytes, sha256, kind, source, filters, facts }: StoredRecord): StoredRecord {
  return {
    ...{ path, bytes, filters },
    ...(sha256 !== undefined && { sha256 }),
    ...(kind !== undefined && { kind }),
    ...(source !== undefined && { source }),
    ...(facts !== undefined && { facts }),
  }
}
