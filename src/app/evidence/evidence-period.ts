import { DAY_MS } from '../../lib/durations.ts'
import { printable } from '../../lib/format.ts'
import { UsageError } from '../usage-error.ts'
import type { Period } from './gather-records.ts'

const DEFAULT_DAYS = 90

export interface PeriodRequest {
  /** The first and the last day, such as 2026-01-31, in UTC. Default: the last 90 days. */
  readonly from: string | undefined
  readonly to: string | undefined
  readonly now: Date
}

/** Whole days. Throws `UsageError`; `names`: the options with the days. */
export function evidencePeriod({ from, to, now }: PeriodRequest, names: { readonly from: string; readonly to: string }): Period {
  const today = new Date(`${now.toISOString().slice(0, 10)}T00:00:00Z`)
  const last = to === undefined ? today : dayOf(names.to, to)
  const first = from === undefined ? new Date(last.getTime() - DEFAULT_DAYS * DAY_MS) : dayOf(names.from, from)
  if (first > last) throw new UsageError(`the day of ${names.from} is after that of ${names.to}`)
  return { from: first, to: new Date(last.getTime() + DAY_MS) }
}

function dayOf(name: string, text: string): Date {
  const day = new Date(`${text}T00:00:00.000Z`)
  // The 31st of a short month would be a day of the next one.
  if (!Number.isNaN(day.getTime()) && day.toISOString().startsWith(`${text}T`)) return day
  throw new UsageError(`invalid date "${printable(text)}" of ${name}`, { hint: 'Write a day, such as 2026-01-31.' })
}

/** The name of the archive of a period. */
export function archiveNameOf(host: string, { from, to }: Period): string {
  const days = [from, new Date(to.getTime() - 1)].map((it) => it.toISOString().slice(0, 10))
  return `holdfast-evidence-${host}-${days.join('-')}.tar`
}
