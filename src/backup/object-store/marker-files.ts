import { Readable } from 'node:stream'
import { parseJsonObject } from '../../lib/parse-json.ts'
import { hostId, isThisHost } from '../../process/identity/host-id.ts'
import { identityOf, livenessOf, type ProcessIdentity } from '../../process/identity/process-identity.ts'
import { type Key, type OperationContext, type Storage, StorageError, type WorkRun } from '../../storage/storage.ts'
import { METADATA_FOLDER } from '../set/metadata-paths.ts'
import { readSmallObject } from '../set/read-small-object.ts'
import { hostTime, LEASE, type LeaseTime } from './lease-time.ts'

/** The prefix of begin markers, named after the run that makes the set. Stored once before the first object, removed to publish the set. */
export const BEGIN_MARKERS = `${METADATA_FOLDER}/begin/`
/** The prefix of leases, which the run renews while it makes the set. */
export const LEASES = `${METADATA_FOLDER}/lease/`
/** The prefix of the markers of runs that remove the remains of the set. */
export const SWEEP_MARKERS = `${METADATA_FOLDER}/sweep/`
/** The prefix of observations of a lease with the time by the observer's clock, if the store reports no times. Named after the observer's boot. */
export const OBSERVATIONS = `${METADATA_FOLDER}/seen/`
/** The tombstone: stored when it is decided to remove the set, removed last. */
export const EXPIRING_MARKER = `${METADATA_FOLDER}/expiring`

/** The content of a marker: the run that stored it. */
export interface MarkerOwner extends ProcessIdentity {
  readonly runId: string
  readonly task: string
  readonly host: string
  /**
   * A run that does not renew its lease for this long is considered dead. Absent: it has no lease (earlier versions), and runs on other hosts cannot
   * know whether it is dead.
   */
  readonly leaseSeconds?: number
}

/** How runs are identified, and found dead or alive; tests replace it. */
export interface MarkerDeps {
  readonly ownerOf: (run: WorkRun) => MarkerOwner
  /** Whether the owner is provably dead, without waiting. */
  readonly isDead: (owner: MarkerOwner) => boolean
  /** Whether the owner is visibly alive. Absent: unknown for all. */
  readonly isAlive?: (owner: MarkerOwner) => boolean
  /** Absent: the clock of this host. */
  readonly time?: LeaseTime
}

/**
 * A process of this host, this boot and this PID namespace that does not exist any more is provably dead. Machine ids are cloned with machines, and
 * PIDs have no meaning in another container: there, only the lease counts.
 */
export const hostMarkers: MarkerDeps = {
  ownerOf: ({ runId, task }) => ({ runId, task, host: hostId(), ...identityOf(process.pid) }),
  isDead: (owner) => isThisHost(owner.host) && livenessOf(owner) === 'dead',
  isAlive: (owner) => isThisHost(owner.host) && livenessOf(owner) === 'alive',
}

/** The content of the markers of a run with a lease. */
export function leasedOwner({ ownerOf }: MarkerDeps, run: WorkRun): MarkerOwner {
  return { ...ownerOf(run), leaseSeconds: LEASE.termMs / 1000 }
}

export function timeOf({ time = hostTime }: MarkerDeps): LeaseTime {
  return time
}

/** For work under a marker that is stored now and not renewed: the returned function throws if other runs may soon consider this one dead. */
export function termGuard(deps: MarkerDeps): () => void {
  const time = timeOf(deps)
  const beganMs = time.nowMs()
  return () => {
    if (time.nowMs() - beganMs > LEASE.ownTermMs)
      throw new StorageError('broken', `its removal took longer than ${LEASE.ownTermMs / 60_000} minutes`, {
        hint: 'The next run continues the removal.',
      })
  }
}

/** The id of a run as a part of a key. */
export function keyOfRun(runId: string): string {
  return encodeURIComponent(runId)
}

export function beginMarkerOf(runId: string): string {
  return `${BEGIN_MARKERS}${keyOfRun(runId)}`
}

export async function putMarker(
  storage: Storage,
  key: Key,
  { owner, call }: { readonly owner: MarkerOwner; readonly call: OperationContext },
): Promise<void> {
  await putText(storage, key, { text: `${JSON.stringify(owner)}\n`, call })
}

export async function putText(storage: Storage, key: Key, { text, call }: { readonly text: string; readonly call: OperationContext }): Promise<void> {
  await storage.put(key, Readable.from([Buffer.from(text)], { objectMode: false }), { ...call, kind: 'marker' })
}

/** The run that stored a marker; undefined if the marker does not exist or has invalid content. */
export async function readMarker(storage: Storage, key: Key, call: OperationContext): Promise<MarkerOwner | undefined> {
  const text = await readText(storage, key, call)
  return text === undefined ? undefined : parseOwner(text)
}

/** The text of a marker; undefined if it does not exist. */
export async function readText(storage: Storage, key: Key, call: OperationContext): Promise<string | undefined> {
  try {
    return (await readSmallObject(await storage.get(key, call), { key, mostBytes: MARKER_MAX_BYTES })).toString('utf8')
  } catch (error) {
    if (error instanceof StorageError && error.code === 'storage/not-found') return undefined
    throw error
  }
}

const MARKER_MAX_BYTES = 64 * 1024

function parseOwner(text: string): MarkerOwner | undefined {
  const value = parseJsonObject(text)
  return value !== undefined && 'host' in value && 'runId' in value ? (value as MarkerOwner) : undefined
}
