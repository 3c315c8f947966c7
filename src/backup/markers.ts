import { Readable } from 'node:stream'
import { hostId, isThisHost } from '../process/host.ts'
import { identityOf, type ProcessIdentity } from '../process/identity.ts'
import { hasEnded } from '../storage/is-alive.ts'
import type { Call, Storage, WorkRun } from '../storage/storage.ts'
import { OWN_FOLDER } from './own-paths.ts'
import { readSmall } from './read-small.ts'

/** Below it lies, from before a set's first object until its manifest is there, a marker named after the run that makes the set. */
export const BEGIN_MARKERS = `${OWN_FOLDER}/begin/`
/** Lies in a set from the decision to remove it until nothing else of it is there. */
export const EXPIRING_MARKER = `${OWN_FOLDER}/expiring`

/** What a marker says: who put it. */
export interface MarkerOwner extends ProcessIdentity {
  readonly runId: string
  readonly task: string
  readonly host: string
}

/** How runs are told apart and judged; tests put their own in its place. */
export interface MarkerDeps {
  readonly ownerOf: (run: WorkRun) => MarkerOwner
  readonly isDead: (owner: MarkerOwner) => boolean
}

/**
 * An owner is dead when it is of this host and its process has ended. Of one on another host, or in another pid namespace, nothing can be known, so its sets stay:
 * that host's own next run removes them.
 */
export const hostMarkers: MarkerDeps = {
  ownerOf: ({ runId, task }) => ({ runId, task, host: hostId(), ...identityOf(process.pid) }),
  isDead: (owner) => isThisHost(owner.host) && hasEnded(owner),
}

export function beginMarkerOf(runId: string): string {
  return `${BEGIN_MARKERS}${encodeURIComponent(runId)}`
}

export async function putMarker(storage: Storage, key: string, content: { readonly owner: MarkerOwner; readonly call: Call }): Promise<void> {
  const body = Readable.from([Buffer.from(`${JSON.stringify(content.owner)}\n`)], { objectMode: false })
  await storage.put(key, body, { ...content.call, kind: 'marker' })
}

/** Who put a marker; undefined when it is gone or says nothing that we understand. */
export async function readMarker(storage: Storage, key: string, call: Call): Promise<MarkerOwner | undefined> {
  const bytes = await readSmall(await storage.get(key, call), { key, mostBytes: MARKER_MAX_BYTES })
  return parseOwner(bytes.toString('utf8'))
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
