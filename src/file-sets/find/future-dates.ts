import { DAY_MS } from '../../lib/durations.ts'
import { counted } from '../../lib/format.ts'
import type { ArchiveWork } from '../archive-work.ts'
import type { DatedFile } from './expiry.ts'

/**
 * The files with plausible dates: at most one day after this run; others are the result of a clock that was set back, and are reported. All files, if
 * there are no plausible ones.
 */
export function withoutFutureDates(found: readonly DatedFile[], { began, note }: Pick<ArchiveWork, 'began' | 'note'>): readonly DatedFile[] {
  const latestMs = wallMs(began) + DAY_MS
  const [ahead = [], known = []] = [true, false].map((isAhead) => found.filter((it) => it.wallMs > latestMs === isAhead))
  if (ahead.length === 0 || known.length === 0) return found
  note(`${aheadText(ahead)}, so not used as the newest`)
  return known
}

/** These files, at least one, are dated in the future: the beginning of a sentence. */
export function aheadText(files: readonly DatedFile[]): string {
  const path = `"${files[0]?.path ?? ''}"`
  return `${files.length === 1 ? `${path} is` : `${path} and ${counted(files.length - 1, 'other file')} are`} dated in the future`
}

/** The local time at this instant, interpreted as UTC: differences are those of the displayed times, regardless of daylight saving time. */
export function wallMs(at: Date): number {
  return Date.UTC(at.getFullYear(), at.getMonth(), at.getDate(), at.getHours(), at.getMinutes(), at.getSeconds())
}
