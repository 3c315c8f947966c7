import { readlinkSync } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { systemCode } from '../lib/errors.ts'
import { printable } from '../lib/format.ts'
import { isAbsent, statInSync } from './entries.ts'
import { closeFolderSync, FilesError, type Folder, pathIn, shownIn } from './folder.ts'
import { makeOrOpenOwnFolderInSync } from './make-folder.ts'
import { distrustOf, ownTruster } from './trust/trust.ts'
import { foreignLinkOf, openWalkedFolderSync, ownerOfLink, type PathProblem } from './trust/trusted-path.ts'

/**
 * Opens a folder for writing, and creates the missing parts of its path, each with `mode` less the umask. The folder may belong to another user:
 * operations through the descriptor do not affect anything outside of it. A link on the path is followed only if root or this user created it in a
 * folder in which no other user could have replaced it; otherwise it throws `files/unsafe`. Other errors of the system are thrown unchanged.
 */
export function openOrMakeFolderSync(path: string, mode = 0o777): Folder {
  return openOrMakeCheckedSync(path, mode).folder
}

/** An open folder, with what other users could have changed on its path. */
export interface CheckedFolder {
  readonly folder: Folder
  /** It, or a folder above it, belongs to another user (except root), who determines the group and the ACL that a new file inherits. */
  readonly isForeign: boolean
  /** As returned by `walkPath`; of the nearest existing folder if it was created. */
  readonly problems: readonly PathProblem[]
}

/** The same, with the parts of the path that other users could have changed. */
export function openOrMakeCheckedSync(path: string, mode = 0o777): CheckedFolder {
  const missing: string[] = []
  for (let at = resolve(path); ; at = dirname(at)) {
    const found = openOrMissing(at)
    if (found !== undefined) return { ...found, folder: makeBelow(found, missing, mode) }
    missing.unshift(basename(at))
  }
}

/** The same for an existing folder; nothing is created. Undefined if it is missing. */
export function openExistingCheckedSync(path: string): CheckedFolder | undefined {
  return openOrMissing(resolve(path))
}

/** The same as `openOrMakeFolderSync` for an existing folder; nothing is created. Throws `ENOENT` if it is missing. */
export function openExistingFolderSync(path: string): Folder {
  const found = openOrMissing(resolve(path))
  if (found === undefined) throw Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: 'ENOENT' })
  return found.folder
}

/** Whether something exists at this path, including a dangling link. Rejects if this cannot be determined. */
export async function pathExists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (!isAbsent(error)) throw error
    return false
  }
}

/** The location of a file to be written: the open folder, which the caller closes, and the name in it. */
export interface Target {
  readonly folder: Folder
  readonly name: string
  /** The folder or one above it belongs to another user (except root), who determines the group and the ACL that a new file inherits. */
  readonly isForeign: boolean
}

/**
 * The location of a file by its path, whose folder is opened as by `openOrMakeFolderSync`. If the name is a link that may be followed, the location of its
 * target.
 */
export function openTargetSync(path: string): Target {
  let at = resolve(path)
  for (let links = 0; links < LINKS; links += 1) {
    const target = { ...openOrMakeCheckedSync(dirname(at)), name: basename(at) }
    const next = followed(target)
    if (next === undefined) return target
    at = next
  }
  throw Object.assign(new Error(`ELOOP: too many symbolic links encountered, open '${path}'`), { code: 'ELOOP' })
}

const LINKS = 40

function openOrMissing(path: string): CheckedFolder | undefined {
  try {
    const { folder, problems } = openWalkedFolderSync(path, ownTruster())
    const link = foreignLinkOf(problems)
    if (link === undefined) return { folder, isForeign: problems.some(({ distrust }) => distrust === 'owner'), problems }
    closeFolderSync(folder)
    throw unsafeLink(link)
  } catch (error) {
    if (systemCode(error) === 'ENOENT' && path !== '/') return undefined
    throw error
  }
}

function makeBelow({ folder: start, isForeign }: CheckedFolder, names: readonly string[], mode: number): Folder {
  let folder = start
  for (const name of names) {
    const above = folder
    try {
      folder = makeOrOpenOwnFolderInSync({ ...above, isForeign }, name, mode)
    } finally {
      closeFolderSync(above)
    }
  }
  return folder
}

/** The target of a link here, after closing its folder; undefined if it is not a link. */
function followed({ folder, name }: Pick<Target, 'folder' | 'name'>): string | undefined {
  let isLeft = true
  try {
    const stat = statInSync(folder, name)
    isLeft = stat?.isSymbolicLink() === true
    if (stat === undefined || !isLeft) return undefined
    const uid = ownerOfLink(stat.uid, folder.facts, ownTruster())
    const facts = { uid, gid: stat.gid, mode: 0o700 }
    const distrust = distrustOf(facts, ownTruster())
    if (distrust !== undefined) throw unsafeLink({ path: shownIn(folder, name), kind: 'link', distrust, facts })
    return resolve(folder.path, readlinkSync(pathIn(folder, name), 'utf8'))
  } finally {
    if (isLeft) closeFolderSync(folder)
  }
}

function unsafeLink({ path }: PathProblem): FilesError {
  const name = printable(path)
  const hint = `Use a path without it; or make root its owner, and allow only root to write to "${dirname(name)}".`
  return new FilesError('unsafe', `the symbolic link "${name}" was not followed: other users can replace it`, { hint })
}
