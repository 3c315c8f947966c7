import { randomUUID } from 'node:crypto'
import { setModeOfFolderIn } from '../../files/change-mode.ts'
import { type Entry, renameEntry, rmdirIn } from '../../files/entries.ts'
import { closeFolder, type Folder, shownIn } from '../../files/folder.ts'
import { removeTreeIn } from '../../files/tree/remove-tree.ts'
import { systemCode } from '../../lib/errors.ts'
import { flush } from '../flush.ts'
import type { OpenedRoot } from '../opened-root.ts'
import type { OperationContext } from '../storage.ts'
import { naming, quoted, refuseAborted, storageErrorOf } from '../system-errors.ts'
import { EXPIRING } from './work-area.ts'
import { makeNewFolder } from './work-entry.ts'

/**
 * Removes the folder of a set: one rename out of the root, flushed, and only then the files are deleted, so that no crash leaves an incomplete set in
 * the root. Called with the root's lock, which is needed to the end: a sweep removes such a folder without a separate lock. No file is written,
 * because the device may be full. Entries that cannot be deleted (a mount inside, an immutable file) stay in the work area, where the next sweep
 * tries again.
 */
export async function expireFolder(
  { root, note }: OpenedRoot,
  { area, name }: { readonly area: Folder; readonly name: string },
  call: OperationContext,
): Promise<void> {
  const from = shownIn(root, name)
  refuseAborted(call.signal, `expiring ${quoted(from)}`)
  const way = await makeNewFolder(area, `${EXPIRING}${randomUUID()}`)
  try {
    await naming('expire', from, () => renameOwned({ folder: root, name }, { folder: way.folder, name: 'set' }))
  } catch (error) {
    await rmdirIn(area, way.name).catch(() => undefined)
    throw error
  } finally {
    await closeFolder(way.folder)
  }
  call.failpoint?.('expire-renamed')
  // If this fails, the set is out of the root, but possibly not permanently: it is kept complete in either location.
  await flush(root, root.path, note)
  call.failpoint?.('expire-flushed')
  const left = await removeTreeIn(area, way.name)
  if (left !== undefined) throw storageErrorOf(left.error, 'remove', left.path)
  call.failpoint?.('expire-deleted')
}

/** Renaming a folder changes its `..`, for which an ordinary user needs write permission, which the mode of the set may not include. */
async function renameOwned(from: Entry, to: Entry): Promise<void> {
  try {
    await renameEntry(from, to)
  } catch (error) {
    if (systemCode(error) !== 'EACCES') throw error
    await setModeOfFolderIn(from.folder, from.name, 0o700)
    await renameEntry(from, to)
  }
}
