import { namesIn, rmdirIn, statIn, unlinkIn } from '../../files/entries.ts'
import { type Folder, openFolder, openFolderIn, withFolder } from '../../files/folder.ts'
import { makePrivateFolder, type PrivateFolder } from '../../files/private-folder.ts'
import { isDeadTag, ownTag } from '../identity/process-identity.ts'

/** Folders in which private sockets can be created, best first. */
const BASES = ['/run', '/dev/shm', '/tmp'] as const

const PREFIX = 'holdfast-door-'
const NAME = /^holdfast-door-(?<tag>\d+-\d+-\d+)-\w{6}$/u
/** The subfolder that another program can see. */
export const SOCKETS = 'door'

/** A private folder for a socket. Its name identifies this process, so that a later run can remove it if this process is killed. */
export function makeSocketFolder(): PrivateFolder {
  let refusal: unknown
  for (const base of BASES) {
    try {
      return makePrivateFolder(base, `${PREFIX}${ownTag()}-`)
    } catch (error) {
      // Missing or not writable: try the next one.
      refusal = error
    }
  }
  throw refusal
}

/**
 * Removes such folders of provably dead processes. Never rejects. Any user can create such names: only private folders of this user are changed, and
 * only sockets of this user are removed.
 */
export async function removeSocketFolders(): Promise<void> {
  for (const base of BASES) {
    await withFolder(openFolder(`${base}/.`), async (folder) => {
      for (const name of await namesIn(folder)) {
        const tag = NAME.exec(name)?.groups?.['tag']
        if (tag !== undefined && isDeadTag(tag)) await removeIfOurs(folder, name).catch(() => undefined)
      }
    }).catch(() => undefined)
  }
}

async function removeIfOurs(base: Folder, name: string): Promise<void> {
  const uid = process.geteuid?.()
  const isOurs = await withFolder(openFolderIn(base, name), async (folder) => {
    if (folder.facts.uid !== uid || (folder.facts.mode & 0o077) !== 0) return false
    if ((await statIn(folder, SOCKETS)) !== undefined) {
      await withFolder(openFolderIn(folder, SOCKETS), (sockets) => removeSockets(sockets, uid))
      await rmdirIn(folder, SOCKETS)
    }
    return true
  })
  // Fails if it is not empty, or was replaced by another user.
  if (isOurs && (await statIn(base, name))?.uid === uid) await rmdirIn(base, name)
}

async function removeSockets(folder: Folder, uid: number | undefined): Promise<void> {
  for (const entry of await namesIn(folder)) {
    const stat = await statIn(folder, entry)
    if (stat?.isSocket() === true && stat.uid === uid) await unlinkIn(folder, entry)
  }
}
