import { parseSetName } from '../../../backup/set/set-name.ts'
import type { CheckRecord } from '../../../journal/run-record.ts'
import type { AppError } from '../../../lib/errors.ts'
import { setsOf } from '../../../plan/steps/sets-of.ts'
import { type ListedSet, listOwnedSets, type ShownState, type StorageListing, shownState } from '../../sets/list-sets.ts'
import type { LocalData } from '../local-data.ts'
import { storageName } from '../overview/read-overview.ts'
import type { PlanCache } from '../plan-cache.ts'
import { collecting, type WebHost } from '../web-host.ts'

export interface SetPlaceView {
  readonly storage: string
  readonly location: string
  readonly state: ShownState
  /** Whether a set that was made suspicious is to be accepted, or was; null for others. */
  readonly acceptance: 'needed' | 'given' | null
  readonly bytes: number
  readonly objects: number | null
}

/** A set, with all of its locations. */
export interface SetView {
  readonly task: string
  readonly step: string
  readonly name: string
  readonly at: Date
  /** Another host made it. */
  readonly isOfOther: boolean
  readonly places: readonly SetPlaceView[]
  readonly checks: readonly CheckRecord[]
}

/** The result of listing the sets of one step on one storage. */
export interface StepListing {
  readonly storage: string
  /** Whether the listing succeeded; a storage that keeps no sets is never listed. */
  readonly isRead: boolean
  readonly failures: readonly AppError[]
}

export interface SetList {
  readonly at: Date
  readonly sets: readonly SetView[]
  /** Each storage once for each step that stores sets on it. */
  readonly listings: readonly StepListing[]
  readonly failures: readonly AppError[]
}

/** The sets of this host, newest first, listed from its storages and cached: a storage can be slow, and is listed once for all requests. */
export interface Sets {
  list(): Promise<SetList>
  forget(): void
}

const FRESH_MS = 20_000

export function openSets(plans: PlanCache, data: LocalData, host: WebHost): Sets {
  let kept: { readonly list: Promise<SetList>; readonly atMs: number } | undefined
  const read = async (): Promise<SetList> => {
    const plan = await plans.plan()
    const places: StorageListing[] = []
    const listings: StepListing[] = []
    for (const owned of setsOf(plan))
      for (const target of owned.targets) {
        const { failures, host: asked } = collecting(host)
        const before = places.length
        const collected = { ...asked, acceptRoot: false, trustRoot: false }
        await listOwnedSets([{ ...owned, targets: [target] }], (place) => places.push(place), collected)
        listings.push({ storage: storageName(target), isRead: places.length > before, failures })
      }
    const checks = Map.groupBy(await data.journal.checks({}), ({ task, set }) => `${task}\0${set}`)
    const sets = grouped(places, checks).toSorted((a, b) => b.at.getTime() - a.at.getTime() || (a.task < b.task ? -1 : 1))
    return { at: host.clock(), sets, listings, failures: listings.flatMap((it) => it.failures) }
  }
  return {
    list() {
      if (kept !== undefined && performance.now() - kept.atMs < FRESH_MS) return kept.list
      const list = read()
      list.catch(() => {
        kept = undefined
      })
      kept = { list, atMs: performance.now() }
      return list
    },
    forget: () => {
      kept = undefined
    },
  }
}

function grouped(places: readonly StorageListing[], checks: ReadonlyMap<string, readonly CheckRecord[]>): readonly SetView[] {
  const groups = new Map<string, SetView>()
  for (const { owned, storage: location, sets } of places)
    for (const set of sets) {
      const { name } = set
      const key = `${owned.task}\0${owned.step.name}\0${name}`
      const place: SetPlaceView = {
        ...{ storage: storageName(owned.target), location, state: shownState(set), acceptance: acceptanceOf(set) },
        ...{ bytes: Number(set.bytes), objects: set.objects ?? null },
      }
      const known = groups.get(key)
      const fresh = {
        task: owned.task,
        step: owned.step.name,
        name,
        at: parseSetName(name) ?? new Date(0),
        isOfOther: set.isOfOther === true,
        checks: checks.get(`${owned.task}\0${name}`) ?? [],
      }
      groups.set(key, { ...(known ?? fresh), places: [...(known?.places ?? []), place] })
    }
  return [...groups.values()]
}

function acceptanceOf({ isSuspicious, isAccepted }: ListedSet): SetPlaceView['acceptance'] {
  return isSuspicious === true ? 'needed' : isAccepted === true ? 'given' : null
}

/** Identifies a set of this host. */
export function keyOf({ task, step, name }: Pick<SetView, 'task' | 'step' | 'name'>): string {
  return JSON.stringify([task, step, name])
}
