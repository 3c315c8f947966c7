import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import { namesIn, rmdirIn, statIn } from '../../files/entries.ts'
import { closeFolder, type Folder, openFolderIn, shownIn } from '../../files/folder.ts'
import { isPrivate, makeFolderIn } from '../../files/make-folder.ts'
import { moveToNewName } from '../../files/move-entry.ts'
import { readSmallIn } from '../../files/read-small.ts'
import { emptyFolder } from '../../files/tree/remove-tree.ts'
import { replaceFileIn } from '../../files/write-small.ts'
import { messageOf } from '../../lib/errors.ts'
import { parseJsonObject } from '../../lib/parse-json.ts'
import { bootId, hostId, isThisHost } from '../../process/identity/host-id.ts'
import { identityOf, livenessOf, type ProcessIdentity } from '../../process/identity/process-identity.ts'
import { isLocal } from '../../process/tool/shared-locks.ts'
import { naming, quoted } from '../../storage/system-errors.ts'
import { hasEnded } from '../../storage/work/work-entry.ts'
import { openParentOf } from './restore-destination.ts'

/** Prefixes of the hidden folders in a destination: for building objects, and for replaced files until all targets are in place. */
const STAGING_PREFIX = '.holdfast-restore-'
export const KEPT_PREFIX = '.holdfast-replaced-'

const OWNER = 'owner.json'
/** In a folder of replaced files, until it is released: the targets, by their names in this folder. */
const TARGETS = 'targets.json'
const SMALL = { maxBytes: 1024 * 1024 }

/** Creates a folder (0700) with an owner record; nothing is left if this fails. */
export async function makeOwned(destination: Folder, name: string): Promise<Folder> {
  const folder = await naming('create the folder', shownIn(destination, name), () => makeFolderIn(destination, name))
  try {
    await naming('write', shownIn(folder, OWNER), () => replaceFileIn(folder, OWNER, JSON.stringify(newOwner())))
    return folder
  } catch (error) {
    await removeOpen(destination, name, folder)
    await closeFolder(folder)
    throw error
  }
}

/** Records the entries that will be moved here, flushed to the device when it resolves; from then on, only the user removes the folder. */
export async function writeTargets(kept: Folder, targets: Readonly<Record<string, string>>): Promise<void> {
  const text = `${JSON.stringify(targets, undefined, 2)}\n`
  await naming('write', shownIn(kept, TARGETS), () => replaceFileIn(kept, TARGETS, text, { isDurable: true }))
}

export const TARGETS_FILE = TARGETS

/** What a sweep of a destination found. */
export interface Swept {
  /** What was put back, and what remains and why. */
  readonly messages: readonly string[]
  /** Whether nothing of dead restores remains. */
  readonly isClean: boolean
}

/**
 * Removes the remains of dead restores in the destination. What such a restore had replaced is put back where the target is missing, because the restore
 * was killed between two renames; where the target exists, it is kept. Folders with such names made by other users are not touched, nor are those of
 * another boot if several hosts may have mounted the file system: the restore may be running on a clone of this host.
 */
export async function sweepLeftovers(destination: Folder): Promise<Swept> {
  const back: string[] = []
  const kept: string[] = []
  for (const name of await naming('list', destination.path, () => namesIn(destination))) {
    if (!name.startsWith(STAGING_PREFIX) && !name.startsWith(KEPT_PREFIX)) continue
    const folder = await openFolderIn(destination, name).catch(() => undefined)
    if (folder === undefined) continue
    try {
      const owner = await endedOwner(folder)
      if (owner === undefined) continue
      if (owner.boot !== bootId() && !isLocal(folder.fd)) kept.push(maybeOfClone(folder))
      else {
        back.push(...(await putBackMissing(destination, folder)))
        kept.push(...(await removeUnlessReplaced(destination, name, folder)))
      }
    } finally {
      await closeFolder(folder)
    }
  }
  return { messages: [...back, ...kept], isClean: kept.length === 0 }
}

function maybeOfClone({ path }: Folder): string {
  return `kept ${quoted(path)} of a restore in an earlier boot of this host, or on a clone of it: remove the folder if no restore is running`
}

/** Resolves with a message if the folder stays. */
async function removeUnlessReplaced(destination: Folder, name: string, folder: Folder): Promise<readonly string[]> {
  const replaced = await replacedIn(folder, await namesIn(folder))
  if (replaced.length === 0) return [await removeOpen(destination, name, folder)].filter((it) => it !== undefined)
  return [
    `${quoted(folder.path)} contains files that an interrupted restore had replaced: ${replaced.join(', ')}; move them back, or remove the folder`,
  ]
}

