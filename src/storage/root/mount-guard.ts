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
import { isBelow, type Mount, mountOf, mountWithId, readMountinfo, withoutSelfBind } from './mountinfo.ts'

/** The result of checking the mount of a root. */
export type MountState = { readonly kind: 'good' } | { readonly kind: 'missing'; readonly mountPoint: string }

/**
 * Whether the file system that contained the root after the last good set is still mounted. Missing: the root is now on a file system further up, so
 * that a set would fill the folder under the mount point. A new mount, or another one at the same location (exchanged disks), is accepted.
 */
export function decideMount(remembered: Mount | undefined, present: Mount | undefined): MountState {
  if (remembered === undefined || present === undefined) return { kind: 'good' }
  const isFurtherUp = present.mountPoint !== remembered.mountPoint && isBelow(remembered.mountPoint, present.mountPoint)
  return isFurtherUp ? { kind: 'missing', mountPoint: remembered.mountPoint } : { kind: 'good' }
}

export interface MountGuard {
  /** Rejects with `storage/mount-missing` if the file system of the root is not mounted. `undefined`: the root does not exist yet. */
  check(root: Folder | undefined): Promise<void>
  /** Records the mount of the root, after a set was published. */
  remember(root: Folder | undefined): Promise<void>
}

/** Guards a root with a small file in `stateFolder`. Without the folder, or if it cannot be read or written, nothing is recorded, with one note. */
export function mountGuard(
  path: string,
  options: {
    readonly stateFolder?: string | undefined
    readonly acceptRoot?: boolean | undefined
    readonly note: Note
    /** What is stored there, for messages. Absent: sets. */
    readonly content?: 'sets' | 'files'
  },
): MountGuard {
  const { stateFolder, acceptRoot, note, content = 'sets' } = options
  if (stateFolder === undefined) return { check: async () => undefined, remember: async () => undefined }
  const file = join(stateFolder, 'roots', `${createHash('sha256').update(path).digest('hex').slice(0, 32)}.json`)
  return {
    async check(root) {
      if (acceptRoot === true) return
      const state = decideMount(await readRemembered(file, note), await presentMount(path, root))
      if (state.kind === 'good') return
      throw new StorageError('mount-missing', `${quoted(state.mountPoint)} is not mounted, but the ${content} of ${quoted(path)} are stored there`, {
        hint: `Mount ${quoted(state.mountPoint)}, or run once with --accept-root to store the ${content} without it from now on.`,
      })
    },
    async remember(root) {
      const present = await presentMount(path, root)
      if (present === undefined) return
      await writeRemembered(file, { root: path, ...present }, note)
    },
  }
}

/** The mount that contains the root; for a missing root, that of the nearest existing folder. */
async function presentMount(path: string, root: Folder | undefined): Promise<Mount | undefined> {
  const mounts = readMountinfo()
  const found = root === undefined ? mountOf(await realPathOf(path), mounts) : mountWithId(root.facts.mountId, mounts)
  return found && withoutSelfBind(found, mounts)
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
