import { Readable } from 'node:stream'
import { hostId, isThisHost } from '../../process/identity/host.ts'
import { identityOf, judgeProcess, type ProcessIdentity } from '../../process/identity/identity.ts'
import { type Key, type OperationContext, type Storage, StorageError, type WorkRun } from '../../storage/storage.ts'
import { METADATA_FOLDER } from '../set/metadata-paths.ts'
import { readSmall } from '../set/read-small-object.ts'
import { hostTime, LEASE, type LeaseTime } from './lease-time.ts'

/** Below it lies, from before a set's first object until its manifest is there, a marker named after the run that makes the set. Put once. */
export const BEGIN_MARKERS = `${METADATA_FOLDER}/begin/`
/** Below it lies, from the first object on, what the run that makes the set renews as long as it lives. */
export const LEASES = `${METADATA_FOLDER}/lease/`
/** Below it lies a marker of each run that removes what is left over of the set. */
export const SWEEP_MARKERS = `${METADATA_FOLDER}/sweep/`
/** Below it lies what somebody has seen of a lease, and when by his own clock, where the storage tells no times. Named after his boot. */
export const OBSERVATIONS = `${METADATA_FOLDER}/seen/`
/** Lies in a set from the decision to remove it until nothing else of it is there. */
export const EXPIRING_MARKER = `${METADATA_FOLDER}/expiring`

/** What a marker says: who put it. */
export interface MarkerOwner extends ProcessIdentity {
  readonly runId: string
  readonly task: string
  readonly host: string
  /** A run that does not renew its lease for this long may be considered dead. Absent: it has no lease (earlier versions), and other hosts cannot judge it. */
  readonly leaseSeconds?: number
}

/** How runs are distinguished and judged; tests replace it. */
export interface MarkerDeps {
  readonly ownerOf: (run: WorkRun) => MarkerOwner
  /** Whether it is proven that the owner does not live any more, without any waiting. */
  readonly isDead: (owner: MarkerOwner) => boolean
  /** Whether it is seen to live. Absent: of nobody. */
  readonly isAlive?: (owner: MarkerOwner) => boolean
  /** What leases are measured by. Absent: the clock of this host. */
  readonly time?: LeaseTime
}

/**
 * Proven is what we can see: a process of this host, of this boot and of our own pid namespace that is not there any more. Machine ids are copied with
 * machines, and pids mean nothing in another container: of all others, only the lease tells.
 */
export const hostMarkers: MarkerDeps = {
  ownerOf: ({ runId, task }) => ({ runId, task, host: hostId(), ...identityOf(process.pid) }),
  isDead: (owner) => isThisHost(owner.host) && judgeProcess(owner) === 'dead',
  isAlive: (owner) => isThisHost(owner.host) && judgeProcess(owner) === 'alive',
}

/** What a run puts into its markers: who it is, and that it renews its lease. */
export function leasedOwner({ ownerOf }: MarkerDeps, run: WorkRun): MarkerOwner {
  return { ...ownerOf(run), leaseSeconds: LEASE.termMs / 1000 }
}

export function timeOf({ time = hostTime }: MarkerDeps): LeaseTime {
  return time
}

/** A guard for work under a marker that is put from now on and not renewed: it throws when others may soon take the run that put it for dead. */
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

/** A run's name within a key. */
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

/** Who put a marker; undefined when it is gone or says nothing that we understand. */
export async function readMarker(storage: Storage, key: Key, call: OperationContext): Promise<MarkerOwner | undefined> {
  const text = await readText(storage, key, call)
  return text === undefined ? undefined : parseOwner(text)
}

/** What a marker says; undefined when it is gone. */
export async function readText(storage: Storage, key: Key, call: OperationContext): Promise<string | undefined> {
  try {
    return (await readSmall(await storage.get(key, call), { key, mostBytes: MARKER_MAX_BYTES })).toString('utf8')
  } catch (error) {
    if (error instanceof StorageError && error.code === 'storage/not-found') return undefined
    throw error
  }
}

const MARKER_MAX_BYTES = 64 * 1024

function parseOwner(text: string): MarkerOwner | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'host' in value && 'runId' in value ? (value as MarkerOwner) : undefined
  } catch {
    return undefined
  }
}
