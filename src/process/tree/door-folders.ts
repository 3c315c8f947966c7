import { namesIn, rmdirIn, statIn, unlinkIn } from '../../files/entries.ts'
import { type Folder, openFolder, openFolderIn, withFolder } from '../../files/folder.ts'
import { makePrivateFolder, type PrivateFolder } from '../../files/private-folder.ts'
import { judgeTag, ownTag } from '../identity/identity.ts'

/** Where sockets may be made for a program of ours alone, best first. */
const BASES = ['/run', '/dev/shm', '/tmp'] as const

const PREFIX = 'holdfast-door-'
const NAME = /^holdfast-door-(?<tag>\d+-\d+-\d+)-\w{6}$/u
/** The folder in it that another program is shown. */
export const DOOR = 'door'

/** A private folder for a socket. Its name says whose it is, so that a later run can remove it should this process be killed. */
export function makeDoorFolder(): PrivateFolder {
  let refusal: unknown
  for (const base of BASES) {
    try {
      return makePrivateFolder(base, `${PREFIX}${ownTag()}-`)
    } catch (error) {
      // Not there, or not ours to write in: the next one.
      refusal = error
    }
  }
  throw refusal
}

/**
 * Removes such folders of processes that are proven dead. Never rejects. Anybody can make one of such a name: only what is ours, and private, is touched, and in
 * it only sockets of ours.
 */
export async function removeDoorFolders(): Promise<void> {
  for (const base of BASES) {
    await withFolder(openFolder(`${base}/.`), async (folder) => {
      for (const name of await namesIn(folder)) {
        const tag = NAME.exec(name)?.groups?.['tag']
        if (tag !== undefined && judgeTag(tag) === 'dead') await removeIfOurs(folder, name).catch(() => undefined)
      }
    }).catch(() => undefined)
  }
}

async function removeIfOurs(base: Folder, name: string): Promise<void> {
  const uid = process.geteuid?.()
  const isOurs = await withFolder(openFolderIn(base, name), async (folder) => {
    if (folder.facts.uid !== uid || (folder.facts.mode & 0o077) !== 0) return false
    if ((await statIn(folder, DOOR)) !== undefined) {
      await withFolder(openFolderIn(folder, DOOR), (door) => removeSockets(door, uid))
      await rmdirIn(folder, DOOR)
    }
    return true
  })
  // Refused where it is not empty, or somebody else's meanwhile.
  if (isOurs && (await statIn(base, name))?.uid === uid) await rmdirIn(base, name)
}

async function removeSockets(folder: Folder, uid: number | undefined): Promise<void> {
  for (const entry of await namesIn(folder)) {
    const stat = await statIn(folder, entry)
    if (stat?.isSocket() === true && stat.uid === uid) await unlinkIn(folder, entry)
  }
}
