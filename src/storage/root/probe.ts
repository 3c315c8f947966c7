import { runTool } from '../../process/tool/run-tool.ts'
import { StorageError } from '../storage.ts'
import { quoted, refuseAborted } from '../system-errors.ts'

/** How long a root may take to answer at all. */
const PROBE_LIMIT_MS = 30_000

/** What answered just now is not asked again: a short run looks at its root three times in this time. */
const FRESH_MS = 1000

const answeredAt = new Map<string, number>()

/**
 * Asks whether a root answers, in a process of its own: a call on a dead network mount blocks for ever, and inside our process it would block the
 * end of the run too. Rejects with `storage/unreachable` after the limit. A root that is not there answers as well; one that has answered this process
 * within the last second is not asked.
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
