import { type ClockJump, unconfirmedJump } from '../../lib/clock-jump.ts'
import { DAY_MS } from '../../lib/durations.ts'
import { counted, formatDuration } from '../../lib/format.ts'
import type { FileLimits } from '../../plan/dated-files.ts'

/** A file (or dump folder) identified by its name. */
export interface DatedFile {
  readonly path: string
  /** The path relative to the searched folder. */
  readonly name: string
  /** The group of files that differ only in their dates: by extension or database. */
  readonly group: string
  /** Files with the same date that belong together: archive, list and digest; the files of one database. */
  readonly unit: string
  /** The date in its name in local time, interpreted as UTC. */
  readonly wallMs: number
  /** It belongs to a backup that appears complete. */
  readonly isGood: boolean
}

export interface Expiry {
  /** Oldest first. */
  readonly remove: readonly { readonly path: string; readonly reason: string }[]
  readonly keep: readonly { readonly path: string; readonly reason: string }[]
  /** Why files above the age limit are kept. Absent if there are none. */
  readonly waits?: string
}

export interface ExpiryFacts {
  readonly limits: FileLimits
  /** The beginning of the run in local time, interpreted as UTC: files made by it have this date, or a later one. */
  readonly nowWallMs: number
  /** The user confirms that the clock is right. */
  readonly isClockConfirmed?: boolean
  /** Why a unit must be kept regardless of the limits, by `unitKey`. */
  readonly needed: ReadonlyMap<string, string>
}

export function unitKey({ unit, wallMs }: Pick<DatedFile, 'unit' | 'wallMs'>): string {
  return `${wallMs} ${unit}`
}

/**
 * Decides which files are removed: those above the age limit, and those with enough newer good ones in their group. Never the newest good backup, and
 * never a backup that another one needs. If none is good, all count as good, because the newest is the best available. Pure; without limits, nothing
 * is removed.
 *
 * Files with a later date than now are kept, and so are those made by this run. Dates more than a day ahead do not count: after a clock was set back,
 * they would displace every later backup. Smaller differences, as after the hour that occurs twice in autumn, count as usual.
 *
 * If the clock seems to have jumped ahead, no age limit applies: removing files would change the dates that explain the jump, so that the next
 * evaluation could remove more.
 */
export function decideExpiry(found: readonly DatedFile[], { limits, nowWallMs, needed, isClockConfirmed = false }: ExpiryFacts): Expiry {
  const isAhead = (it: DatedFile) => it.wallMs > nowWallMs + DAY_MS
  const files = checked(found.filter((it) => !isAhead(it)))
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

function checked(files: readonly DatedFile[]): readonly DatedFile[] {
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
  /** Number of newer good files in its group. */
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

/** Based on the dates of good files and of this run. */
function jumpOf(files: readonly DatedFile[], { limits: { days }, nowWallMs }: Now): ClockJump | undefined {
  // With a limit of zero days, the age does not matter.
  if (days === undefined || days <= 0) return undefined
  const dates = new Set(files.filter((it) => it.isGood).map((it) => it.wallMs))
  const ascending = [...dates].toSorted((a, b) => a - b)
  return unconfirmedJump((ascending.at(-1) ?? nowWallMs) < nowWallMs ? [...ascending, nowWallMs] : ascending, days * DAY_MS)
}

function whyWaiting({ afterMs, beforeMs, explainedMs }: ClockJump): string {
  return `the newest date is ${formatDuration(afterMs - beforeMs)} after the one before it, but the dates before explain only ${formatDuration(explainedMs)}: the clock may have jumped, so the age limit is suspended until a later run confirms it, or until "run --yes"`
}

// With equal dates, the order of removal is reversed: a list is removed before its archive, so that a list never exists without its archive.
function byDateDescending(a: DatedFile, b: DatedFile): number {
  return b.wallMs - a.wallMs || removalRank(a) - removalRank(b) || (a.path < b.path ? 1 : -1)
}

function removalRank({ group }: DatedFile): number {
  if (group.startsWith('list')) return 2
  return group.startsWith('digest') ? 1 : 0
}
