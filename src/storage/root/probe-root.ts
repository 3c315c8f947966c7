import { runTool } from '../../process/tool/run-tool.ts'
import { StorageError } from '../storage.ts'
import { quoted, refuseAborted } from '../system-errors.ts'

/** Time limit for an answer of a root. */
const PROBE_LIMIT_MS = 30_000

/** A recent answer is reused: a short run checks its root three times in this period. */
const FRESH_MS = 1000

const answeredAt = new Map<string, number>()

/**
 * Checks whether a root responds, in a separate process: a call on a dead network mount blocks forever, and in this process it would also block the
 * end of the run. Rejects with `storage/unreachable` after the limit. A missing root counts as an answer; a root that has answered this process
 * within the last second is not queried.
 */
export async function probeRoot(root: string, signal: AbortSignal, limitMs = PROBE_LIMIT_MS): Promise<void> {
  const doing = `checking the file system of ${quoted(root)}`
  refuseAborted(signal, doing)
  if (performance.now() - (answeredAt.get(root) ?? Number.NEGATIVE_INFINITY) < FRESH_MS) return
  const limit = AbortSignal.timeout(limitMs)
  await runTool(['stat', '--file-system', '--', root], [], AbortSignal.any([signal, limit]))
  refuseAborted(signal, doing)
  if (!limit.aborted) {
    answeredAt.set(root, performance.now())
    return
  }
  answeredAt.delete(root)
  throw new StorageError('unreachable', `no answer from the file system of ${quoted(root)} within ${limitMs / 1000} s`, {
    hint: 'Check its file server, or unmount it with "umount -l".',
  })
}
