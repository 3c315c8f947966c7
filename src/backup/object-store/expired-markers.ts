import { createHash } from 'node:crypto'
import type { Key, OperationContext, Storage } from '../../storage/storage.ts'
import { LEASE } from './lease-time.ts'
import { type MarkerDeps, type MarkerOwner, readMarker, readText } from './marker-files.ts'
import type { Marker, SetMarkers } from './markers-of-set.ts'
import { isUnchanged } from './observations.ts'

/** How the age of markers is measured. */
export interface ExpiryContext {
  readonly storage: Storage
  readonly deps: MarkerDeps
  /** A time of the store's own clock, not later than now: when this run stored a marker. Absent if the store reports no times. */
  readonly storeNow?: Date | undefined
}

/** A set with more markers was not made by Holdfast alone. */
const MOST_RUNS = 100
const MIN_TERM_MS = 60_000
const MAX_TERM_MS = 24 * 3600_000

/**
 * Whether all runs with a marker in the set, except for the markers in `except`, have ended: provably dead, or without a renewal of the lease during
 * its term. The term is measured either by the store's clock or by the clock of this host; times of two clocks are never compared.
 */
export async function areExpired(
  context: ExpiryContext,
  { name, markers, except }: { readonly name: string; readonly markers: SetMarkers; readonly except: readonly Key[] },
  call: OperationContext,
): Promise<boolean> {
  const { begin, lease, sweep, tombstone } = markers
  const considered = [
    ...begin.map((marker) => ({ marker, sign: lease.find(({ run }) => run === marker.run) ?? marker })),
    // A run that removes keys uses an earlier listing, and could remove keys that are stored now.
    ...[...sweep, ...tombstone].map((marker) => ({ marker, sign: marker })),
  ].filter(({ marker }) => !except.includes(marker.key))
  if (considered.length > MOST_RUNS) return false
  for (const it of considered) if (!(await isExpired(context, { name, ...it }, call))) return false
  return true
}

/** `marker`: of the run in question. `sign`: its last sign of life. */
export async function isExpired(
  context: ExpiryContext,
  { name, marker, sign }: { readonly name: string; readonly marker: Marker; readonly sign: Marker },
  call: OperationContext,
): Promise<boolean> {
  const { storage, deps } = context
  const owner = await readMarker(storage, marker.key, call)
  // Tombstones of earlier versions have no lease; the removal is completed.
  const isDecided = marker.run === ''
  if (owner === undefined) return isDecided
  if (deps.isDead(owner)) return true
  if (deps.isAlive?.(owner) === true) return false
  const termMs = termOf(owner)
  return termMs === undefined ? isDecided : isUnrenewed(context, { name, sign, termMs }, call)
}

/**
 * Whether a run that removed keys under its `sweep` marker has ended, and all its requests have been processed. A request sent before the run died
 * may still arrive, so a dead process is no proof: only the age of the marker counts.
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

/** Whether the runs that stored these markers have certainly ended. Otherwise they may only be stopped, and continue. */
export async function areProvenDead(
  markers: readonly Marker[],
  { context: { storage, deps }, call }: { readonly context: Pick<ExpiryContext, 'storage' | 'deps'>; readonly call: OperationContext },
): Promise<boolean> {
  const owners = await Promise.all(markers.map(({ key }) => readMarker(storage, key, call)))
  return owners.every((owner) => owner !== undefined && deps.isDead(owner))
}

/** How long a tombstone is kept if requests may still arrive, or a stopped run may continue. */
const TOMBSTONE_MS = 3600_000

/** Whether a tombstone has been stored for so long that nothing arrives any more. False if the store reports no times. */
export function isTombstoneSettled({ modified }: Marker, storeNow: Date | undefined): boolean {
  return storeNow !== undefined && modified !== undefined && storeNow.getTime() - modified.getTime() >= TOMBSTONE_MS
}

/** The same for a tombstone that is the only key of a set. On a store that reports no times, the hour begins when it is first observed. */
export async function isTombstoneOver(
  context: ExpiryContext,
  { name, marker }: { readonly name: string; readonly marker: Marker },
  call: OperationContext,
): Promise<boolean> {
  return isUnrenewed(context, { name, sign: marker, termMs: TOMBSTONE_MS }, call)
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

/** Undefined without a lease, and for invalid terms. */
function termOf({ leaseSeconds }: MarkerOwner): number | undefined {
  const termMs = Number(leaseSeconds) * 1000
  return termMs >= MIN_TERM_MS && termMs <= MAX_TERM_MS ? termMs : undefined
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
