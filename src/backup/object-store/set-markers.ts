import type { Key, StoredObject } from '../../storage/storage.ts'
import { BEGIN_MARKERS, EXPIRING_MARKER, LEASES, OBSERVATIONS, SWEEP_MARKERS } from './markers.ts'

/** One of our markers in a set. */
export interface Marker {
  readonly key: Key
  /** Of whom it is, as it stands in the key; empty for a tombstone. */
  readonly run: string
  /** When it was put, by the store's clock. */
  readonly modified?: Date
}

export type MarkerKind = 'begin' | 'lease' | 'sweep' | 'observation' | 'tombstone'

/** The markers of one set, by kind. */
export type SetMarkers = Readonly<Record<MarkerKind, readonly Marker[]>>

const FOLDERS: readonly (readonly [MarkerKind, string])[] = [
  ['begin', BEGIN_MARKERS],
  ['lease', LEASES],
  ['sweep', SWEEP_MARKERS],
  ['observation', OBSERVATIONS],
]

/** What kind of marker lies under a path of a set, and of whom it is; undefined for a file of the set. */
export function markerAt(path: string): { readonly kind: MarkerKind; readonly run: string } | undefined {
  if (path === EXPIRING_MARKER) return { kind: 'tombstone', run: '' }
  const found = FOLDERS.find(([, folder]) => path.startsWith(folder))
  return found && { kind: found[0], run: path.slice(found[1].length) }
}

export type GrowingMarkers = Readonly<Record<MarkerKind, Marker[]>>

export function noMarkers(): GrowingMarkers {
  return { begin: [], lease: [], sweep: [], observation: [], tombstone: [] }
}

/** Notes a key where it is a marker; false where it is a file of the set. */
export function addMarker(markers: GrowingMarkers, path: string, { key, modified }: StoredObject): boolean {
  const at = markerAt(path)
  if (at === undefined) return false
  markers[at.kind].push({ key, run: at.run, ...(modified && { modified }) })
  return true
}

/**
 * Whether a run says that the set is in the making: by its begin marker with its lease beside. Either alone says nothing of a set that is whole: a begin
 * marker may be that of somebody who wanted the name, or arrive late; so may a lease.
 */
export function isInMaking({ begin, lease }: Pick<SetMarkers, 'begin' | 'lease'>): boolean {
  return begin.some(({ run }) => lease.some((it) => it.run === run))
}

/** Whether somebody removes it, or decided to: then it does not count, whatever is in it. */
export function isBeingRemoved({ sweep, tombstone }: Pick<SetMarkers, 'sweep' | 'tombstone'>): boolean {
  return sweep.length > 0 || tombstone.length > 0
}

/**
 * Whether it is to be removed even if it is whole: a rotation has decided so, or the run that made it has begun to take it back before it appeared, and may go
 * on with that at any time.
 */
export function isDecided({ begin, sweep, tombstone }: Pick<SetMarkers, 'begin' | 'sweep' | 'tombstone'>): boolean {
  return tombstone.length > 0 || begin.some(({ run }) => sweep.some((it) => it.run === run))
}

/** The keys of all markers. */
export function keysOfMarkers(markers: SetMarkers): readonly Key[] {
  return Object.values(markers).flatMap((some) => some.map(({ key }) => key))
}
