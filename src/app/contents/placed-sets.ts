import { chooseSet } from '../../backup/set/choose-set.ts'
import { bySetName } from '../../backup/set/set-name.ts'
import type { SetStore, SetSummary } from '../../backup/set/set-store.ts'
import { isWhole, wasPublished } from '../../backup/set/standing.ts'
import { AppError } from '../../lib/errors.ts'
import type { OwnedSets, OwnedTarget } from '../../plan/steps/sets-of.ts'
import type { Host } from '../host/host.ts'
import { type OpeningHost, openSetsToRead } from '../host/wire.ts'
import { localFirst, nothingFound, severalFound } from '../sets/find-set.ts'

/** An opened storage with the sets of a step. */
export interface OpenPlace {
  readonly owned: OwnedTarget
  readonly sets: SetStore
  readonly present: readonly SetSummary[]
}

/** A published set, with all storages that have it: those on which it is whole first, then local ones. */
export interface PlacedSet {
  readonly task: string
  readonly step: OwnedSets['step']
  readonly summary: SetSummary
  readonly places: readonly OpenPlace[]
}

export interface PlacedSets {
  /** Newest first. */
  readonly sets: readonly PlacedSet[]
  readonly places: readonly OpenPlace[]
  /** Whether every storage could be read; a failure was reported to the host otherwise. */
  readonly isWhole: boolean
}

/** Opens all storages of these sets for `work`, and closes them. A storage that cannot be read is a failure reported to `host`; the others are used. */
export async function withPlacedSets<T>(owned: readonly OwnedSets[], host: Host & OpeningHost, work: (placed: PlacedSets) => Promise<T>): Promise<T> {
  const opened: OpenPlace[] = []
  const closing: (() => Promise<void>)[] = []
  let isWhole = true
  try {
    for (const { targets, ...sets } of owned)
      for (const target of localFirst(targets)) {
        const place = await openPlace({ ...sets, target }, { closing, host })
        if (place === 'failed') isWhole = false
        else if (place !== undefined) opened.push(place)
      }
    return await work({ sets: setsIn(opened), places: opened, isWhole })
  } finally {
    for (const close of closing) await close().catch(() => undefined)
  }
}

interface Opening {
  readonly closing: (() => Promise<void>)[]
  readonly host: Host & OpeningHost
}

/** Undefined for a storage that keeps nothing. */
async function openPlace(owned: OwnedTarget, { closing, host }: Opening): Promise<OpenPlace | 'failed' | undefined> {
  try {
    const { sets, close } = await openSetsToRead(owned.target.storage, host)
    closing.push(close)
    return sets.keeps ? { owned, sets, present: await sets.list({ signal: host.signals.stop }) } : undefined
  } catch (error) {
    if (!(error instanceof AppError) || host.signals.stop.aborted) throw error
    host.fail(error)
    return 'failed'
  }
}

function setsIn(places: readonly OpenPlace[]): readonly PlacedSet[] {
  const sets = new Map<string, PlacedSet>()
  for (const place of places) {
    const { task, step } = place.owned
    for (const summary of place.present) {
      if (!wasPublished(summary)) continue
      const key = JSON.stringify([task, step.name, summary.name])
      const known = sets.get(key) ?? { task, step, summary, places: [] }
      const isBetter = isWhole(summary) && !isWhole(known.summary)
      const places = isBetter ? [place, ...known.places] : [...known.places, place]
      sets.set(key, { ...known, summary: isBetter ? summary : known.summary, places })
    }
  }
  return [...sets.values()].toSorted((a, b) => bySetName(b.summary, a.summary))
}

/** The sets selected by a name, `latest` or a time, at most one of each step. In the order of `sets`. */
export function chosenPerStep(sets: readonly PlacedSet[], wanted: string): readonly PlacedSet[] {
  const byStep = Map.groupBy(sets, ({ task, step }) => JSON.stringify([task, step.name]))
  const chosen = [...byStep.values()].map((some) =>
    chooseSet(
      some.map(({ summary }) => summary),
      wanted,
    ),
  )
  return sets.filter(({ summary }) => chosen.includes(summary))
}

/** The only one of them. Throws if no step or several steps have one. */
export function onlySet(sets: readonly PlacedSet[], wanted: string): PlacedSet {
  const found = chosenPerStep(sets, wanted)
  const [first, second] = found
  if (first === undefined) throw nothingFound(wanted)
  if (second !== undefined) throw severalFound(found.map(({ task }) => task))
  return first
}
