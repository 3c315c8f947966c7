import { randomUUID } from 'node:crypto'
import { setModeOfFolderIn } from '../../files/change-mode.ts'
import { type Entry, renameEntry, rmdirIn } from '../../files/entries.ts'
import { closeFolder, type Folder, openFolderIn, shownIn } from '../../files/folder.ts'
import { isStill, type Proof } from '../../files/tree/remove-proven.ts'
import { removeTreeIn } from '../../files/tree/remove-tree.ts'
import { systemCode } from '../../lib/errors.ts'
import { flush } from '../flush.ts'
import type { OpenedRoot } from '../opened-root.ts'
import { HOW_TO_TRUST } from '../root/judge-root.ts'
import { type OperationContext, StorageError } from '../storage.ts'
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
  { root, isShared, note }: OpenedRoot,
  { area, name, proves }: { readonly area: Folder; readonly name: string; readonly proves?: Proof },
  call: OperationContext,
): Promise<void> {
  const from = shownIn(root, name)
  refuseAborted(call.signal, `expiring ${quoted(from)}`)
  const proven = isShared && proves !== undefined ? await naming('open', from, () => openProven(root, { name, proves })) : undefined
  const way = await makeNewFolder(area, `${EXPIRING}${randomUUID()}`)
  try {
    await naming('expire', from, () => renameOwned({ folder: root, name }, { folder: way.folder, name: 'set' }))
    if (proven !== undefined && !(await isStill(proven, { folder: way.folder, name: 'set' }))) {
      // Another folder was given the name in the meantime. Not to the same name, which may exist again.
      await renameEntry({ folder: way.folder, name: 'set' }, { folder: root, name: `${name}.${randomUUID()}` })
      throw new StorageError('unsafe', `${quoted(from)} was replaced by another user while it was removed`)
    }
  } catch (error) {
    await rmdirIn(area, way.name).catch(() => undefined)
    throw error
  } finally {
    await closeFolder(way.folder)
    if (proven !== undefined) await closeFolder(proven)
  }
  call.failpoint?.('expire-renamed')
  // If this fails, the set is out of the root, but possibly not permanently: it is kept complete in either location.
  await flush(root, root.path, note)
  call.failpoint?.('expire-flushed')
  const left = await removeTreeIn(area, way.name)
  if (left !== undefined) throw storageErrorOf(left.error, 'remove', left.path)
  call.failpoint?.('expire-deleted')
}

async function openProven(root: Folder, { name, proves }: { readonly name: string; readonly proves: Proof }): Promise<Folder> {
  const tree = await openFolderIn(root, name)
  if (await proves(tree)) return tree
  await closeFolder(tree)
  throw new StorageError('unsafe', `${quoted(tree.path)} may be another folder that was given the name of a set: it contains no manifest`, {
    hint: `Other users can rename folders in ${quoted(root.path)}. Remove it manually; or allow only root to write there and to the folders above; or trust all users who can: ${HOW_TO_TRUST}.`,
  })
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
