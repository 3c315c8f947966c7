import { DAY_MS } from '../../lib/durations.ts'
import type { KeepBuckets } from '../../plan/plan.ts'
import { parseSetName } from '../set/set-name.ts'

/** A value that is the same for all sets of a day, week, …, for a time that represents local time. */
const PERIODS = {
  daily: (began: Date) => began.toISOString().slice(0, 10),
  weekly: isoWeek,
  monthly: (began: Date) => began.toISOString().slice(0, 7),
  yearly: (began: Date) => began.toISOString().slice(0, 4),
} as const

/**
 * The names retained by the rules, each with its rules. Without rules, all of them. Ages are counted from the new set, whose name is the current
 * time; without a new set, ages are unknown (the clock may have been wrong for the newest one), and `within` retains all.
 */
export function keptByRules(
  names: readonly string[],
  { timeZone, ...buckets }: ZonedBuckets,
  current: string | undefined,
): ReadonlyMap<string, readonly string[]> {
  const sets = names
    .flatMap((name) => {
      const began = parseSetName(name)
      return began ? [{ name, began }] : []
    })
    .toSorted((a, b) => b.began.getTime() - a.began.getTime())
  const rules = Object.keys(PERIODS) as readonly (keyof typeof PERIODS)[]
  const localOf = localTime(timeZone)
  const choices = [
    { rule: 'last', chosen: sets.slice(0, buckets.last ?? 0) },
    ...rules.map((rule) => ({ rule, chosen: newestOfPeriods(sets, (began) => PERIODS[rule](localOf(began)), buckets[rule] ?? 0) })),
    { rule: 'within', chosen: youngerThan(sets, buckets.withinMs, current) },
    { rule: 'default', chosen: Object.values(buckets).every((it) => it === undefined) ? sets : [] },
  ]
  const wanted = new Map<string, readonly string[]>()
  for (const { rule, chosen } of choices) for (const { name } of chosen) wanted.set(name, [...(wanted.get(name) ?? []), rule])
  return wanted
}

/** Rules, with the time zone of their periods; absent: UTC. */
interface ZonedBuckets extends KeepBuckets {
  readonly timeZone?: string | undefined
}

/** Converts times to dates whose UTC fields are the local ones. */
function localTime(timeZone: string | undefined): (at: Date) => Date {
  if (timeZone === undefined) return (at) => at
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
  return (at) => new Date(`${format.format(at)}T00:00:00Z`)
}

interface Dated {
  readonly name: string
  readonly began: Date
}

/** `sets` are sorted, newest first. */
function newestOfPeriods(sets: readonly Dated[], periodOf: (began: Date) => string, count: number): readonly Dated[] {
  const newest = new Map<string, Dated>()
  for (const set of sets) {
    const period = periodOf(set.began)
    if (!newest.has(period)) newest.set(period, set)
  }
  return [...newest.values()].slice(0, count)
}

function youngerThan(sets: readonly Dated[], withinMs: number | undefined, current: string | undefined): readonly Dated[] {
  if (withinMs === undefined) return []
  const nowMs = (current === undefined ? undefined : parseSetName(current)?.getTime()) ?? Number.NEGATIVE_INFINITY
  return sets.filter(({ began }) => began.getTime() >= nowMs - withinMs)
}

/** `2026-W01`: the week with the first Thursday of that year is the first one (ISO 8601). */
function isoWeek(began: Date): string {
  const weekday = (began.getUTCDay() + 6) % 7
  const thursdayMs = Math.floor(began.getTime() / DAY_MS) * DAY_MS + (3 - weekday) * DAY_MS
  const year = new Date(thursdayMs).getUTCFullYear()
  const week = Math.floor((thursdayMs - Date.UTC(year, 0, 1)) / DAY_MS / 7) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}
