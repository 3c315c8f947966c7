import { type ClockJump, unconfirmedJump } from '../../lib/clock-jump.ts'
import { DAY_MS } from '../../lib/durations.ts'
import { counted, formatDuration } from '../../lib/format.ts'
import type { FileLimits } from '../../plan/dated-files.ts'

/** A file (or dump folder) found by its name. */
export interface DatedFile {
  readonly path: string
  /** The path from the folder that was looked into. */
  readonly name: string
  /** What differs from it by the date alone counts together with it: an extension, a database. */
  readonly group: string
  /** What belongs together at one date: archive, list and digest; the files of one database. */
  readonly unit: string
  /** The date of its name on the wall clock, as if that were UTC. */
  readonly wallMs: number
  /** It belongs to a backup that is whole, as far as can be seen. */
  readonly isGood: boolean
}

export interface Expiry {
  /** Oldest first. */
  readonly remove: readonly { readonly path: string; readonly reason: string }[]
  readonly keep: readonly { readonly path: string; readonly reason: string }[]
  /** Why files stay that are too old. Absent when none do for that. */
  readonly waits?: string
}

export interface ExpiryFacts {
  readonly limits: FileLimits
  /** When the run began, on the wall clock, as if that were UTC: what it has made bears this date, or a later one. */
  readonly nowWallMs: number
  /** Somebody says that the clock is right. */
  readonly isClockConfirmed?: boolean
  /** Why a unit must stay whatever the limits say, by `unitKey`. */
  readonly needed: ReadonlyMap<string, string>
}

export function unitKey({ unit, wallMs }: Pick<DatedFile, 'unit' | 'wallMs'>): string {
  return `${wallMs} ${unit}`
}

/**
 * Decides which files go: those that are too old, and those that have enough good ones of their group after them. Never one of the newest good backup, and none
 * of a backup that something else needs. Where not one is good, all count as if they were: the newest is the best there is. Pure; without limits nothing goes.
 *
 * Files dated later than now stay, and so does what this run made. More than a day ahead they count for nothing: after a clock was set back they would push out
 * every backup that comes. Those of less, as after the hour that comes twice in autumn, are backups like others.
 *
 * When the clock seems to have jumped ahead, ages wait, all of them: what went would change what the dates explain, and the next look would let more go.
 */
export function decideExpiry(found: readonly DatedFile[], { limits, nowWallMs, needed, isClockConfirmed = false }: ExpiryFacts): Expiry {
  const isAhead = (it: DatedFile) => it.wallMs > nowWallMs + DAY_MS
  const files = judged(found.filter((it) => !isAhead(it)))
  const newestGood = newestGoodOf(files)
  const remove: { path: string; reason: string }[] = []
  const keep = found
    .filter(isAhead)
    .toSorted(byDateDescending)
    .map(({ path }) => ({ path, reason: 'its date is in the future' }))
  const jump = isClockConfirmed ? undefined : jumpOf(files, { limits, nowWallMs })
  const goodAfter = new Map<string, number>()
  for (const file of files.toSorted(byDateDescending)) {
    const after = goodAfter.get(file.group) ?? 0
    if (file.isGood) goodAfter.set(file.group, after + 1)
    const reason = whyGo(file, { limits, nowWallMs, after })
    const isNewest = file.isGood && newestGood.get(file.unit) === file.wallMs
    const protection = isNewest ? 'the newest complete one' : (whyNew(file, nowWallMs) ?? needed.get(unitKey(file)) ?? whyWaits(reason, jump))
    if (reason === undefined) keep.push({ path: file.path, reason: 'within the limits' })
    else if (protection !== undefined) keep.push({ path: file.path, reason: protection })
    else remove.push({ path: file.path, reason: reason.text })
  }
  return {
    remove: remove.toReversed(),
    keep: keep.toReversed(),
    ...(jump && keep.some(({ reason }) => reason === WAITS) && { waits: whyWaiting(jump) }),
  }
}

function whyNew({ wallMs }: DatedFile, nowWallMs: number): string | undefined {
  return wallMs >= nowWallMs ? 'made during or after this run' : undefined
}

function judged(files: readonly DatedFile[]): readonly DatedFile[] {
  const withGood = new Set(files.filter((it) => it.isGood).map((it) => it.unit))
  return files.map((it) => (withGood.has(it.unit) ? it : { ...it, isGood: true }))
}

function newestGoodOf(files: readonly DatedFile[]): ReadonlyMap<string, number> {
  const newest = new Map<string, number>()
  for (const { unit, wallMs, isGood } of files) {
    if (isGood && wallMs > (newest.get(unit) ?? Number.NEGATIVE_INFINITY)) newest.set(unit, wallMs)
  }
  return newest
}

interface Rank extends Pick<ExpiryFacts, 'limits' | 'nowWallMs'> {
  /** How many good files of its group are newer. */
  readonly after: number
}

function whyGo(
  { wallMs }: DatedFile,
  { limits: { maxFiles, days }, nowWallMs, after }: Rank,
): { readonly text: string; readonly isOfAge: boolean } | undefined {
  if (maxFiles !== undefined && after >= maxFiles)
    return { text: maxFiles > 0 ? `${counted(maxFiles, 'newer file')} kept` : 'no files are kept', isOfAge: false }
  const age = Math.floor((nowWallMs - wallMs) / DAY_MS)
  return days !== undefined && age >= days ? { text: `${counted(age, 'day')} old, limit ${days}`, isOfAge: true } : undefined
}

const WAITS = 'the age limit is suspended: the clock may have jumped'

function whyWaits(reason: ReturnType<typeof whyGo>, jump: ClockJump | undefined): string | undefined {
  return jump !== undefined && reason?.isOfAge === true ? WAITS : undefined
}

type Now = Pick<ExpiryFacts, 'limits' | 'nowWallMs'>

/** By the dates of good files, and that of this run. */
function jumpOf(files: readonly DatedFile[], { limits: { days }, nowWallMs }: Now): ClockJump | undefined {
  // Without a day to stay, what is old is no question of how old.
  if (days === undefined || days <= 0) return undefined
  const dates = new Set(files.filter((it) => it.isGood).map((it) => it.wallMs))
  const ascending = [...dates].toSorted((a, b) => a - b)
  return unconfirmedJump((ascending.at(-1) ?? nowWallMs) < nowWallMs ? [...ascending, nowWallMs] : ascending, days * DAY_MS)
}

function whyWaiting({ afterMs, beforeMs, explainedMs }: ClockJump): string {
  return `the newest date is ${formatDuration(afterMs - beforeMs)} after the one before it, but the dates before explain only ${formatDuration(explainedMs)}: the clock may have jumped, so the age limit is suspended until a later run confirms it, or until "run --yes"`
}

// Of the same date what is removed first comes last: a list goes before its archive, so that no list is ever without one.
function byDateDescending(a: DatedFile, b: DatedFile): number {
  return b.wallMs - a.wallMs || removalRank(a) - removalRank(b) || (a.path < b.path ? 1 : -1)
}

function removalRank({ group }: DatedFile): number {
  if (group.startsWith('list')) return 2
  return group.startsWith('digest') ? 1 : 0
}
