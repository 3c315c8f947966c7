import { type Key, type OperationContext, type Storage, StorageError, type StoredObject, type WorkRun } from '../../storage/storage.ts'
import { eachCandidate, noFreeName } from '../set/set-name.ts'
import { listSetKeys, type SetKeys } from './list-set-keys.ts'
import { beginMarkerOf, leasedOwner, type MarkerDeps, putMarker, timeOf } from './markers.ts'

export interface ClaimRequest {
  readonly name: string
  readonly run: WorkRun
  readonly deps: MarkerDeps
}

/** A name that is ours: our begin marker is in the set, and was there alone when we looked. */
export interface NameClaim {
  readonly name: string
  readonly marker: Key
  /** When the marker was put, by the store's clock. */
  readonly storeNow: Date | undefined
  /** The same by ours, or a little earlier: from then on it counts how long we have not been heard of. */
  readonly claimedMs: number
}

interface FreeNameRequest {
  readonly run: WorkRun & { readonly began: Date }
  readonly deps: MarkerDeps
  readonly present: readonly string[]
}

/**
 * Takes the first free name: puts our marker there, then lists the others. A run that sees another's key steps back, so that of two runs in one
 * second at most one stays; the one whose marker sorts first tries the next second, the other the one after it, so that they part. Rejects with
 * `storage/broken` where the listing does not show what was put.
 */
export async function claimFreeName(storage: Storage, { run, deps, present }: FreeNameRequest, call: OperationContext): Promise<NameClaim> {
  let skip = 0
  let unseen = 0
  for (const name of eachCandidate(run.began, present)) {
    if (skip > 0) {
      skip -= 1
      continue
    }
    const marker = `${name}/${beginMarkerOf(run.runId)}`
    const others: Key[] = []
    const claimedMs = timeOf(deps).nowMs()
    const listed = async () => {
      let own: StoredObject | undefined
      for await (const object of storage.list(`${name}/`, call)) {
        if (object.key === marker) own = object
        else others.push(object.key)
      }
      return own !== undefined && others.length === 0 ? { name, marker, storeNow: own.modified, claimedMs } : undefined
    }
    const claimed = await withClaim(storage, { name, run, deps }, listed, call)
    if (claimed !== undefined) return claimed
    if (others.length === 0) {
      unseen += 1
      if (unseen === MOST_UNSEEN) throw notListed(storage.label)
      await timeOf(deps).pause(UNSEEN_MS, call.signal)
    }
    skip = others.filter((key) => key < marker).length
  }
  throw noFreeName(run.began)
}

// A store that shows what was put some seconds later.
const MOST_UNSEEN = 10
const UNSEEN_MS = 1000

function notListed(label: string): StorageError {
  return new StorageError('broken', `the list of "${label}" does not contain objects that were stored just before`, {
    hint: 'Sets need a store whose lists are current. Check the store, and caches in front of it.',
  })
}

/**
 * Puts our begin marker into a set that is free, then looks again whether it still is. Undefined when it is not; then nothing of the set has changed.
 * `isFree` is asked before too, without a time of the store: what can be seen at once to be taken is not touched.
 */
export async function claimGivenName(
  storage: Storage,
  { isFree, ...of }: ClaimRequest & { readonly isFree: (listed: SetKeys, storeNow: Date | undefined) => Promise<boolean> },
  call: OperationContext,
): Promise<(NameClaim & { readonly listed: SetKeys }) | undefined> {
  const { name, run } = of
  const claimedMs = timeOf(of.deps).nowMs()
  const marker = `${name}/${beginMarkerOf(run.runId)}`
  return withClaim(
    storage,
    of,
    async () => {
      const listed = await listSetKeys(storage, name, call)
      const own = listed.markers.begin.find(({ key }) => key === marker)
      if (own === undefined || !(await isFree(listed, own.modified))) return undefined
      return { name, marker, storeNow: own.modified, claimedMs, listed }
    },
    call,
  )
}

/**
 * Has our begin marker in a set while `listed` decides whether it stays there. Otherwise, and whatever fails, it goes: in a set of somebody else it says
 * nothing, and yet it has no business there. Where it cannot be removed now, the next run that clears up removes it, and nothing else.
 */
async function withClaim<T>(
  storage: Storage,
  { name, run, deps }: ClaimRequest,
  listed: () => Promise<T | undefined>,
  call: OperationContext,
): Promise<T | undefined> {
  const marker = `${name}/${beginMarkerOf(run.runId)}`
  let claimed: T | undefined
  try {
    await putMarker(storage, marker, { owner: leasedOwner(deps, run), call })
    claimed = await listed()
    return claimed
  } finally {
    if (claimed === undefined) await removeWithRetries(storage, marker)
  }
}

const TRIES = 3

/** Not under the run's own signal, which may be why. */
export async function removeWithRetries(storage: Storage, key: Key): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    try {
      await storage.remove(key, { signal: AbortSignal.timeout(30_000) })
      return
    } catch {
      // Tried again, then left to the next sweep.
    }
  }
}
