import { dirname, join } from 'node:path'
import { closeFolder, type Folder } from '../../files/folder.ts'
import { makeOrOpenOwnFolderIn } from '../../files/make-folder.ts'
import { ownTruster } from '../../files/trust/trust.ts'
import { openWalkedFolder } from '../../files/trust/trusted-path.ts'
import { systemCode } from '../../lib/errors.ts'
import { flush, type Note } from '../flush.ts'
import { naming, storageErrorOf } from '../system-errors.ts'
import { checkRootTrust } from './check-root-trust.ts'

export interface OpenRootOptions {
  readonly trustsRoot: boolean
  readonly note: Note
}

export interface OpenRoot extends Folder {
  /** It, or a folder above it, belongs to another user (except root), who is not trusted, and determines the group and the ACL that it inherits. */
  readonly isForeign: boolean
  /** Other users, who are not trusted, can write to it or to a folder above it. */
  readonly isShared: boolean
}

/**
 * Opens a root and checks each part of its path. Undefined if it does not exist. An automounted file system must have been accessed before, because
 * resolving the parts of the path does not mount it.
 */
export async function openRoot(path: string, { trustsRoot, note }: OpenRootOptions): Promise<OpenRoot | undefined> {
  const found = await openWalkedFolder(path, ownTruster()).catch((error: unknown) => {
    // Not a folder, or below a file: then it is not missing, and not empty.
    if (systemCode(error) === 'ENOENT') return undefined
    throw storageErrorOf(error, 'open', path)
  })
  if (found === undefined) return undefined
  try {
    const word = trustsRoot ? undefined : checkRootTrust(path, found.problems)
    if (word !== undefined) note(word)
    // Named as in the configuration, even if the path contains links.
    const problems = trustsRoot ? [] : found.problems
    return { ...found.folder, path, isForeign: problems.some(({ distrust }) => distrust === 'owner'), isShared: problems.length > 0 }
  } catch (error) {
    await closeFolder(found.folder)
    throw error
  }
}

/** The same, creating the root with this mode and its parents with 0777, less the umask, if missing, and flushing folders with new entries. */
export async function makeRoot(path: string, mode: number, options: OpenRootOptions): Promise<OpenRoot> {
  const missing: string[] = []
  let at = path
  let folder = await openRoot(at, options)
  while (folder === undefined) {
    missing.unshift(at.slice(at.lastIndexOf('/') + 1))
    at = dirname(at)
    folder = await openRoot(at, options)
  }
  for (const [index, name] of missing.entries()) {
    const parent: OpenRoot = folder
    at = join(at, name)
    try {
      const made: Folder = await naming('create the folder', at, () =>
        makeOrOpenOwnFolderIn(parent, name, index === missing.length - 1 ? mode : 0o777),
      )
      folder = { ...made, path: at, isForeign: parent.isForeign, isShared: parent.isShared }
      await flush(parent, parent.path, options.note)
    } finally {
      await closeFolder(parent)
    }
  }
  return folder
}
