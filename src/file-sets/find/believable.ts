import { DAY_MS } from '../../lib/durations.ts'
import { counted } from '../../lib/format.ts'
import type { ArchiveWork } from '../work.ts'
import type { DatedFile } from './expiry.ts'

/**
 * The files whose dates can be true: none more than a day ahead of this run, as names have after a clock was set back; that there are such is told. All files,
 * where there are no others.
 */
export function believable(found: readonly DatedFile[], { began, note }: Pick<ArchiveWork, 'began' | 'note'>): readonly DatedFile[] {
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

/** What the wall clock shows at this instant, as if it were UTC: differences are those that a person reads off, whatever summer time does. */
export function wallMs(at: Date): number {
  return Date.UTC(at.getFullYear(), at.getMonth(), at.getDate(), at.getHours(), at.getMinutes(), at.getSeconds())
}
