import type { SetSummary } from './set-store.ts'

/** What a state means for the use of a set. `whole`: all of it is stored. `damaged`: it was published, and is incomplete now. `none`: it was never a set. */
export type Standing = 'whole' | 'damaged' | 'none'

// The compiler requires an entry for each state.
const STANDINGS: Readonly<Record<SetSummary['state'], Standing>> = { complete: 'whole', legacy: 'whole', damaged: 'damaged', unfinished: 'none' }

export function standingOf({ state }: Pick<SetSummary, 'state'>): Standing {
  return STANDINGS[state]
}

export function isWhole(set: Pick<SetSummary, 'state'>): boolean {
  return standingOf(set) === 'whole'
}

export function isDamaged(set: Pick<SetSummary, 'state'>): boolean {
  return standingOf(set) === 'damaged'
}

/** Whether it was ever published: it is whole, or damaged. */
export function wasPublished(set: Pick<SetSummary, 'state'>): boolean {
  return standingOf(set) !== 'none'
}
