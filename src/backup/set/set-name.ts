import { BackupError } from './errors.ts'

const FORMAT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+00:00$/u

/** The name of a set begun at this time: `YYYY-MM-DDTHH:MM:SS+00:00` (RFC 3339 in UTC, whole seconds). Years 0 to 9999. */
export function formatSetName(began: Date): string {
  return `${began.toISOString().slice(0, 19)}+00:00`
}

/** The time in a name; undefined for any other text, and for a time that does not exist (30 February, 24:00:00, a leap second). */
export function parseSetName(name: string): Date | undefined {
  if (!FORMAT.test(name)) return undefined
  const date = new Date(`${name.slice(0, 19)}Z`)
  return !Number.isNaN(date.getTime()) && formatSetName(date) === name ? date : undefined
}

const NEAR_MS = 60_000

// The clock may be stopped, or many runs may begin in one second; if the names of an hour are taken, something else is wrong.
const MAX_TRIED = 3600

/**
 * The possible names of a set begun at this time, in order: of its own second, then of the following seconds. If the newest existing set is less than
 * a minute ahead (several runs in one second; a small correction of the clock), only names after it, so that the order of names is the order of
 * making. If it is further ahead, the clock was set back, and the name is the current time.
 */
export function candidateNames(began: Date, present: readonly string[]): readonly string[] {
  return [...eachCandidate(began, present)]
}

/** The same, one by one. */
export function* eachCandidate(began: Date, present: readonly string[]): Generator<string, undefined> {
  const secondMs = Math.floor(began.getTime() / 1000) * 1000
  let newestMs = Number.NEGATIVE_INFINITY
  for (const name of present) newestMs = Math.max(newestMs, parseSetName(name)?.getTime() ?? newestMs)
  const isNear = newestMs >= secondMs && newestMs < secondMs + NEAR_MS
  const firstMs = isNear ? newestMs + 1000 : secondMs
  const taken = new Set(present)
  for (let index = 0; index < MAX_TRIED; index += 1) {
    const name = formatSetName(new Date(firstMs + index * 1000))
    if (!taken.has(name)) yield name
  }
  return undefined
}

/** Throws for an invalid set name, so that no path made from it leaves the root or reaches a folder of others. */
export function nameOfSet(name: string): string {
  if (parseSetName(name) === undefined)
    throw new BackupError('no-set', `invalid set name "${name}"`, { hint: 'Set names have the form YYYY-MM-DDTHH:MM:SS+00:00.' })
  return name
}

export function noSet(name: string, label: string): BackupError {
  return new BackupError('no-set', `set "${name}" not found in "${label}"`)
}

export function setTaken(name: string, label: string): BackupError {
  return new BackupError('taken', `"${name}" already exists in "${label}"`)
}

export function noFreeName(wanted: Date): BackupError {
  return new BackupError('no-free-name', `no free set name: "${formatSetName(wanted)}" and the names of the hour after it already exist`, {
    hint: 'Check the clock of this host.',
  })
}
