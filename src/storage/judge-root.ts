import { commandAgainst, describeDistrust, distrustOf, ownTruster } from '../files/trust.ts'
import { ANYBODY, type PathProblem } from '../files/trusted-path.ts'
import { StorageError } from './storage.ts'
import { quoted } from './system-errors.ts'

/**
 * Judges what on the way to a root, or at the root itself, somebody else than root and we could change. Throws `storage/unsafe` for a link of somebody
 * else, who could have it lead to any folder of ours. What is worth a word is given back as a note: such a person can exchange, remove and add sets, and
 * do no harm to anything else.
 */
export function judgeRoot(root: string, problems: readonly PathProblem[]): string | undefined {
  const link = problems.find(({ kind }) => kind === 'link')
  if (link !== undefined)
    throw new StorageError(
      'unsafe',
      `on the way to ${quoted(root)}, ${link.facts.uid === ANYBODY ? 'others' : `user ${link.facts.uid}`} could make the link ${quoted(link.path)} lead anywhere`,
      {
        hint: `Write the path without the link; or let the link and its folder belong to root, and nobody else write there; or trust whoever can change it: ${HOW_TO_TRUST}.`,
      },
    )
  const worst = problems.at(-1)
  if (worst === undefined) return undefined
  const mend = commandAgainst(worst.path, worst.distrust, ownTruster())
  return `${describeDistrust(worst.path, worst.distrust, worst.facts)}: whoever can write there can exchange, remove or add sets (to end that: ${mend}; if it is meant so: ${HOW_TO_TRUST})`
}

/** Whether a root belongs to somebody else, who chose its group too. */
export function isForeignRoot(facts: { readonly uid: number; readonly gid: number; readonly mode: number }): boolean {
  return distrustOf(facts, ownTruster()) === 'owner'
}

export const HOW_TO_TRUST = '--trust-root, or "trust-root: true" of the storage'
