import { BackupError } from './errors.ts'

/**
 * `basic`: `YYYYMMDDTHHMMSSZ`, for all file systems and programs: a colon is not allowed on some (exFAT, SMB), and has a meaning for tar, rsync, scp and
 * make. `extended`: `YYYY-MM-DDTHH:MM:SS+00:00`, in roots that are shared with another program, and of sets made before there was the other form.
 */
export type SetNameForm = 'basic' | 'extended'

const EXTENDED = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+00:00$/u
const BASIC = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/u

/** The name of a set begun at this time, in UTC and whole seconds (ISO 8601). Years 0 to 9999. */
export function formatSetName(began: Date, form: SetNameForm = 'extended'): string {
  const seconds = began.toISOString().slice(0, 19)
  return form === 'basic' ? `${seconds.replaceAll(/[-:]/gu, '')}Z` : `${seconds}+00:00`
}

/** The time in a name; undefined for any other text, and for a time that does not exist (30 February, 24:00:00, a leap second). */
export function parseSetName(name: string): Date | undefined {
  const form = EXTENDED.test(name) ? 'extended' : BASIC.test(name) ? 'basic' : undefined
  if (form === undefined) return undefined
  const date = new Date(form === 'extended' ? `${name.slice(0, 19)}Z` : name.replace(BASIC, '$1-$2-$3T$4:$5:$6Z'))
  return !Number.isNaN(date.getTime()) && formatSetName(date, form) === name ? date : undefined
}

/** The form of this name. */
export function formLike(name: string | undefined): SetNameForm {
  return name !== undefined && EXTENDED.test(name) ? 'extended' : 'basic'
}

/** Orders names of sets by their times, whatever their forms. */
export function compareSetNames(a: string, b: string): number {
  const [first, second] = [orderOf(a), orderOf(b)]
  return first < second ? -1 : first > second ? 1 : 0
}

/** The same for sets. */
export function bySetName(a: { readonly name: string }, b: { readonly name: string }): number {
  return compareSetNames(a.name, b.name)
}

/** Of a name of either form: the basic one, with the end of the other. */
function orderOf(name: string): string {
  return EXTENDED.test(name) ? name.replaceAll(/[-:]/gu, '') : name
}

const NEAR_MS = 60_000

// The clock may be stopped, or many runs may begin in one second; if the names of an hour are taken, there is another fault.
const MAX_TRIED = 3600

/**
 * The possible names of a set begun at this time, in order: of its own second, then of the following seconds. If the newest existing set is less than
 * a minute ahead (several runs in one second; a small correction of the clock), only names after it, so that the order of names is the order of
 * making. If it is further ahead, the clock was set back, and the name is the current time.
 */
export function candidateNames(began: Date, present: readonly string[], form?: SetNameForm): readonly string[] {
  return [...eachCandidate(began, present, form)]
}

/** The same, one by one. */
export function* eachCandidate(began: Date, present: readonly string[], form?: SetNameForm): Generator<string, undefined> {
  const secondMs = Math.floor(began.getTime() / 1000) * 1000
  let newestMs = Number.NEGATIVE_INFINITY
  const taken = new Set<number>()
  for (const name of present) {
    const ms = parseSetName(name)?.getTime()
    if (ms === undefined) continue
    newestMs = Math.max(newestMs, ms)
    taken.add(ms)
  }
  const isNear = newestMs >= secondMs && newestMs < secondMs + NEAR_MS
  const firstMs = isNear ? newestMs + 1000 : secondMs
  for (let index = 0; index < MAX_TRIED; index += 1) {
    const ms = firstMs + index * 1000
    if (!taken.has(ms)) yield formatSetName(new Date(ms), form)
  }
  return undefined
}

/** Throws for an invalid set name, so that no path made from it leaves the root or reaches a folder of others. */
export function nameOfSet(name: string): string {
  if (parseSetName(name) === undefined)
    throw new BackupError('no-set', `invalid set name "${name}"`, { hint: 'Set names have the form YYYYMMDDTHHMMSSZ, or YYYY-MM-DDTHH:MM:SS+00:00.' })
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
