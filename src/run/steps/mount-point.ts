import { ownTruster } from '../../files/trust/trust.ts'
import { closeWalkedSync, type PathProblem, walkPathSync } from '../../files/trust/trusted-path.ts'
import { printable } from '../../lib/format.ts'
import { RunError } from '../run-error.ts'

/**
 * The path of a mount point for umount(8), without links. Throws `run/unsafe` if other users can change a part of the configured path, and with it what
 * is unmounted. `mounted`: the mount point that was found there.
 */
export function checkedPoint(mounted: string, point: string): string {
  const walked = walkPathSync(point, ownTruster())
  closeWalkedSync(walked)
  refuseForeignPath(walked.realPath, walked.problems)
  if (walked.realPath !== mounted)
    throw new RunError('unsafe', `"${printable(point)}" was replaced while it was checked`, { hint: 'Check which users can change this path.' })
  return walked.realPath
}

/** The mount point itself may belong to another user, who cannot replace it. */
export function refuseForeignPath(realPath: string, problems: readonly PathProblem[]): void {
  const problem = problems.find(({ path, kind }) => kind === 'link' || path !== realPath)
  if (problem === undefined) return
  throw new RunError('unsafe', `other users can change "${printable(problem.path)}", and with it the mount point`, {
    hint: 'Use a path that only root can change; or trust all users who can change it: --trust-root.',
  })
}
