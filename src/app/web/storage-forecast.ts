import type { Journal } from '../../journal/journal.ts'
import { DAY_MS } from '../../lib/durations.ts'

/** How the size of all sets on a storage has changed, and when its file system would be full if this continues. */
export interface StorageForecast {
  readonly bytesPerDay: number
  /** Null: not in the next ten years, or the free space is unknown. */
  readonly fullInDays: number | null
  /** The same with the fastest and the slowest growth of the last weeks; the second is null if there were weeks without growth. */
  readonly range: readonly [number, number | null] | null
}

/** A set from its publication until its removal. */
export interface Lifetime {
  readonly bytes: number
  readonly fromMs: number
  readonly toMs: number
}

const WINDOW_DAYS = 60
const LEAST_DAYS = 14
const LEAST_SETS = 5
const MOST_DAYS = 3650
// The bytes of sets that were removed at an unknown time, of all that were published.
const UNCLEAR_SHARE = 0.2
// Full and incremental sets usually alternate within a week.
const PERIOD_DAYS = 7

/** A storage as listed, of which everything could be read. */
export interface ListedStorage {
  readonly name: string
  readonly places: readonly { readonly location: string; readonly set: string; readonly at: Date; readonly bytes: number }[]
  readonly freeBytes: number | null
  /** Of its file system; undefined if it is not on one, or this is unknown. */
  readonly device: number | undefined
}

/** Forecasts by the name of the storage; none where the recorded history is too short or incomplete. Rejects with a `DatabaseError`. */
export async function forecastStorages(
  storages: readonly ListedStorage[],
  journal: Journal,
  now: Date,
): Promise<ReadonlyMap<string, StorageForecast>> {
  const from = new Date(now.getTime() - 400 * DAY_MS)
  const [published, expired] = await Promise.all([journal.published({ from }), journal.expired({ from })])
  const beganMs = published.at(-1)?.at.getTime() ?? now.getTime()
  const sinceMs = Math.max(beganMs, now.getTime() - WINDOW_DAYS * DAY_MS)
  const known = storages.map((storage) => ({ storage, lifetimes: lifetimesOf(storage, { published, expired, sinceMs }) }))
  return new Map(
    known.flatMap(({ storage, lifetimes }) => {
      // What grows on the same file system fills it, too.
      const { device } = storage
      const isBeside = (it: ListedStorage) => it === storage || (device !== undefined && it.device === device)
      const together = known.filter((it) => isBeside(it.storage)).map((it) => it.lifetimes)
      if (lifetimes === undefined || together.includes(undefined)) return []
      const found = forecastOf({
        lifetimes,
        together: together.flatMap((it) => it ?? []),
        freeBytes: storage.freeBytes,
        sinceMs,
        nowMs: now.getTime(),
      })
      return found === undefined ? [] : [[storage.name, found] as const]
    }),
  )
}

interface History {
  readonly published: Awaited<ReturnType<Journal['published']>>
  readonly expired: Awaited<ReturnType<Journal['expired']>>
  readonly sinceMs: number
}

/** Undefined if too much is unclear, as after removals that no run has made. */
function lifetimesOf({ places }: ListedStorage, { published, expired, sinceMs }: History): readonly Lifetime[] | undefined {
  const locations = new Set(places.map(({ location }) => location))
  const present = new Set(places.map(({ location, set }) => `${location}\0${set}`))
  const removed = new Map(expired.map(({ storage, set, at }) => [`${storage}\0${set}`, at.getTime()]))
  const gone = published.filter((it) => locations.has(it.storage) && !present.has(`${it.storage}\0${it.set}`))
  const recorded = new Set(published.map((it) => `${it.storage}\0${it.set}`))
  const sizes = places.map(({ bytes }) => bytes).toSorted((a, b) => a - b)
  const usual = sizes[Math.floor(sizes.length / 2)] ?? 0
  const lifetimes: Lifetime[] = places.map(({ at, bytes }) => ({ bytes, fromMs: at.getTime(), toMs: Infinity }))
  let unclear = 0
  for (const { storage, set, at, bytes = 0 } of gone) {
    const toMs = removed.get(`${storage}\0${set}`)
    if (toMs !== undefined) lifetimes.push({ bytes, fromMs: at.getTime(), toMs })
    else if (at.getTime() >= sinceMs) unclear += bytes
  }
  // Published before the first record: of about the usual size.
  for (const { storage, set, at } of expired)
    if (locations.has(storage) && !recorded.has(`${storage}\0${set}`)) lifetimes.push({ bytes: usual, fromMs: -Infinity, toMs: at.getTime() })
  const total = lifetimes.filter(({ fromMs }) => fromMs >= sinceMs).reduce((sum, { bytes }) => sum + bytes, 0)
  return unclear > (total + unclear) * UNCLEAR_SHARE ? undefined : lifetimes
}

export interface ForecastFacts {
  /** Of the storage. */
  readonly lifetimes: readonly Lifetime[]
  /** Of all storages on its file system. */
  readonly together: readonly Lifetime[]
  readonly freeBytes: number | null
  /** All lifetimes are known from then on. */
  readonly sinceMs: number
  readonly nowMs: number
}

/** Undefined if fewer than two weeks, or only a few sets, are on record. Decides only. */
export function forecastOf({ lifetimes, together, freeBytes, sinceMs, nowMs }: ForecastFacts): StorageForecast | undefined {
  const days = Math.floor((nowMs - sinceMs) / DAY_MS)
  if (days < LEAST_DAYS || lifetimes.filter(({ fromMs }) => fromMs >= sinceMs).length < LEAST_SETS) return undefined
  const { middle: bytesPerDay } = growthOf(lifetimes, { days, nowMs })
  const { slow, middle, fast } = growthOf(together, { days, nowMs })
  const fullIn = (perDay: number) => (freeBytes !== null && perDay > 0 && freeBytes / perDay <= MOST_DAYS ? freeBytes / perDay : null)
  const fullInDays = fullIn(middle)
  const soonest = fullIn(fast)
  return { bytesPerDay, fullInDays, range: fullInDays === null || soonest === null ? null : [soonest, fullIn(slow)] }
}

/** The growth a day: the median of the differences between all days that are at least a week apart, and its tenths at both ends. */
function growthOf(lifetimes: readonly Lifetime[], { days, nowMs }: { readonly days: number; readonly nowMs: number }) {
  const sizes = Array.from({ length: days + 1 }, (_, day) => {
    const atMs = nowMs - (days - day) * DAY_MS
    return lifetimes.reduce((sum, { bytes, fromMs, toMs }) => (fromMs <= atMs && atMs < toMs ? sum + bytes : sum), 0)
  })
  const slopes = sizes
    .flatMap((size, day) => sizes.slice(day + PERIOD_DAYS).map((later, more) => (later - size) / (more + PERIOD_DAYS)))
    .toSorted((a, b) => a - b)
  const at = (share: number) => slopes[Math.min(slopes.length - 1, Math.floor(slopes.length * share))] ?? 0
  return { slow: at(0.1), middle: at(0.5), fast: at(0.9) }
}
