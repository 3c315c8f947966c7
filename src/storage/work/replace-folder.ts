import { shownIn } from '../../files/folder.ts'
import { messageOf } from '../../lib/errors.ts'
import { flush } from '../flush.ts'
import type { OpenedRoot } from '../opened-root.ts'
import type { OperationContext } from '../storage.ts'
import { quoted, refuseAborted, storageErrorOf } from '../system-errors.ts'
import { type ExpiringSet, type SetAside, setAside } from './set-aside.ts'

export interface ReplacedSet extends ExpiringSet {
  /** Makes the new folder of that name permanent; if it rejects, that is not in the root. */
  publish(): Promise<void>
}

/**
 * Replaces the folder of a set: one rename out of the root, the publication of the new folder, and only then the files of the old one are deleted. If
 * the new one cannot be published, the old one is put back; after a kill, the next sweep does it. Entries that cannot be deleted are noted, and stay in the work area, where the next sweep
 * tries again. Called with the root's lock.
 */
export async function replaceFolder(opened: OpenedRoot, { publish, ...set }: ReplacedSet, call: OperationContext): Promise<void> {
  refuseAborted(call.signal, `replacing ${quoted(shownIn(opened.root, set.name))}`)
  const aside = await setAside(opened, set, 'replace')
  try {
    call.failpoint?.('expire-renamed')
    await publish()
  } catch (error) {
    await putBack(opened, set, aside)
    throw error
  }
  const left = await aside.remove()
  if (left !== undefined) opened.note(`could not remove a set that was replaced: ${messageOf(storageErrorOf(left.error, 'remove', left.path))}`)
  call.failpoint?.('expire-deleted')
}

/** The cause of the failure is more important than that of another one here, which is noted. */
async function putBack({ root, note }: OpenedRoot, { name }: ExpiringSet, aside: SetAside): Promise<void> {
  try {
    await aside.putBack()
    await flush(root, root.path, note)
  } catch (error) {
    note(
      `could not put back ${quoted(shownIn(root, name))}, which was to be replaced and is in ${quoted(aside.path)}: ${messageOf(error)}. The next run tries again.`,
    )
  }
}
