import { shownIn } from '../../files/folder.ts'
import { flush } from '../flush.ts'
import type { OpenedRoot } from '../opened-root.ts'
import type { OperationContext } from '../storage.ts'
import { quoted, refuseAborted, storageErrorOf } from '../system-errors.ts'
import { type ExpiringSet, setAside } from './set-aside.ts'

/**
 * Removes the folder of a set: one rename out of the root, flushed, and only then the files are deleted, so that no crash leaves an incomplete set in
 * the root. Called with the root's lock, which is needed to the end: a sweep removes such a folder without a separate lock. No file is written,
 * because the device may be full. Entries that cannot be deleted (a mount inside, an immutable file) stay in the work area, where the next sweep
 * tries again.
 */
export async function expireFolder(opened: OpenedRoot, set: ExpiringSet, call: OperationContext): Promise<void> {
  const { root, note } = opened
  refuseAborted(call.signal, `expiring ${quoted(shownIn(root, set.name))}`)
  const aside = await setAside(opened, set, 'expire')
  call.failpoint?.('expire-renamed')
  // If this fails, the set is out of the root, but possibly not permanently: it is kept complete in either location.
  await flush(root, root.path, note)
  call.failpoint?.('expire-flushed')
  const left = await aside.remove()
  if (left !== undefined) throw storageErrorOf(left.error, 'remove', left.path)
  call.failpoint?.('expire-deleted')
}
