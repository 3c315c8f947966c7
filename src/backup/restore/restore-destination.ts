import { basename, dirname, resolve } from 'node:path'
import { isAbsent, rmdirIn, statIn } from '../../files/entries.ts'
import { closeFolder, type Folder, folderAt, openFolderIn, shownIn } from '../../files/folder.ts'
import { makeOrOpenFolderIn } from '../../files/make-folder.ts'
import { describeDistrust, ownTruster } from '../../files/trust/trust.ts'
import { foreignLinkOf, openWalkedFolder } from '../../files/trust/trusted-path.ts'
import { AppError, systemCode } from '../../lib/errors.ts'
import { naming, quoted } from '../../storage/system-errors.ts'

class UnsafeDestination extends AppError {
  readonly code = 'backup/unsafe-destination'
}

/** The destination folder, held open: it receives all data, even if its path is replaced in the meantime. */
export interface Destination {
  readonly folder: Folder
  /** Removes folders that were created for it and are still empty, and closes it. */
  close(): Promise<void>
}

/**
 * Opens the destination; creates it (0700), with all missing folders above it. It may belong to another user, who can then change the restored files;
 * but a link of another user in its path, which could lead anywhere, is rejected: `backup/unsafe-destination`.
 */
export async function openDestination(path: string): Promise<Destination> {
  const made: { readonly parent: Folder; readonly name: string }[] = []
  const folder = await naming('create the folder', path, () => openOrMake(resolve(path), made))
  return {
    folder,
    async close() {
      for (const { parent, name } of made.toReversed()) await rmdirIn(parent, name).catch(() => undefined)
      for (const { parent } of made) await closeFolder(parent)
      await closeFolder(folder)
    },
  }
}

/** The same for an existing destination; undefined if it is missing. */
export async function openExisting(path: string): Promise<Folder | undefined> {
  const { folder, problems } = (await ifThere(openWalkedFolder(resolve(path), ownTruster()))) ?? {}
  if (folder === undefined) return undefined
  const link = foreignLinkOf(problems ?? [])
  if (link === undefined) return folder
  await closeFolder(folder)
  throw new UnsafeDestination(
    `another user can change a link in the path ${quoted(path)}: ${describeDistrust(link.path, link.distrust, link.facts)}`,
    {
      hint: 'Specify the folder itself, without the link.',
    },
  )
}

async function openOrMake(path: string, made: { readonly parent: Folder; readonly name: string }[]): Promise<Folder> {
  const found = await openExisting(path)
  if (found !== undefined) return found
  const parent = await openOrMake(dirname(path), made)
  try {
    const wasThere = (await statIn(parent, basename(path))) !== undefined
    const folder = await makeOrOpenFolderIn(parent, basename(path), 0o700)
    if (wasThere) await closeFolder(parent)
    else made.push({ parent, name: basename(path) })
    return folder
  } catch (error) {
    await closeFolder(parent)
    throw error
  }
}

/** The folder of a target; each folder on the path is opened without following links, and created (0700) if missing. The caller closes it. */
export async function openParentOf(destination: Folder, target: string): Promise<Folder> {
  let at = await folderAt(destination.fd, destination.path)
  for (const name of target.split('/').slice(0, -1)) {
    const above = at
    try {
      at = await makeOrOpenFolderIn(above, name, 0o700)
    } finally {
      await closeFolder(above)
    }
  }
  return at
}

/** Why a target cannot be used: it exists, or a folder of its path is a link or a file. Undefined if it can be used. */
export async function obstacleTo(destination: Folder | undefined, target: string, overwrite: boolean): Promise<string | undefined> {
  if (destination === undefined) return undefined
  const names = target.split('/')
  let at = await folderAt(destination.fd, destination.path)
  try {
    for (const name of names.slice(0, -1)) {
      const stat = await statIn(at, name)
      if (stat === undefined) return undefined
      // Including a link to a folder, which may be outside of the destination.
      if (!stat.isDirectory()) return `${quoted(shownIn(at, name))} exists and is not a folder`
      const next = await openFolderIn(at, name)
      await closeFolder(at)
      at = next
    }
    const name = names.at(-1) ?? ''
    return !overwrite && (await statIn(at, name)) !== undefined ? `${quoted(shownIn(at, name))} already exists` : undefined
  } catch (error) {
    if (isAbsent(error) || systemCode(error) === 'ELOOP') return `${quoted(target)} cannot be used: its folder was replaced while it was open`
    throw error
  } finally {
    await closeFolder(at)
  }
}

async function ifThere<T>(opening: Promise<T>): Promise<T | undefined> {
  try {
    return await opening
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
