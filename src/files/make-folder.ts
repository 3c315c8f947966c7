import { mkdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { systemCode } from '../lib/errors.ts'
import { FilesError } from './errors.ts'
import { closeFolder, type EntryFacts, type EntryName, type Folder, openFolderIn, pathIn } from './folder.ts'

/** Makes a folder in a folder and opens it. Rejects with `EEXIST` where anything has that name, and with `files/not-private` if it was exchanged at once. */
export async function makeFolderIn(folder: Folder, name: EntryName, mode = 0o700): Promise<Folder> {
  await mkdir(pathIn(folder, name), { mode })
  const made = await openFolderIn(folder, name)
  if (made.facts.uid === ownUid()) return made
  await closeFolder(made)
  throw new FilesError('not-private', `"${made.path}" was replaced by another user while it was created`, {
    hint: 'Check which users can write to the folder above it.',
  })
}

/** Makes a folder in one that only we can write in: nobody can replace it, so the next call that opens it need not check its owner. */
export async function mkdirIn(folder: Folder, name: EntryName, mode = 0o700): Promise<void> {
  await mkdir(pathIn(folder, name), { mode })
}

/** Opens a folder in a folder, made when missing. Says nothing of whose it is: look at its facts. */
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

/** Whether only this user and root can write there. */
export function isPrivate({ uid, mode }: EntryFacts): boolean {
  return uid === ownUid() && (mode & 0o022) === 0
}

function ownUid(): number {
  return process.geteuid?.() ?? 0
}
