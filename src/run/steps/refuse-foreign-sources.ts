import { requireAnswers } from '../../backup/coverage/require-answers.ts'
import { isAbsent } from '../../files/entries.ts'
import { ownTruster } from '../../files/trust/trust.ts'
import { closeWalked, foreignLinkOf, hintForLink, walkPath } from '../../files/trust/trusted-path.ts'
import { systemCode } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import type { ObjectSpec } from '../../plan/plan.ts'
import { readMountinfo } from '../../storage/root/mountinfo.ts'
import { StorageError } from '../../storage/storage.ts'
import { RunError } from '../run-error.ts'

/**
 * Throws `run/unsafe` if the path of a source of files, or of an SQLite database, contains a link of another user, who could have any file of this
 * host stored. A missing file, or one on a file system that does not respond, is reported when its object is made.
 */
export async function refuseForeignSources(objects: readonly ObjectSpec[], signal: AbortSignal): Promise<void> {
  for (const path of new Set(objects.flatMap(pathsOf))) {
    if (!(await hasAnswer(path, signal))) continue
    const walked = await walkPath(path, ownTruster()).catch((error: unknown) => {
      if (isAbsent(error) || systemCode(error) === 'ELOOP') return undefined
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

async function hasAnswer(path: string, signal: AbortSignal): Promise<boolean> {
  try {
    await requireAnswers([path], { mountinfo: readMountinfo(), signal })
    return true
  } catch (error) {
    if (error instanceof StorageError && error.code === 'storage/unreachable') return false
    throw error
  }
}

function pathsOf({ source }: ObjectSpec): readonly string[] {
  if (source?.kind === 'files') return source.paths
  return source?.kind === 'sqlite' ? [source.path] : []
}
