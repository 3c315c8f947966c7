import type { MountEntry } from '../../storage/root/mountinfo.ts'
import { mayHang } from '../../storage/root/mountinfo.ts'
import { probeRoot } from '../../storage/root/probe-root.ts'
import type { CoverDeps } from './covered.ts'
import { followPath } from './follow-path.ts'

type AnswerDeps = Pick<CoverDeps, 'signal' | 'limitMs'> & { readonly mountinfo: string }

/**
 * Rejects with `storage/unreachable` if a file system on one of these paths does not respond. Determined in a process of its own: a call on a
 * dead mount blocks a thread of this one forever.
 */
export async function requireAnswers(paths: readonly string[], deps: AnswerDeps): Promise<void> {
  for (const path of paths) await followPath(path, deps.mountinfo, (mount) => hasAnswered(mount, deps))
}

/** True, or rejects with `storage/unreachable`. */
export async function hasAnswered(mount: MountEntry, { signal, limitMs }: Omit<AnswerDeps, 'mountinfo'>): Promise<true> {
  if (mayHang(mount)) await probeRoot(mount.mountPoint, signal, limitMs)
  return true
}
