import { isAbsent } from '../../files/entries.ts'
import { foreignLinkOf, hintForLink } from '../../files/trust/foreign-link.ts'
import { ownTruster } from '../../files/trust/trust.ts'
import { closeWalked, walkPath } from '../../files/trust/trusted-path.ts'
import { printable } from '../../lib/format.ts'
import type { ObjectSpec } from '../../plan/plan.ts'
import { RunError } from '../run-error.ts'

/**
 * Throws `run/unsafe` if the path of a source of files, or of an SQLite database, contains a link of another user, who could have any file of this
 * host stored. What is missing is reported by the program that reads it.
 */
export async function refuseForeignSources(objects: readonly ObjectSpec[]): Promise<void> {
  for (const path of new Set(objects.flatMap(pathsOf))) {
    const walked = await walkPath(path, ownTruster()).catch((error: unknown) => {
      if (isAbsent(error)) return undefined
      throw error
    })
    if (walked === undefined) continue
    await closeWalked(walked)
    // Of a source of files, a link at the end is stored as a link.
    const link = foreignLinkOf(walked.problems)
    if (link === undefined) continue
    throw new RunError(
      'unsafe',
      `other users can change the symbolic link "${printable(link.path)}" in the path of the source "${printable(path)}"`,
      {
        hint: hintForLink(),
      },
    )
  }
}

function pathsOf({ source }: ObjectSpec): readonly string[] {
  if (source?.kind === 'files') return source.paths
  return source?.kind === 'sqlite' ? [source.path] : []
}
