import type { Call, Key, Storage, WorkRun } from '../storage/storage.ts'
import { BEGIN_MARKERS, beginMarkerOf, EXPIRING_MARKER, type MarkerDeps, putMarker, readMarker } from './markers.ts'

export interface Claiming {
  readonly name: string
  readonly run: WorkRun
  readonly deps: MarkerDeps
}

/** What lies in a set, but for one marker. */
export interface Found {
  /** The set's files with their sizes. */
  readonly present: Map<string, number>
  /** The keys of all other markers. */
  readonly others: readonly Key[]
  /** Whether the one marker is there. */
  readonly isMarked: boolean
}

/**
 * Puts our begin marker into a set that is free, then looks again whether it still is: whoever sees a marker of somebody alive steps back, so that of two
 * who meet at most one goes on. Undefined when it is not free; then nothing of the set has changed.
 */
export async function claimMarked(
  storage: Storage,
  { name, run, deps, isFree }: Claiming & { readonly isFree: (found: Found) => Promise<boolean> },
  call: Call,
): Promise<(Found & { readonly marker: Key }) | undefined> {
  // Who puts a marker into a complete set and is killed has unmade it.
  if (!(await isFree(await lookInto(storage, { name, marker: undefined }, call)))) return undefined
  const marker = `${name}/${beginMarkerOf(run.runId)}`
  await putMarker(storage, marker, { owner: deps.ownerOf(run), call })
  let isOurs = false
  try {
    const found = await lookInto(storage, { name, marker }, call)
    isOurs = found.isMarked && (await isFree(found))
    return isOurs ? { ...found, marker } : undefined
  } finally {
    if (!isOurs) await storage.remove(marker, call)
  }
}

export async function lookInto(
  storage: Storage,
  { name, marker }: { readonly name: string; readonly marker: Key | undefined },
  call: Call,
): Promise<Found> {
  const present = new Map<string, number>()
  const others: Key[] = []
  let isMarked = false
  for await (const { key, bytes } of storage.list(`${name}/`, call)) {
    const path = key.slice(name.length + 1)
    if (key === marker) isMarked = true
    else if (path.startsWith(BEGIN_MARKERS) || path === EXPIRING_MARKER) others.push(key)
    else present.set(path, bytes)
  }
  return { present, others, isMarked }
}

/** Whether each of them was put by somebody who is dead. */
export async function areDead(
  storage: Storage,
  { markers, deps }: { readonly markers: readonly Key[]; readonly deps: MarkerDeps },
  call: Call,
): Promise<boolean> {
  for (const key of markers) {
    const owner = await readMarker(storage, key, call)
    if (owner === undefined || !deps.isDead(owner)) return false
  }
  return true
}
