import { mkdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { systemCode } from '../lib/errors.ts'
import { closeFolder, type EntryFacts, type EntryName, FilesError, type Folder, openFolderIn, pathIn } from './folder.ts'

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
