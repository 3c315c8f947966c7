import { randomUUID } from 'node:crypto'
import { setModeOfFolderIn } from '../../files/change-mode.ts'
import { type Entry, renameEntry, rmdirIn, statIn } from '../../files/entries.ts'
import { closeFolder, type Folder, openFolderIn, shownIn, withFolder } from '../../files/folder.ts'
import { isStill, type Proof } from '../../files/tree/remove-proven.ts'
import { type NotRemoved, removeTreeIn } from '../../files/tree/remove-tree.ts'
import { systemCode } from '../../lib/errors.ts'
import type { OpenedRoot } from '../opened-root.ts'
import { HOW_TO_TRUST } from '../root/judge-root.ts'
import { StorageError } from '../storage.ts'
import { naming, quoted } from '../system-errors.ts'
import { EXPIRING } from './work-area.ts'
import { type EntryLocation, makeNewFolder } from './work-entry.ts'

/** The folder of a set, and what shows that it is one. */
export interface ExpiringSet {
  readonly area: Folder
  readonly name: string
  readonly proves: Proof
}

/** A set that was renamed out of the root. The next sweep deletes it, unless it is put back. */
export interface SetAside {
  /** Deletes it. Never rejects: resolves with the first entry that could not be deleted. */
  remove(): Promise<NotRemoved | undefined>
  /** Renames it back. Rejects with the cause if this is not possible, or if its name was given to another folder. */
  putBack(): Promise<void>
}

/** Renames the folder of a set into the work area. If it rejects, nothing is changed. Called with the root's lock. */
export async function setAside({ root, isShared }: OpenedRoot, { area, name, proves }: ExpiringSet): Promise<SetAside> {
  const from = shownIn(root, name)
  const proven = isShared ? await naming('open', from, () => openProven(root, { name, proves })) : undefined
  try {
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
    }
    return { remove: () => removeTreeIn(area, way.name), putBack: () => putBack({ area, name: way.name }, { folder: root, name }) }
  } finally {
    if (proven !== undefined) await closeFolder(proven)
  }
}

async function putBack(way: EntryLocation, to: { readonly folder: Folder; readonly name: string }): Promise<void> {
  // rename(2) would replace an empty folder.
  if (await statIn(to.folder, to.name)) throw new StorageError('exists', `${quoted(shownIn(to.folder, to.name))} already exists`)
  await withFolder(openFolderIn(way.area, way.name), (folder) => renameOwned({ folder, name: 'set' }, to))
  await rmdirIn(way.area, way.name)
}

async function openProven(root: Folder, { name, proves }: Pick<ExpiringSet, 'name' | 'proves'>): Promise<Folder> {
  const tree = await openFolderIn(root, name)
  try {
    if (await proves(tree)) return tree
  } catch (error) {
    await closeFolder(tree)
    throw error
  }
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
