import { createHash } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { isAbsent } from '../../files/entries.ts'
import { type Folder, openFolder, withFolder } from '../../files/folder.ts'
import { makeFolders } from '../../files/make-folders.ts'
import { readSmall } from '../../files/read-small.ts'
import { realPathOf } from '../../files/trust/real-path.ts'
import { replaceFileIn } from '../../files/write-small.ts'
import type { Note } from '../flush.ts'
import { StorageError } from '../storage.ts'
import { quoted } from '../system-errors.ts'
import { isBelow, type Mount, mountOf, mountWithId, readMountinfo } from './mountinfo.ts'

/** What a look at a root's mount comes to. */
export type MountVerdict = { readonly kind: 'good' } | { readonly kind: 'missing'; readonly mountPoint: string }

/**
 * Whether the file system that held the root after the last good set is still there. Missing = the root now lies on a file system further up, so that
 * a set would fill the folder under the mount point. A mount that newly appeared, or another one in the same place (disks are swapped), is good.
 */
export function decideMount(remembered: Mount | undefined, present: Mount | undefined): MountVerdict {
  if (remembered === undefined || present === undefined) return { kind: 'good' }
  const isFurtherUp = present.mountPoint !== remembered.mountPoint && isBelow(remembered.mountPoint, present.mountPoint)
  return isFurtherUp ? { kind: 'missing', mountPoint: remembered.mountPoint } : { kind: 'good' }
}

export interface MountGuard {
  /** Rejects with `storage/mount-missing` when the root's file system is not mounted. `undefined`: there is no root yet. */
  check(root: Folder | undefined): Promise<void>
  /** After a set was published: remembers where the root is mounted. */
  remember(root: Folder): Promise<void>
}

/** Guards a root by a small file in `stateFolder`. Without the folder, or when it cannot be read or written, it remembers nothing and says so once. */
export function mountGuard(
  path: string,
  options: { readonly stateFolder?: string | undefined; readonly acceptRoot?: boolean | undefined; readonly note: Note },
): MountGuard {
  const { stateFolder, acceptRoot, note } = options
  if (stateFolder === undefined) return { check: async () => undefined, remember: async () => undefined }
  const file = join(stateFolder, 'roots', `${createHash('sha256').update(path).digest('hex').slice(0, 32)}.json`)
  return {
    async check(root) {
      if (acceptRoot === true) return
      const verdict = decideMount(await readRemembered(file, note), await presentMount(path, root))
      if (verdict.kind === 'good') return
      throw new StorageError('mount-missing', `${quoted(verdict.mountPoint)} is not mounted, but the sets of ${quoted(path)} are stored there`, {
        hint: `Mount ${quoted(verdict.mountPoint)}, or run once with --accept-root to store the sets without it from now on.`,
      })
    },
    async remember(root) {
      const present = await presentMount(path, root)
      if (present === undefined) return
      await writeRemembered(file, { root: path, ...present }, note)
    },
  }
}

/** The mount that holds the root, or would hold it: of a root not made yet, that of the nearest folder above which is there. */
async function presentMount(path: string, root: Folder | undefined): Promise<Mount | undefined> {
  const mounts = readMountinfo()
  return root === undefined ? mountOf(await realPathOf(path), mounts) : mountWithId(root.facts.mountId, mounts)
}

async function readRemembered(file: string, note: Note): Promise<Mount | undefined> {
  try {
    const { mountPoint, fsType, source } = JSON.parse((await readSmall(file)).toString()) as Partial<Mount>
    if (typeof mountPoint === 'string') return { mountPoint, fsType: String(fsType), source: String(source) }
  } catch (error) {
    if (!isAbsent(error)) note('could not read the recorded mount of the storage, so a missing mount is not detected this time')
  }
  return undefined
}

async function writeRemembered(file: string, content: Mount & { readonly root: string }, note: Note): Promise<void> {
  try {
    await makeFolders(dirname(file), 0o700)
    await withFolder(openFolder(dirname(file)), (folder) => replaceFileIn(folder, basename(file), `${JSON.stringify(content)}\n`))
  } catch {
    note('could not record the mount of the storage (the state folder is not writable), so a missing mount will not be detected')
  }
}
