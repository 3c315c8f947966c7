import { type Key, type OperationContext, type Storage, StorageError, type StoredObject, type WorkRun } from '../../storage/storage.ts'
import { eachCandidate, noFreeName, type SetNameForm } from '../set/set-name.ts'
import { listSetKeys, type SetKeys } from './list-set-keys.ts'
import { beginMarkerOf, leasedOwner, type MarkerDeps, putMarker, timeOf } from './marker-files.ts'

export interface ClaimRequest {
  readonly name: string
  readonly run: WorkRun
  readonly deps: MarkerDeps
}

/** The name of a set, claimed: the run's begin marker is stored in it, and was the only key when it was listed. */
export interface NameClaim {
  readonly name: string
  readonly marker: Key
  /** When the marker was stored, by the store's clock. */
  readonly storeNow: Date | undefined
  /** The same by the clock of this host, or slightly earlier: the term of the lease begins then. */
  readonly claimedMs: number
}

interface FreeNameRequest {
  readonly run: WorkRun & { readonly began: Date }
  readonly deps: MarkerDeps
  readonly present: readonly string[]
  readonly nameForm: SetNameForm
}

/**
 * Claims the first free name: stores the begin marker there, then lists the keys below the name. A run that finds other keys gives the name up, so
 * that at most one of two runs that begin in the same second keeps it. The run whose marker sorts first tries the next second, the other run the
 * second after that, so that they do not meet again. Rejects with `storage/broken` if the listing does not contain the marker.
 */
export async function claimFreeName(storage: Storage, { run, deps, present, nameForm }: FreeNameRequest, call: OperationContext): Promise<NameClaim> {
  let skip = 0
  let unseen = 0
  for (const name of eachCandidate(run.began, present, run.nameForm ?? nameForm)) {
    if (skip > 0) {
      skip -= 1
      continue
    }
    const marker = `${name}/${beginMarkerOf(run.runId)}`
    const others: Key[] = []
    const claimedMs = timeOf(deps).nowMs()
    const check = async () => {
      let own: StoredObject | undefined
      for await (const object of storage.list(`${name}/`, call)) {
        if (object.key === marker) own = object
        else others.push(object.key)
      }
      return own !== undefined && others.length === 0 ? { name, marker, storeNow: own.modified, claimedMs } : undefined
    }
    const claimed = await withClaim(storage, { name, run, deps }, check, call)
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

// For stores whose listings lag by some seconds.
const MOST_UNSEEN = 10
const UNSEEN_MS = 1000

function notListed(label: string): StorageError {
  return new StorageError('broken', `the list of "${label}" does not contain objects that were just stored`, {
    hint: 'The store must return current listings. Check the store, and caches in front of it.',
  })
}

/**
 * Claims a given name: stores the begin marker in the set, then decides by its keys, and by the time of the store, whether it is free. Undefined if it
 * is not; the set is unchanged then.
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
 * Stores the begin marker, and removes it if `check` resolves with undefined, or if anything fails. A marker that cannot be removed now is removed by
 * the next sweep; it does no harm to a set of another run.
 */
async function withClaim<T>(
  storage: Storage,
  { name, run, deps }: ClaimRequest,
  check: () => Promise<T | undefined>,
  call: OperationContext,
): Promise<T | undefined> {
  const marker = `${name}/${beginMarkerOf(run.runId)}`
  let claimed: T | undefined
  try {
    await putMarker(storage, marker, { owner: leasedOwner(deps, run), call })
    claimed = await check()
    return claimed
  } finally {
    if (claimed === undefined) await removeWithRetries(storage, marker)
  }
}

const TRIES = 3

/** With a signal of its own: that of the run may be the reason for the removal. */
export async function removeWithRetries(storage: Storage, key: Key): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    try {
      await storage.remove(key, { signal: AbortSignal.timeout(30_000) })
      return
    } catch {
      // Retried, then left to the next sweep.
    }
  }
}
