import { createHash } from 'node:crypto'
import type { Key, OperationContext, Storage } from '../../storage/storage.ts'
import { LEASE } from './lease-time.ts'
import { type MarkerDeps, type MarkerOwner, readMarker, readText } from './markers.ts'
import { isUnchanged } from './observations.ts'
import type { Marker, SetMarkers } from './set-markers.ts'

/** Who judges, and by which time. */
export interface ExpiryContext {
  readonly storage: Storage
  readonly deps: MarkerDeps
  /** A moment of the store's own clock, not later than now: when a marker of ours was put. Absent where the storage tells no times. */
  readonly storeNow?: Date | undefined
}

/** More of them in one set were not put by us. */
const MOST_RUNS = 100
const MIN_TERM_MS = 60_000
const MAX_TERM_MS = 24 * 3600_000

/**
 * Whether every run that has a marker in the set, but for those named, is over: proven dead, or its lease not renewed for its term. That is measured by the
 * store's clock alone, or by ours alone; times of two clocks are never compared.
 */
export async function areExpired(
  context: ExpiryContext,
  { name, markers, except }: { readonly name: string; readonly markers: SetMarkers; readonly except: readonly Key[] },
  call: OperationContext,
): Promise<boolean> {
  const { begin, lease, sweep, tombstone } = markers
  const judged = [
    ...begin.map((marker) => ({ marker, sign: lease.find(({ run }) => run === marker.run) ?? marker })),
    // Who removes goes on by what it has seen, and would remove what comes in its place.
    ...[...sweep, ...tombstone].map((marker) => ({ marker, sign: marker })),
  ].filter(({ marker }) => !except.includes(marker.key))
  if (judged.length > MOST_RUNS) return false
  for (const it of judged) if (!(await isExpired(context, { name, ...it }, call))) return false
  return true
}

/** `marker`: who it is. `sign`: its last sign of life. */
export async function isExpired(
  context: ExpiryContext,
  { name, marker, sign }: { readonly name: string; readonly marker: Marker; readonly sign: Marker },
  call: OperationContext,
): Promise<boolean> {
  const { storage, deps } = context
  const owner = await readMarker(storage, marker.key, call)
  // Tombstones of earlier versions have no lease: what they decided stays decided.
  const isDecided = marker.run === ''
  if (owner === undefined) return isDecided
  if (deps.isDead(owner)) return true
  if (deps.isAlive?.(owner) === true) return false
  const termMs = termOf(owner)
  return termMs === undefined ? isDecided : isUnrenewed(context, { name, sign, termMs }, call)
}

/**
 * Whether a run that removed something under its `sweep` marker is over, and all its removals have arrived: a request that was sent before the run died may be
 * on its way still. So it does not help to know that its process has ended; only the age of the marker counts.
 */
export async function isRemovalSettled(
  context: ExpiryContext,
  { name, marker }: { readonly name: string; readonly marker: Marker },
  call: OperationContext,
): Promise<boolean> {
  const owner = await readMarker(context.storage, marker.key, call)
  if (owner === undefined || (!context.deps.isDead(owner) && context.deps.isAlive?.(owner) === true)) return false
  return isUnrenewed(context, { name, sign: marker, termMs: termOf(owner) ?? LEASE.termMs }, call)
}

async function isUnrenewed(
  { storage, deps, storeNow }: ExpiryContext,
  { name, sign, termMs }: { readonly name: string; readonly sign: Marker; readonly termMs: number },
  call: OperationContext,
): Promise<boolean> {
  if (storeNow !== undefined && sign.modified !== undefined) return storeNow.getTime() - sign.modified.getTime() >= termMs
  const text = await readText(storage, sign.key, call)
  if (text === undefined) return false
  return isUnchanged(storage, { name, what: sign.key, value: digestOf(text), termMs, deps }, call)
}

/** Undefined for who renews nothing, and for what cannot be meant. */
function termOf({ leaseSeconds }: MarkerOwner): number | undefined {
  const termMs = Number(leaseSeconds) * 1000
  return termMs >= MIN_TERM_MS && termMs <= MAX_TERM_MS ? termMs : undefined
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
