import type { KeepPolicy } from '../../plan/plan.ts'
import { decideRotation } from '../keep/decide-rotation.ts'
import { bySetName } from '../set/set-name.ts'
import type { SetSummary } from '../set/set-store.ts'
import { isDamaged, isWhole, wasPublished } from '../set/standing.ts'

/** The sets to copy from one storage to another, and why the others are not copied. */
export interface CopyDecision {
  /** Newest first, so that an interrupted copy has transferred the newer ones. */
  readonly copy: readonly string[]
  /** On both storages: they must be identical. */
  readonly compare: readonly string[]
  /** Missing, but not retained by the keep policy of the target. */
  readonly unwanted: readonly { readonly name: string; readonly reason: string }[]
  /** Missing, but not usable on the target. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[]
  /** Damaged on the source: cannot be copied. */
  readonly damaged: readonly string[]
  /** Those of `copy` that are damaged on the target: made again if the manifests are identical. */
  readonly again: readonly string[]
  /** Accepted on the source: to be accepted on the target, too, if they are there. */
  readonly accepted: readonly string[]
  /** Nothing was ever published on the source, or it has vanished. */
  readonly isEmpty: boolean
}

export interface CopyWanted {
  readonly newest: number
  readonly keep: KeepPolicy
  /** Whether sets without a manifest count on the target. */
  readonly takesLegacy: boolean
}

/**
 * Decides only. Selects the given number of newest published sets; those that are missing on the target are copied, except for those that its keep
 * policy would remove at once, since they would be copied again each time.
 */
export function decideCopies(from: readonly SetSummary[], to: readonly SetSummary[], { newest, keep, takesLegacy }: CopyWanted): CopyDecision {
  const published = from.filter(wasPublished).toSorted((a, b) => bySetName(b, a))
  // A damaged set counts among them: an older one instead would be a surprise.
  const newestSets = published.slice(0, newest)
  const chosen = newestSets.filter(isWhole)
  const there = new Set(to.filter(isWhole).map(({ name }) => name))
  const missing = chosen.filter(({ name }) => !there.has(name))
  const refused = missing.flatMap((set) => {
    const reason = whyNot(set, takesLegacy)
    return reason === undefined ? [] : [{ name: set.name, reason }]
  })
  const able = missing.filter(({ name }) => !refused.some((it) => it.name === name))
  const unwanted = unwantedThere(able, to, keep)
  const copy = able.map(({ name }) => name).filter((name) => !unwanted.has(name))
  const damagedThere = new Set(to.filter(isDamaged).map(({ name }) => name))
  return {
    copy,
    again: copy.filter((name) => damagedThere.has(name)),
    accepted: chosen.filter(({ name, isAccepted }) => isAccepted === true && !isAcceptedThere(name, to)).map(({ name }) => name),
    isEmpty: published.length === 0,
    compare: chosen.map(({ name }) => name).filter((name) => there.has(name)),
    unwanted: [...unwanted].map(([name, reason]) => ({ name, reason: `the keep policy of the target would expire it: ${reason}` })),
    refused,
    damaged: newestSets.filter(isDamaged).map(({ name }) => name),
  }
}

function isAcceptedThere(name: string, to: readonly SetSummary[]): boolean {
  return to.some((set) => set.name === name && set.isAccepted === true)
}

function whyNot({ state, isNewer }: SetSummary, takesLegacy: boolean): string | undefined {
  if (isNewer === true) return 'made by a later version'
  return state === 'legacy' && !takesLegacy ? 'it has no manifest, which the target requires' : undefined
}

function unwantedThere(missing: readonly SetSummary[], to: readonly SetSummary[], keep: KeepPolicy): ReadonlyMap<string, string> {
  const arriving = new Set(missing.map(({ name }) => name))
  const all = [...to.filter(({ name }) => !arriving.has(name)), ...missing]
  const newest = newestOf(all)
  const { expire } = decideRotation(all, keep, newest)
  return new Map(expire.filter(({ name }) => arriving.has(name)).map(({ name, reason }) => [name, reason]))
}

/** The name of the newest set that counts. */
export function newestOf(sets: readonly SetSummary[]): string | undefined {
  return sets
    .filter(isWhole)
    .map(({ name }) => name)
    .toSorted()
    .at(-1)
}