/** Moves replaced entries back to targets that are missing. Resolves with a message about each; what cannot be moved stays. */
async function putBackMissing(destination: Folder, folder: Folder): Promise<readonly string[]> {
  const back: string[] = []
  for (const [name, target] of await readTargets(folder)) {
    if (!isBelow(target) || (await statIn(folder, name)) === undefined) continue
    const parent = await openParentOf(destination, target).catch(() => undefined)
    if (parent === undefined) continue
    try {
      const isBack = await moveToNewName({ folder, name }, { folder: parent, name: basename(target) }).then(
        () => true,
        () => false,
      )
      if (isBack) back.push(`put back ${quoted(shownIn(destination, target))}, which an interrupted restore was replacing`)
    } finally {
      await closeFolder(parent)
    }
  }
  return back
}

function isBelow(target: string): boolean {
  return target.split('/').every((part) => !['', '.', '..'].includes(part))
}

async function readTargets(folder: Folder): Promise<readonly (readonly [string, string])[]> {
  const text = await readSmallIn(folder, TARGETS, SMALL).catch(() => undefined)
  return Object.entries(parseJsonObject(text?.toString('utf8') ?? '') ?? {}).map(([name, target]) => [name, String(target)])
}

/** Empties a folder by its descriptor, and removes its name if that still refers to it. Resolves with messages about entries that could not be removed. */
export async function removeOpen(parent: Folder, name: string, folder: Folder): Promise<string | undefined> {
  const failed = await emptyFolder(folder)
  if (failed !== undefined) return `could not remove ${quoted(failed.path)}: ${messageOf(failed.error)}`
  // If another user has replaced the folder, the new entry is not removed.
  await rmdirIn(parent, name).catch(() => undefined)
  return undefined
}

/** The user's files in a folder, in words. */
async function replacedIn(folder: Folder, names: readonly string[]): Promise<readonly string[]> {
  // The form of earlier versions.
  const old = names.filter((it) => it.startsWith('old-')).map((it) => `"${it}"`)
  if (!names.includes(TARGETS)) return old
  const targets = new Map(await readTargets(folder))
  return names.filter((it) => it !== OWNER && it !== TARGETS).map((it) => `${quoted(targets.get(it) ?? '?')} as ${quoted(it)}`)
}

/** The process of a restore. */
export interface Owner extends ProcessIdentity {
  /** Absent in records of earlier versions. Several hosts may have mounted the destination. */
  readonly host?: string
}

export function newOwner(): Owner {
  return { host: hostId(), ...identityOf(process.pid) }
}

/** Whether the restore of that process has ended; if it was in another boot, provided that there is no other host with the same machine id. */
export function isEnded(owner: Owner): boolean {
  return owner.host !== undefined && isThisHost(owner.host) ? hasEnded(owner) : livenessOf(owner) === 'dead'
}

/** Undefined if the folder is not private, or has no record, or if its restore may be running. */
async function endedOwner(folder: Folder): Promise<Owner | undefined> {
  if (!isPrivate(folder.facts)) return undefined
  try {
    const owner = JSON.parse((await readSmallIn(folder, OWNER, SMALL)).toString('utf8')) as Owner
    return isEnded(owner) ? owner : undefined
  } catch {
    return undefined
  }
}

/** A hidden folder in the destination in which everything is built before it is put in place; on the same file system, so that a rename is sufficient. */
interface Staging {
  readonly folder: Folder
  /** Warnings to print: the files that dead restores had replaced, and where they are. */
  readonly warnings: readonly string[]
  /** Removes the remaining contents, and closes it. Resolves with messages about entries that could not be removed. */
  remove(): Promise<string | undefined>
}

/** Creates it, inaccessible to other users, and removes the remains of dead restores in the destination. */
export async function openStaging(destination: Folder): Promise<Staging> {
  const { messages: warnings } = await sweepLeftovers(destination)
  const name = `${STAGING_PREFIX}${randomUUID()}`
  const folder = await makeOwned(destination, name)
  return {
    folder,
    warnings,
    async remove() {
      try {
        return await removeOpen(destination, name, folder)
      } finally {
        await closeFolder(folder)
      }
    },
  }
}
