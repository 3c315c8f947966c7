import { commandAgainst, describeDistrust, ownTruster } from '../../files/trust/trust.ts'
import { ANYBODY, foreignLinkOf, hintForLink, type PathProblem } from '../../files/trust/trusted-path.ts'
import { StorageError } from '../storage.ts'
import { quoted } from '../system-errors.ts'

/**
 * Checks which parts of the path of a root, including the root itself, another user (except root) could change. Throws `storage/unsafe` for a link of
 * such a user, which could lead to any folder. Returns a note about write access: such users can replace, remove and add sets, but cannot affect
 * anything else.
 */
export function checkRootTrust(root: string, problems: readonly PathProblem[]): string | undefined {
  const link = foreignLinkOf(problems)
  if (link !== undefined)
    throw new StorageError(
      'unsafe',
      `${link.facts.uid === ANYBODY ? 'other users' : `user ${link.facts.uid}`} can change the link ${quoted(link.path)} in the path ${quoted(root)}`,
      {
        hint: hintForLink(HOW_TO_TRUST),
      },
    )
  const worst = problems.at(-1)
  if (worst === undefined) return undefined
  const command = commandAgainst(worst.path, worst.distrust, ownTruster())
  return `${describeDistrust(worst.path, worst.distrust, worst.facts)}: users with write access can replace, remove or add sets (to prevent that: ${command}; to accept it: ${HOW_TO_TRUST})`
}

export const HOW_TO_TRUST = '--trust-root, or "trust-root: true" of the storage'
