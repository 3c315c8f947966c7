import type { ScheduleRow } from '../../../../src/api/schema/schedules.ts'
import { clockIn, dayIn } from '../../format/zoned.ts'
import { dayAfter, momentIn } from '../../format/zoned-moment.ts'

export interface Range {
  readonly from: number
  readonly to: number
}

export type Span = 'night' | 'day' | 'week'

export interface Night {
  /** The day on which it begins in the evening. */
  readonly day: string
  readonly range: Range
  readonly ticks: readonly number[]
}

const HOUR_MS = 3_600_000
const TICK_HOURS: Readonly<Record<Span, number>> = { night: 2, day: 3, week: 24 }

/** From 18:00 to 10:00, or one day, or seven, in the zone. Without a day: the current or the next night. */
export function nightOf({ span, day, zone, now }: { span: Span; day: string | undefined; zone: string; now: number }): Night {
  const today = dayIn(now, zone)
  const isMorning = Number(clockIn(now, zone).slice(0, 2)) < 10
  const begins = day ?? (span === 'night' && isMorning ? dayAfter(today, -1) : today)
  const range =
    span === 'night'
      ? { from: momentIn(zone, begins, '18:00:00'), to: momentIn(zone, dayAfter(begins, 1), '10:00:00') }
      : { from: momentIn(zone, begins), to: momentIn(zone, dayAfter(begins, span === 'day' ? 1 : 7)) }
  const step = TICK_HOURS[span] * HOUR_MS
  const ticks = Array.from({ length: Math.ceil((range.to - range.from) / step) }, (_, index) => range.from + index * step)
  return { day: begins, range, ticks }
}

export interface Bar extends Range {
  readonly state: ScheduleRow['ran'][number]['state'] | 'planned'
  /** Absent for a planned run. */
  readonly run?: string
}

/** Past runs, and planned runs with their usual duration. */
export function barsOf({ ran, planned, usualMs }: ScheduleRow, now: number): readonly Bar[] {
  const past = ran.map(({ run, began, ended, state }) => {
    const from = Date.parse(began)
    return { run, state, from, to: ended === null ? (state === 'running' ? Math.max(from, now) : from) : Date.parse(ended) }
  })
  const future = planned.map((at) => ({ state: 'planned' as const, from: Date.parse(at), to: Date.parse(at) + (usualMs ?? 0) }))
  return [...past, ...future]
}

export interface Overlap extends Range {
  readonly tasks: readonly string[]
}

/** The times at which several tasks run concurrently, in order. */
export function overlapsOf(rows: readonly { readonly task: string; readonly bars: readonly Range[] }[], { from, to }: Range): readonly Overlap[] {
  const edges = rows
    .flatMap(({ task, bars }) =>
      bars.filter((it) => it.to > from && it.from < to && it.to > it.from).flatMap((it) => [[it.from, task, 1] as const, [it.to, task, -1] as const]),
    )
    .toSorted(([a, , by], [b, , other]) => a - b || by - other)
  const running = new Map<string, number>()
  const overlaps: Overlap[] = []
  let since = from
  for (const [at, task, by] of edges) {
    const tasks = [...running].filter(([, count]) => count > 0).map(([name]) => name)
    const last = overlaps.at(-1)
    if (tasks.length > 1 && at > since) {
      if (last && last.to === since && last.tasks.join('\n') === tasks.join('\n')) overlaps[overlaps.length - 1] = { ...last, to: at }
      else overlaps.push({ from: since, to: at, tasks })
    }
    running.set(task, (running.get(task) ?? 0) + by)
    since = Math.max(since, at)
  }
  return overlaps
}
