import type { SetHost, SetSummary } from './set-store.ts'

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

/** Those of this host if it has any; otherwise all: a new host has those of the one that it replaces. */
export function preferOwn<S extends Pick<SetSummary, 'isOfOther'>>(sets: readonly S[]): readonly S[] {
  const own = sets.filter((set) => set.isOfOther !== true)
  return own.length > 0 ? own : sets
}

/** Whether a set was made by another host, and not adopted: both its name and its id differ. A set without a manifest, or of an earlier version, may be of any. */
export function isOfOther({ host, isAdopted }: Pick<SetSummary, 'host' | 'isAdopted'>, own: SetHost | undefined): boolean {
  if (isAdopted === true) return false
  if (own === undefined || host?.id === undefined || own.id === undefined) return false
  return host.id !== own.id && host.name !== own.name
}
