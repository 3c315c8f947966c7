import type { Key, StoredObject } from '../../storage/storage.ts'
import { BEGIN_MARKERS, EXPIRING_MARKER, LEASES, OBSERVATIONS, SWEEP_MARKERS } from './marker-files.ts'

/** A marker of Holdfast in a set. */
export interface Marker {
  readonly key: Key
  /** The run that stored it, as encoded in the key; empty for a tombstone. */
  readonly run: string
  /** When it was stored, by the store's clock. */
  readonly modified?: Date
}

export type MarkerKind = 'begin' | 'lease' | 'sweep' | 'observation' | 'tombstone'

/**
 * The markers of one set, by kind. `begin`: a run makes the set, or claims its name; with a `lease` of the same run, it makes the set. `sweep`: a run
 * removes the set as a leftover; it does not count meanwhile. `tombstone`: it was decided to remove the set, which therefore does not count.
 * `observation`: the state of another marker as seen by a run, if the store reports no times. A set counts only if `begin` and `lease` of one run are
 * not both present, and it has neither `sweep` nor `tombstone`.
 */
export type SetMarkers = Readonly<Record<MarkerKind, readonly Marker[]>>

const FOLDERS: readonly (readonly [MarkerKind, string])[] = [
  ['begin', BEGIN_MARKERS],
  ['lease', LEASES],
  ['sweep', SWEEP_MARKERS],
  ['observation', OBSERVATIONS],
]

/** The kind and the run of the marker at a path of a set; undefined for files of the set. */
export function markerAt(path: string): { readonly kind: MarkerKind; readonly run: string } | undefined {
  if (path === EXPIRING_MARKER) return { kind: 'tombstone', run: '' }
  const found = FOLDERS.find(([, folder]) => path.startsWith(folder))
  return found && { kind: found[0], run: path.slice(found[1].length) }
}

export type GrowingMarkers = Readonly<Record<MarkerKind, Marker[]>>

export function noMarkers(): GrowingMarkers {
  return { begin: [], lease: [], sweep: [], observation: [], tombstone: [] }
}

/** Adds a key if it is a marker; false for files of the set. */
export function addMarker(markers: GrowingMarkers, path: string, { key, modified }: StoredObject): boolean {
  const at = markerAt(path)
  if (at === undefined) return false
  markers[at.kind].push({ key, run: at.run, ...(modified && { modified }) })
  return true
}

/**
 * Whether a run is making the set: its begin marker and its lease are present. One of them alone has no effect on a complete set: a run may have
 * tried to claim the name, or the marker may have been stored late.
 */
export function isInProgress({ begin, lease }: Pick<SetMarkers, 'begin' | 'lease'>): boolean {
  return begin.some(({ run }) => lease.some((it) => it.run === run))
}

/** Whether a run removes the set, or has decided to: the set does not count, regardless of its files. */
export function isBeingRemoved({ sweep, tombstone }: Pick<SetMarkers, 'sweep' | 'tombstone'>): boolean {
  return sweep.length > 0 || tombstone.length > 0
}

/**
 * Whether the set is removed even if it is complete: a rotation has decided so, or the run that made it began to roll it back before it was
 * published, and may continue at any time.
 */
export function isDecided({ begin, sweep, tombstone }: Pick<SetMarkers, 'begin' | 'sweep' | 'tombstone'>): boolean {
  return tombstone.length > 0 || begin.some(({ run }) => sweep.some((it) => it.run === run))
}

/** The keys of all markers. */
export function keysOfMarkers(markers: SetMarkers): readonly Key[] {
  return Object.values(markers).flatMap((some) => some.map(({ key }) => key))
}
