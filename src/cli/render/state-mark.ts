import { shownState } from '../../app/sets/list-sets.ts'
import type { SetSummary } from '../../backup/set/set-store.ts'

/** Behind the name of a set that is not simply complete: ` (damaged)`. */
export function stateMark(set: SetSummary): string {
  const state = shownState(set)
  return state === 'complete' ? '' : ` (${state})`
}
