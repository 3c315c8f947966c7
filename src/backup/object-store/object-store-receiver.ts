import { Readable } from 'node:stream'
import type { OperationContext, Storage } from '../../storage/storage.ts'
import { BackupError } from '../set/errors.ts'
import { isMetadataPath } from '../set/metadata-paths.ts'
import { setTaken } from '../set/set-name.ts'
import type { SetReceiver } from '../set/set-store.ts'
import { isDamaged } from '../set/standing.ts'
import { type ClaimRequest, claimGivenName, removeWithRetries } from './claim-set-name.ts'
import { areExpired } from './expired-markers.ts'
import { leaseKey } from './lease.ts'
import { type LeasedSet, openLeasedSet } from './leased-set.ts'
import { listSetKeys, type SetKeys } from './list-set-keys.ts'
import { findStoredSet, listStoredSets, type StoredSet } from './list-stored-sets.ts'
import { beginMarkerOf, leasedOwner, putMarker } from './marker-files.ts'
import { isBeingRemoved, isInProgress, keysOfMarkers } from './markers-of-set.ts'
import { removeLeftover } from './remove-leftover.ts'
import { stateOfStoredSet } from './set-state.ts'
import { isOldFor, sweepSets } from './sweep-sets.ts'

export interface ReceiveRequest extends ClaimRequest {
  readonly isLegacyRoot: boolean
  /** Whether to remove the remains of dead runs on the storage, too. */
  readonly sweeps: boolean
  /** Whether the set is stored there, damaged, and is to be completed. */
  readonly isAgain: boolean
}

/**
 * Receives a copied set on a storage without rename. The markers are stored before the first file, and removed last. The remains of a dead run with
 * the same set are reused: its markers are removed after those of this run were stored, so that the set always has a marker. The files of a damaged set
 * are reused, too: it is unfinished until it is complete, and damaged again if this fails.
 */
export async function receiveOnObjectStore(storage: Storage, request: ReceiveRequest, call: OperationContext): Promise<SetReceiver> {
  const { name, run, deps, isLegacyRoot } = request
  const owner = leasedOwner(deps, run)
  await finishRemoval(storage, request, call)
  if (!(await isNameAvailable(storage, request, call))) throw setTaken(name, storage.label)
  const isFree = async (listed: SetKeys, storeNow: Date | undefined) =>
    (await areExpired({ storage, deps, storeNow }, { name, markers: listed.markers, except: [`${name}/${beginMarkerOf(run.runId)}`] }, call)) &&
    (await isNameAvailable(storage, request, call))
  const claimed = await claimGivenName(storage, { name, run, deps, isFree }, call)
  if (claimed === undefined) throw setTaken(name, storage.label)
  const { listed, storeNow } = claimed
  const set = await openLeasedSet(storage, { claimed, owner, deps, isLegacyRoot }, call)
  try {
    for (const key of keysOfMarkers(listed.markers)) if (key !== claimed.marker) await storage.remove(key, call)
    if (request.sweeps) {
      const others = (await listStoredSets(storage, call)).filter((set) => set.name !== name && !isResumable(set, storeNow))
      await sweepSets(others, { storage, owner, deps, storeNow, isLegacyRoot }, call)
    }
    call.failpoint?.('copy-begun')
    set.expect(listed.files)
    return receiverOf(storage, { set, present: listed.files, request })
  } catch (error) {
    await (request.isAgain ? giveUp(storage, set, request) : set.lease.end())
    throw error
  }
}

/** Removes only the claim of this run: the set remains damaged. */
async function giveUp(storage: Storage, { lease }: LeasedSet, { name, run }: ReceiveRequest): Promise<void> {
  await lease.end()
  await removeWithRetries(storage, `${name}/${beginMarkerOf(run.runId)}`)
  await removeWithRetries(storage, leaseKey({ name, owner: run }))
}

/** A later copy can continue from the files of an interrupted one. */
function isResumable(set: StoredSet, storeNow: Date | undefined): boolean {
  return isInProgress(set.markers) && !isBeingRemoved(set.markers) && !isOldFor(set, storeNow)
}

interface ReceivingSet {
  readonly set: LeasedSet
  readonly present: ReadonlyMap<string, number>
  readonly request: ReceiveRequest
}

function receiverOf(storage: Storage, { set, present, request }: ReceivingSet): SetReceiver {
  const { name, run, deps, isAgain } = request
  /** Rejects unless only this run has a marker in the set and no file is missing. */
  const assertIntact = async (work: () => Promise<void>, call: OperationContext) => {
    const marker = `${name}/${beginMarkerOf(run.runId)}`
    try {
      await work()
      const { begin } = (await listSetKeys(storage, name, call)).markers
      if (begin.some(({ key }) => key !== marker)) throw setTaken(name, storage.label)
    } catch (error) {
      if (!(error instanceof BackupError)) throw error
      const { begin } = (await listSetKeys(storage, name, call)).markers
      // Without a marker, the set would count on a storage that requires no manifest.
      if (!begin.some(({ key }) => key === marker)) await putMarker(storage, marker, { owner: leasedOwner(deps, run), call })
      throw new BackupError('taken', error.message, { cause: error, hint: error.hint })
    }
  }
  return {
    present,
    async put(path, body, call) {
      await set.put(path, body, { ...call, kind: isMetadataPath(path) ? 'metadata' : 'object' })
    },
    get: (path, call) => storage.get(`${name}/${path}`, call),
    async remove(path, call) {
      set.forget(path)
      await storage.remove(`${name}/${path}`, call)
    },
    async publish(manifest, call) {
      await assertIntact(() => set.assertIntact(call), call)
      if (manifest) await set.put(manifest.path, Readable.from([Buffer.from(manifest.text)], { objectMode: false }), { ...call, kind: 'metadata' })
      call.failpoint?.('copy-manifest-written')
      await set.publish(call)
      call.failpoint?.('copy-marker-removed')
      await set.confirm(call)
    },
    // The set does not count because of its markers; the next copy continues it, or the next run removes it.
    leave: () => (isAgain ? giveUp(storage, set, request) : set.lease.end()),
    async abort() {
      try {
        await (isAgain ? giveUp(storage, set, request) : set.rollBack())
      } catch {
        // The set does not count, and a later run removes it; the original error must be reported, not this one.
      }
    },
  }
}

/**
 * Whether a set can be received under the name: it has no keys, or only those of an unfinished set. Not a complete set; a damaged one only if it is to be
 * completed. The owners of markers are not checked here.
 */
async function isNameAvailable(storage: Storage, { name, isLegacyRoot, isAgain }: ReceiveRequest, call: OperationContext): Promise<boolean> {
  const set = await findStoredSet(storage, name, call)
  if (set === undefined) return true
  if (isAgain && isDamaged(await stateOfStoredSet(storage, set, { isLegacyRoot, call }))) return true
  if (set.markers.tombstone.length > 0) return false
  if (!set.hasFiles || isInProgress(set.markers)) return true
  // A begin marker alone belongs to a run that tried to claim the name; the files are not of that run.
  return !isLegacyRoot && set.manifestPaths.length === 0
}

/** Completes the removal that a dead run began. A live run would continue its removal, and remove the received files. */
async function finishRemoval(storage: Storage, { name, run, deps, isLegacyRoot }: ReceiveRequest, call: OperationContext): Promise<void> {
  const { markers } = await listSetKeys(storage, name, call)
  if (markers.tombstone.length === 0 || !(await areExpired({ storage, deps }, { name, markers, except: [] }, call))) return
  await removeLeftover(name, { storage, owner: leasedOwner(deps, run), deps, storeNow: undefined, isLegacyRoot }, call)
}
