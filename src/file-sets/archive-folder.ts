import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isAbsent, openRegularIn } from '../files/entries.ts'
import { flushFd } from '../files/flush.ts'
import { closeFolder, type Folder, openFolderIn } from '../files/folder.ts'
import { makeOrOpenOwnFolderIn } from '../files/make-folder.ts'
import type { MaybeShared } from '../files/tree/remove-proven.ts'
import { commandAgainst, describeDistrust, ownTruster } from '../files/trust/trust.ts'
import { ANYBODY, foreignLinkOf, hintForLink, openWalkedFolder, type PathProblem } from '../files/trust/trusted-path.ts'
import { systemCode } from '../lib/errors.ts'
import { printable } from '../lib/format.ts'
import { ArchiveError } from './errors.ts'

/** The parameters for opening a folder of archives. */
export interface FolderCall {
  /** Trusts users who can write there, or to a folder above it: no notes, no errors. */
  readonly trustsFolders?: boolean
  note(text: string): void
}

/** A folder of archives, open. */
export interface ArchiveFolder extends MaybeShared {
  /** It belongs to another user, or is below a folder of one, who determines the group and the ACL that files in it inherit. */
  readonly isForeign: boolean
}

/**
 * Opens a folder of archives or dumps by its path, following links, and checks each part of the path. Undefined if it does not exist. Rejects with
 * `archive/unsafe` for a link of another user, which could lead to any folder; write access of other users is reported once per step.
 */
export async function openArchiveFolder(path: string, call: FolderCall): Promise<ArchiveFolder | undefined> {
  const found = await openWalkedFolder(path, ownTruster()).catch((error: unknown) => {
    // Not a folder, or below a file: then it is not missing.
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  })
  if (found === undefined) return undefined
  try {
    if (call.trustsFolders !== true) checkProblems(path, found.problems, call)
    // Named as in the configuration, even if the path contains links.
    const isForeign = call.trustsFolders !== true && found.problems.some(({ distrust }) => distrust === 'owner')
    return { ...found.folder, path, isForeign, isShared: call.trustsFolders !== true && found.problems.length > 0 }
  } catch (error) {
    await closeFolder(found.folder)
    throw error
  }
}

/** Opens a folder for `work` and closes it afterwards; if it does not exist, `work` gets undefined. */
export async function withArchiveFolder<T>(path: string, call: FolderCall, work: (folder: ArchiveFolder | undefined) => Promise<T>): Promise<T> {
  const folder = await openArchiveFolder(path, call)
  try {
    return await work(folder)
  } finally {
    if (folder !== undefined) await closeFolder(folder)
  }
}

/** Opens it, creating it and missing folders above it with `mode` less the umask; folders with new entries are flushed. */
export async function makeArchiveFolder(path: string, mode: number, call: FolderCall): Promise<ArchiveFolder> {
  const there = await openArchiveFolder(path, call)
  if (there !== undefined) return there
  const above = await makeArchiveFolder(dirname(path), mode, call)
  try {
    const made = await makeOrOpenOwnFolderIn(above, basename(path), mode)
    await flushFd(above.fd)
    return { ...made, path, isForeign: above.isForeign, isShared: above.isShared }
  } finally {
    await closeFolder(above)
  }
}

/** Performs an operation on an entry with a path relative to an open folder: each folder on the path is opened without following links. */
export async function withEntryBelow<T>(top: Folder, path: string, work: (folder: Folder, name: string) => Promise<T>): Promise<T> {
  const parts = path.split('/')
  const name = parts.pop() ?? ''
  let folder = top
  try {
    for (const part of parts) {
      const next = await openFolderIn(folder, part)
      if (folder !== top) await closeFolder(folder)
      folder = next
    }
    return await work({ ...folder, path: join(top.path, ...parts) }, name)
  } finally {
    if (folder !== top) await closeFolder(folder)
  }
}

/** Opens a regular file below an open folder for reading. Undefined if it does not exist, or if its path contains a link. */
export async function openFileBelow(top: Folder, path: string): Promise<FileHandle | undefined> {
  try {
    return await withEntryBelow(top, path, openRegularIn)
  } catch (error) {
    if (isAbsent(error) || systemCode(error) === 'ELOOP') return undefined
    throw error
  }
}

/** Throws for a link of another user in `path`. */
export function refuseForeignLink(path: string, problems: readonly PathProblem[]): void {
  const link = foreignLinkOf(problems)
  if (link === undefined) return
  const who = link.facts.uid === ANYBODY ? 'other users' : `user ${link.facts.uid}`
  throw new ArchiveError('unsafe', `${who} can change the link "${printable(link.path)}" in the path "${printable(path)}"`, {
    hint: hintForLink(),
  })
}

const notedBy = new WeakMap<FolderCall['note'], Set<string>>()

function checkProblems(path: string, problems: readonly PathProblem[], { note }: FolderCall): void {
  refuseForeignLink(path, problems)
  const worst = problems.at(-1)
  if (worst === undefined) return
  const noted = notedBy.get(note) ?? new Set<string>()
  notedBy.set(note, noted)
  const command = commandAgainst(worst.path, worst.distrust, ownTruster())
  const word = `${describeDistrust(worst.path, worst.distrust, worst.facts)}: users with write access can replace, remove or add files in "${printable(path)}" (to prevent that: ${command}; to accept it: --trust-root)`
  if (!noted.has(worst.path)) note(word)
  noted.add(worst.path)
}
