import type { Report } from '../../document/report.ts'
import { didYouMean, quoted } from '../../lib/quoted.ts'
import { nearest } from '../../lib/suggest.ts'
import { keySpot, membersOf, type Value } from './yaml/value.ts'

/** Tells the keys that nothing reads: they were always passed over, and may be slips. */
export function tellStrayKeys(at: Value, known: readonly string[], report: Report): void {
  const present = new Set(membersOf(at).map(({ key }) => key))
  const absent = known.filter((it) => !present.has(it))
  for (const key of present)
    if (!known.includes(key))
      report.warn(keySpot(at, key), `unknown key ${quoted(key)}, which has no effect`, didYouMean(nearest(key, absent)) ?? 'Remove it.')
}
