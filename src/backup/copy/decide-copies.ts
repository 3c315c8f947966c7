import type { KeepPolicy } from '../../plan/plan.ts'
import { decideRotation } from '../keep/rotation.ts'
import type { SetSummary } from '../set/set-store.ts'

/** Which sets are to be brought from one storage to another, and why the others are not. */
export interface CopyDecision {
  /** Newest first: if we are stopped half-way, the newer part is there. */
  readonly copy: readonly string[]
  /** On both already: they must be the same. */
  readonly compare: readonly string[]
  /** Missing, and wanted by no rule of the keep policy over there. */
  readonly unwanted: readonly { readonly name: string; readonly reason: string }[]
  /** Missing, and of no use over there. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[]
}

export interface CopyWanted {
  readonly newest: number
  readonly keep: KeepPolicy
  /** Whether sets without a manifest count where they come to. */
  readonly takesLegacy: boolean
}

/**
 * Decides only. Of the sets that are whole the newest so many are wanted; those that are missing are copied, unless the keep policy over there would
 * remove them again at once, which would be repeated for ever.
 */
export function decideCopies(from: readonly SetSummary[], to: readonly SetSummary[], { newest, keep, takesLegacy }: CopyWanted): CopyDecision {
  const whole = from.filter(({ state }) => state !== 'unfinished').toSorted((a, b) => (a.name < b.name ? 1 : -1))
  const chosen = whole.slice(0, newest)
  const there = new Set(to.filter(({ state }) => state !== 'unfinished').map(({ name }) => name))
  const missing = chosen.filter(({ name }) => !there.has(name))
  const refused = missing.flatMap((set) => {
    const reason = whyNot(set, takesLegacy)
    return reason === undefined ? [] : [{ name: set.name, reason }]
  })
  const able = missing.filter(({ name }) => !refused.some((it) => it.name === name))
  const unwanted = unwantedThere(able, to, keep)
  return {
    copy: able.map(({ name }) => name).filter((name) => !unwanted.has(name)),
    compare: chosen.map(({ name }) => name).filter((name) => there.has(name)),
    unwanted: [...unwanted].map(([name, reason]) => ({ name, reason: `the keep policy of the target would expire it: ${reason}` })),
    refused,
  }
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
    .filter(({ state }) => state !== 'unfinished')
    .map(({ name }) => name)
    .toSorted()
    .at(-1)
}
