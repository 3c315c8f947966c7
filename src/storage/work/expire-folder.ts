import { randomUUID } from 'node:crypto'
import { setModeOfFolderIn } from '../../files/change-mode.ts'
import { type Entry, renameEntry, rmdirIn } from '../../files/entries.ts'
import { closeFolder, type Folder, shownIn } from '../../files/folder.ts'
import { removeTreeIn } from '../../files/tree/remove-tree.ts'
import { systemCode } from '../../lib/errors.ts'
import { flush } from '../flush.ts'
import type { Place } from '../place.ts'
import type { OperationContext } from '../storage.ts'
import { naming, quoted, refuseAborted, storageErrorOf } from '../system-errors.ts'
import { EXPIRING } from './work-area.ts'
import { makeNewFolder } from './work-entry.ts'

/**
 * Removes a set's folder: out of the root by one rename, that flushed, and only then its files go, so that no crash leaves half a set in the root.
 * Called under the root's lock, which it needs to the end: a sweep takes such a folder without asking for a lock of its own. No file is written for it,
 * as the device may be full. What cannot be deleted (a mount inside, an immutable file) stays in the work area, where the next sweep tries again.
 */
export async function expireFolder(
  { root, note }: Place,
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
  // If this fails the set is out of the root, but perhaps not for good: it stays whole, wherever it is.
  await flush(root, root.path, note)
  call.failpoint?.('expire-flushed')
  const left = await removeTreeIn(area, way.name)
  if (left !== undefined) throw storageErrorOf(left.error, 'remove', left.path)
  call.failpoint?.('expire-deleted')
}

/** Renaming a folder changes its `..`, so that an ordinary user needs write permission on it, which the set's mode may not give. */
async function renameOwned(from: Entry, to: Entry): Promise<void> {
  try {
    await renameEntry(from, to)
  } catch (error) {
    if (systemCode(error) !== 'EACCES') throw error
    await setModeOfFolderIn(from.folder, from.name, 0o700)
    await renameEntry(from, to)
  }
}
