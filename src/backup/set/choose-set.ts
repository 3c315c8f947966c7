import { DAY_MS } from '../../lib/durations.ts'
import { bySetName, parseSetName } from './set-name.ts'
import type { SetSummary } from './set-store.ts'
import { preferOwn, wasPublished } from './standing.ts'

/**
 * The requested set: by its name, `latest` (the newest published one), or a time: the newest published one that was begun not after it. Sets of this host
 * take precedence over those of others. Times are ISO 8601, in UTC without a zone; a mere day means its end. Undefined if there is none. It may be damaged: an
 * older set is not chosen instead.
 */
export function chooseSet(sets: readonly SetSummary[], wanted: string): SetSummary | undefined {
  const published = sets.filter(wasPublished).toSorted(bySetName)
  if (wanted === 'latest') return preferOwn(published).at(-1)
  // A full name selects only that set; restoring another one would be unexpected.
  const named = parseSetName(wanted)?.getTime()
  if (named !== undefined) return sets.find(({ name }) => name === wanted) ?? sets.find(({ name }) => parseSetName(name)?.getTime() === named)
  const moment = parseMoment(wanted)
  if (moment === undefined) return undefined
  return preferOwn(published.filter(({ name }) => (parseSetName(name)?.getTime() ?? Infinity) <= moment.getTime())).at(-1)
}

/** Undefined for an invalid time. */
export function parseMoment(text: string): Date | undefined {
  const match = /^(?<day>\d{4}-\d{2}-\d{2})(?:[T ](?<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(?<zone>Z|[+-]\d{2}:\d{2})?)?$/u.exec(text)?.groups
  if (match === undefined) return undefined
  const { day = '', time, zone = 'Z' } = match
  const date = new Date(`${day}T${time ?? '00:00'}${zone}`)
  // A time without seconds means its last second. An invalid date (30 February) would be interpreted as another one.
  if (Number.isNaN(date.getTime()) || !new Date(`${day}T00:00Z`).toISOString().startsWith(day)) return undefined
  return time === undefined ? new Date(date.getTime() + DAY_MS - 1) : date
}
