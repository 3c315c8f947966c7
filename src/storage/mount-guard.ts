import { createHash } from 'node:crypto'
import { readFile, realpath, rename, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { makeFolders } from '../files/make-folders.ts'
import type { Note } from './flush.ts'
import { isBelow, type Mount, mountOf } from './mountinfo.ts'
import { StorageError } from './storage.ts'
import { quoted } from './system-errors.ts'
import { isAbsent } from './tree.ts'

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
  /** Rejects with `storage/mount-missing` when the root's file system is not mounted. */
  check(): Promise<void>
  /** After a set was published: remembers where the root is mounted. */
  remember(): Promise<void>
}

/** Guards a root by a small file in `stateFolder`. Without the folder, or when it cannot be read or written, it remembers nothing and says so once. */
export function mountGuard(
  root: string,
  options: { readonly stateFolder?: string | undefined; readonly acceptRoot?: boolean | undefined; readonly note: Note },
): MountGuard {
  const { stateFolder, acceptRoot, note } = options
  if (stateFolder === undefined) return { check: async () => undefined, remember: async () => undefined }
  const file = join(stateFolder, 'roots', `${createHash('sha256').update(root).digest('hex').slice(0, 32)}.json`)
  return {
    async check() {
      if (acceptRoot === true) return
      const verdict = decideMount(await readRemembered(file, note), await presentMount(root))
      if (verdict.kind === 'good') return
      throw new StorageError('mount-missing', `${quoted(verdict.mountPoint)} is not mounted, where the sets of ${quoted(root)} are kept`, {
        hint: `Mount ${quoted(verdict.mountPoint)}; or run once with --accept-root if the sets shall be kept without it from now on.`,
      })
    },
    async remember() {
      const present = await presentMount(root)
      if (present === undefined) return
      await writeRemembered(file, { root, ...present }, note)
    },
  }
}

/** The mount that holds the root, or would hold it: of a root not made yet, that of the nearest folder above which is there. */
async function presentMount(root: string): Promise<Mount | undefined> {
  return mountOf(await realPath(root), await readFile('/proc/self/mountinfo', 'utf8'))
}

async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (!isAbsent(error) || path === '/') throw error
    return join(await realPath(dirname(path)), basename(path))
  }
}

async function readRemembered(file: string, note: Note): Promise<Mount | undefined> {
  try {
    const { mountPoint, fsType, source } = JSON.parse(await readFile(file, 'utf8')) as Partial<Mount>
    if (typeof mountPoint === 'string') return { mountPoint, fsType: String(fsType), source: String(source) }
  } catch (error) {
    if (!isAbsent(error)) note('what was remembered about the mount of the storage cannot be read, so a missing mount is not noticed this time')
  }
  return undefined
}

async function writeRemembered(file: string, content: Mount & { readonly root: string }, note: Note): Promise<void> {
  try {
    await makeFolders(dirname(file), 0o700)
    // Beside and renamed: a run killed here must not leave half a file, nor two runs a mixed one.
    const draft = `${file}.${process.pid}`
    await writeFile(draft, `${JSON.stringify(content)}\n`, { mode: 0o600 })
    await rename(draft, file)
  } catch {
    note('the mount of the storage cannot be remembered (the state folder is not writable), so a missing mount will not be noticed')
  }
}
