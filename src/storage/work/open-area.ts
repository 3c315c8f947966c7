import { randomUUID } from 'node:crypto'
import { fchown } from 'node:fs'
import { promisify } from 'node:util'
import { setModeOf } from '../../files/change-mode.ts'
import { createFileIn, isAbsent, unlinkIn } from '../../files/entries.ts'
import { closeFolder, type Folder } from '../../files/folder.ts'
import { makeOrOpenFolderIn } from '../../files/make-folder.ts'
import { systemCode } from '../../lib/errors.ts'
import type { OpenedRoot } from '../opened-root.ts'
import { HOW_TO_TRUST } from '../root/check-root-trust.ts'
import { StorageError } from '../storage.ts'
import { quoted, storageErrorOf } from '../system-errors.ts'

const setOwner = promisify(fchown)

/**
 * Opens the work area, creates it if missing, and checks that only this user can access it, because its contents are trusted. Undefined if another
 * process has just removed it. Rejects with `storage/unsafe` if it belongs to another user, who could have created anything in it.
 */
export async function openArea(opened: OpenedRoot, name: string): Promise<Folder | undefined> {
  let area: Folder
  try {
    area = await makeOrOpenFolderIn(opened.root, name)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT') return undefined
    // A link here would redirect files and removals.
    if (code === 'ELOOP' || code === 'ENOTDIR')
      throw new StorageError('exists', `${quoted(`${opened.root.path}/${name}`)} is not a folder`, {
        hint: 'Move it away: Holdfast needs a folder of this name.',
      })
    throw storageErrorOf(error, 'create the folder', `${opened.root.path}/${name}`)
  }
  try {
    await makeOurs(area, opened)
    return area
  } catch (error) {
    await closeFolder(area)
    if (isAbsent(error)) return undefined
    throw error
  }
}

async function makeOurs(area: Folder, opened: OpenedRoot): Promise<void> {
  const { uid, gid, mode } = area.facts
  if (!(await isOwn(uid, opened))) throw notOurs(area)
  // Entries created in it inherit its group: this user's, not the one that the root's owner selected by the setgid bit.
  const ownGid = process.getegid?.() ?? gid
  if (opened.isForeign && gid !== ownGid) await setOwner(area.fd, uid, ownGid).catch(ignoreRefusal)
  const wanted = opened.isForeign ? 0o700 : 0o700 | (mode & 0o2000)
  // A file system without modes shows the same modes for all entries; those of the root were checked.
  if (mode !== wanted || opened.isForeign) await setModeOf(area, wanted).catch(ignoreRefusal)
}

async function isOwn(uid: number, { root, trustsOwner }: OpenedRoot): Promise<boolean> {
  if (uid === process.geteuid?.() || (trustsOwner && uid === root.facts.uid)) return true
  return uid === (await givenOwner(root))
}

/** The owner that a file system assigns: over NFS, root may be mapped to another user; on FAT and CIFS, all files belong to one user. */
async function givenOwner(root: Folder): Promise<number | undefined> {
  const name = `.holdfast-${randomUUID()}`
  const file = await createFileIn(root, name).catch(() => undefined)
  if (file === undefined) return undefined
  try {
    return (await file.stat()).uid
  } finally {
    await file.close()
    await unlinkIn(root, name)
  }
}

function notOurs({ path, facts: { uid } }: Folder): StorageError {
  return new StorageError('unsafe', `${quoted(path)} belongs to user ${uid}, who can change its contents, so it is not used`, {
    hint: `Remove it when no run of that user is in progress; to share the root with that user: ${HOW_TO_TRUST}.`,
  })
}

// On a file system without owners and modes, and for a folder of the owner that is trusted.
function ignoreRefusal(error: unknown): void {
  if (!['EPERM', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EROFS'].includes(systemCode(error) ?? '')) throw error
}
