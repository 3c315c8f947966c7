import { randomUUID } from 'node:crypto'
import { setModeOfFolderIn } from '../../files/change-mode.ts'
import { type Entry, namesIn, renameEntry, rmdirIn, statIn } from '../../files/entries.ts'
import { closeFolder, type Folder, openFolderIn, shownIn, withFolder } from '../../files/folder.ts'
import { isStill, type Proof } from '../../files/tree/remove-proven.ts'
import { type NotRemoved, removeTreeIn } from '../../files/tree/remove-tree.ts'
import { systemCode } from '../../lib/errors.ts'
import type { OpenedRoot } from '../opened-root.ts'
import { HOW_TO_TRUST } from '../root/check-root-trust.ts'
import { StorageError } from '../storage.ts'
import { naming, quoted } from '../system-errors.ts'
import { EXPIRING, REPLACING } from './work-area.ts'
import { type EntryLocation, makeNewFolder } from './work-entry.ts'

/** The folder of a set, and what shows that it is one. */
export interface ExpiringSet {
  readonly area: Folder
  readonly name: string
  readonly proves: Proof
}

/** A set that was renamed out of the root. */
export interface SetAside {
  /** Where it is. */
  readonly path: string
  /** Deletes it. Never rejects: resolves with the first entry that could not be deleted. */
  remove(): Promise<NotRemoved | undefined>
  /** Renames it back. Rejects with the cause if this is not possible, or if its name was given to another folder. */
  putBack(): Promise<void>
}

/**
 * Renames the folder of a set into the work area. If it rejects, nothing is changed. Called with the root's lock. After a kill, the next sweep deletes
 * an `expire`d set; one that is to be `replace`d gets its name back, unless a new one has it.
 */
export async function setAside(opened: OpenedRoot, set: ExpiringSet, why: 'expire' | 'replace'): Promise<SetAside> {
  const { root, isShared } = opened
  const { area, name, proves } = set
  const from = shownIn(root, name)
  const proven = isShared ? await naming('open', from, () => openProven(root, { name, proves })) : undefined
  try {
    const way = await makeNewFolder(area, `${why === 'replace' ? REPLACING : EXPIRING}${randomUUID()}`)
    const inside = why === 'replace' ? name : 'set'
    try {
      await naming(why, from, () => renameOwned({ folder: root, name }, { folder: way.folder, name: inside }))
      if (proven !== undefined && !(await isStill(proven, { folder: way.folder, name: inside }))) {
        // Another folder was given the name in the meantime. Not to the same name, which may exist again.
        await renameEntry({ folder: way.folder, name: inside }, { folder: root, name: `${name}.${randomUUID()}` })
        throw new StorageError('unsafe', `${quoted(from)} was replaced by another user while it was removed`)
      }
    } catch (error) {
      await rmdirIn(area, way.name).catch(() => undefined)
      throw error
    } finally {
      await closeFolder(way.folder)
    }
    return {
      path: `${shownIn(area, way.name)}/${inside}`,
      remove: () => (why === 'replace' ? removeReplaced(area, way.name) : removeTreeIn(area, way.name)),
      putBack: () => putBack({ area, name: way.name }, { from: inside, to: { folder: root, name } }),
    }
  } finally {
    if (proven !== undefined) await closeFolder(proven)
  }
}

/** Under another name first: a part of a set must not get the name of the set back. */
async function removeReplaced(area: Folder, name: string): Promise<NotRemoved | undefined> {
  return removeTreeIn(area, await renameToExpire(area, name))
}

async function renameToExpire(area: Folder, name: string): Promise<string> {
  const expiring = `${EXPIRING}${name.slice(REPLACING.length)}`
  await renameEntry({ folder: area, name }, { folder: area, name: expiring })
  return expiring
}

/**
 * Settles a folder of a run that was killed while it replaced a set: the set gets its name back, unless a new one has it, and then the folder gets a
 * name by which it is deleted. Called with the root's lock.
 */
export async function settleReplaced(
  { area, name: way }: EntryLocation,
  root: Folder,
): Promise<{ readonly back: string } | { readonly expiring: string }> {
  const [name] = await withFolder(openFolderIn(area, way), namesIn)
  if (name !== undefined && (await statIn(root, name)) === undefined) {
    await putBack({ area, name: way }, { from: name, to: { folder: root, name } })
    return { back: shownIn(root, name) }
  }
  return { expiring: await renameToExpire(area, way) }
}

interface PutBack {
  readonly from: string
  readonly to: Entry
}

async function putBack(way: EntryLocation, { from, to }: PutBack): Promise<void> {
  // rename(2) would replace an empty folder.
  if (await statIn(to.folder, to.name)) throw new StorageError('exists', `${quoted(shownIn(to.folder, to.name))} already exists`)
  await withFolder(openFolderIn(way.area, way.name), (folder) => renameOwned({ folder, name: from }, to))
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
