import { fchmodSync, fchownSync, mkdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { systemCode } from '../lib/errors.ts'
import { isUnsupported } from './flush.ts'
import { closeFolder, type EntryFacts, type EntryName, FilesError, type Folder, openFolderIn, openFolderInSync, pathIn } from './folder.ts'
import { readUmask } from './kernel-files.ts'

/** Creates a folder in a folder and opens it. Rejects with `EEXIST` if the name exists, and with `files/not-private` if it was replaced immediately. */
export async function makeFolderIn(folder: Folder, name: EntryName, mode = 0o700): Promise<Folder> {
  await mkdir(pathIn(folder, name), { mode })
  const made = await openFolderIn(folder, name)
  if (made.facts.uid === ownUid()) return made
  await closeFolder(made)
  throw new FilesError('not-private', `"${made.path}" was replaced by another user while it was created`, {
    hint: 'Check which users can write to the folder above it.',
  })
}

/** Creates a folder in one that only this user can write to: other users cannot replace it, so its owner need not be checked when it is opened again. */
export async function mkdirIn(folder: Folder, name: EntryName, mode = 0o700): Promise<void> {
  await mkdir(pathIn(folder, name), { mode })
}

/** Opens a folder in a folder, and creates it if it is missing. Its owner is not checked: see its facts. */
export async function makeOrOpenFolderIn(folder: Folder, name: EntryName, mode = 0o700): Promise<Folder> {
  try {
    await mkdir(pathIn(folder, name), { mode })
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
  return openFolderIn(folder, name)
}

/** A folder whose owner, or that of a folder above it, is another user (except root), so that its group and its ACL are that user's choice. */
export interface NewFolderContext {
  readonly isForeign: boolean
}

/**
 * Like `makeOrOpenFolderIn`, with `mode` less the umask. In a foreign folder, a new folder inherits neither the group (setgid) nor permissions by a default
 * ACL, to which the umask does not apply: it gets the group of this process, and for the group, which limits all entries of the ACL, the permissions
 * of all users.
 */
export async function makeOrOpenOwnFolderIn(folder: Folder & NewFolderContext, name: EntryName, mode: number): Promise<Folder> {
  if (!folder.isForeign) return makeOrOpenFolderIn(folder, name, mode)
  try {
    await mkdir(pathIn(folder, name), { mode: 0o700 })
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
    return openFolderIn(folder, name)
  }
  return settled(await openFolderIn(folder, name), mode)
}

/** The same synchronously. */
export function makeOrOpenOwnFolderInSync(folder: Folder & NewFolderContext, name: EntryName, mode: number): Folder {
  try {
    makeFolderInSync(folder, name, folder.isForeign ? 0o700 : mode)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
    return openFolderInSync(folder, name)
  }
  const made = openFolderInSync(folder, name)
  return folder.isForeign ? settled(made, mode) : made
}

/** The mode in a foreign folder: the group gets only the permissions of all users. */
export function modeWithoutGroup(mode: number): number {
  return (mode & ~0o070) | ((mode & 0o007) << 3)
}

// The mode of the folder is 0700 until then. If it is not the created one, but another folder of its owner, it is not changed.
function settled(made: Folder, mode: number): Folder {
  if (made.facts.uid !== ownUid() || (made.facts.mode & 0o077) !== 0) return made
  unlessUnsupported(() => fchownSync(made.fd, -1, process.getegid?.() ?? -1))
  // This also removes the setgid bit, which would pass the group on.
  unlessUnsupported(() => fchmodSync(made.fd, modeWithoutGroup(mode & ~readUmask())))
  return made
}

function unlessUnsupported(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!isUnsupported(error)) throw error
  }
}

export function makeFolderInSync(folder: Folder, name: EntryName, mode = 0o700): void {
  mkdirSync(pathIn(folder, name), { mode })
}

/** Whether only this user and root can write to it. */
export function isPrivate({ uid, mode }: EntryFacts): boolean {
  return uid === ownUid() && (mode & 0o022) === 0
}

function ownUid(): number {
  return process.geteuid?.() ?? 0
}
