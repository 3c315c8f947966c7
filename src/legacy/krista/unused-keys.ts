import type { Report } from '../../document/issue-report.ts'
import { didYouMean, quoted } from '../../lib/quoted.ts'
import { nearest } from '../../lib/suggest.ts'
import type { Action } from './inherit.ts'
import { type ActionType, ALL_ACTION_KEYS, keysOf } from './keys.ts'
import { keyLocation, membersOf, type Value } from './yaml/value.ts'

/** Reports keys without an effect, which were always ignored, and may be misspelled. */
export function reportUnusedKeys(at: Value, known: readonly string[], report: Report): void {
  const present = new Set(membersOf(at).map(({ key }) => key))
  const absent = known.filter((it) => !present.has(it))
  for (const key of present)
    if (!known.includes(key))
      report.warn(keyLocation(at, key), `unknown key ${quoted(key)}, which has no effect`, didYouMean(nearest(key, absent)) ?? 'Remove it.')
}

/** Internal names of the ancestor that a key would have overwritten. */
const RESERVED: ReadonlySet<string> = new Set(['scheme', 'logger', 'name', 'start', 'dbname', 'ext', 'date'])
const IN_NAMES: ReadonlySet<string> = new Set(['dbname', 'ext', 'level', 'basename'])

/** Reports unused keys of an action, without inherited ones, which may be meant for other actions. */
export function reportActionKeys({ at, own, name }: Action, type: ActionType, report: Report): void {
  const known = keysOf(type)
  const absent = known.filter((it) => !own.has(it))
  for (const key of own) {
    if (known.includes(key) || IN_NAMES.has(key)) continue
    const spot = keyLocation(at, key)
    if (RESERVED.has(key)) report.warn(spot, `the key ${quoted(key)} has no effect`, 'Remove it.')
    // An action from which others inherit may contain keys that only they need.
    else if (ALL_ACTION_KEYS.has(key))
      report.warn(
        spot,
        `the key ${quoted(key)} has no effect on the action ${quoted(name)}, which is a "${type}"`,
        'Remove it, unless others inherit it.',
      )
    else report.warn(spot, `unknown key ${quoted(key)}, which has no effect`, didYouMean(nearest(key, absent)) ?? 'Remove it.')
  }
}
