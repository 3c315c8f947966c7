import { DAY_MS } from '../../lib/durations.ts'
import { parseSetName } from './set-name.ts'
import type { SetSummary } from './set-store.ts'

/**
 * The set that is meant: by its name, `latest` (the newest that is complete), or a moment: the newest complete one that was begun not after it. Moments
 * are ISO 8601, in UTC where they name no zone; a mere day means its end. Undefined when there is none.
 */
export function chooseSet(sets: readonly SetSummary[], wanted: string): SetSummary | undefined {
  const whole = sets.filter(({ state }) => state !== 'unfinished').toSorted((a, b) => (a.name < b.name ? -1 : 1))
  if (wanted === 'latest') return whole.at(-1)
  // A full name selects only that set; restoring another one would be unexpected.
  if (parseSetName(wanted) !== undefined) return sets.find(({ name }) => name === wanted)
  const moment = parseMoment(wanted)
  return moment === undefined ? undefined : whole.findLast(({ name }) => (parseSetName(name)?.getTime() ?? Infinity) <= moment.getTime())
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
