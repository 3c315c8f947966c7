import { unconfirmedJump } from '../../lib/clock-jump.ts'
import { DAY_MS } from '../../lib/durations.ts'
import type { OperationContext } from '../../storage/storage.ts'
import { parseSetName } from '../set/set-name.ts'
import type { SetStore, SetSummary } from '../set/set-store.ts'
import { confirmedTime } from './read-protection.ts'
import { timeInName } from './record-names.ts'

/** Records remain at least this long, and as long as their sets: longer than in the journal, so that none is missed that the journal has. */
export const RECORD_DAYS = 500

interface RecordsBeside {
  /** The names of all files beside the sets. */
  readonly names: readonly string[]
  readonly present: readonly SetSummary[]
  /** The new set; undefined if there is none. */
  readonly current: string | undefined
  readonly now: Date
}

/**
 * The names of records, oldest first, whose sets are gone and that are older than `RECORD_DAYS`. A set other than the new one must be as late: a clock that is
 * wrong for the first time lets nothing expire, nor does one that seems to have jumped. Other files are ignored. Decides only.
 */
export function expiredRecords({ names, present, current, now }: RecordsBeside): readonly string[] {
  const times = present.flatMap(({ name }) => parseSetName(name)?.getTime() ?? []).toSorted((a, b) => a - b)
  const until = confirmedTime(present, { current, now })
  if (until === undefined || unconfirmedJump(times) !== undefined) return []
  const oldest = until.getTime() - RECORD_DAYS * DAY_MS
  const sets = new Set(present.map(({ name }) => name))
  return names
    .flatMap((name) => {
      const set = name.slice(0, name.indexOf('.'))
      const at = timeInName(name)?.getTime()
      return at === undefined || at >= oldest || parseSetName(set) === undefined || sets.has(set) ? [] : [{ name, at }]
    })
    .toSorted((a, b) => a.at - b.at)
    .map(({ name }) => name)
}

// So that a rotation does not take long where there are very many: the next one continues.
const MOST_REMOVED = 1000

/** Removes expired records. Ends at the first that cannot be removed: they do no harm. Never rejects. */
export async function removeExpiredRecords({ records }: SetStore, beside: RecordsBeside, call: OperationContext): Promise<void> {
  try {
    for (const name of expiredRecords(beside).slice(0, MOST_REMOVED)) await records?.remove(name, call)
  } catch {
    // The next rotation tries again.
  }
}
