import { constants } from 'node:fs'
import { type FileHandle, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode } from '../lib/errors.ts'
import { tryLock } from '../process/flock.ts'

/** How the names of work folders begin; what follows is random. */
export const PART_PREFIX = '.holdfast-part-'

/** A hidden folder beside the files that will be made, for what is not whole yet. */
export interface WorkFolder {
  readonly path: string
  /** Its lock: whoever has this open keeps the folder from being swept. */
  readonly lockFd: number
  /** Removes it with all that is in it. */
  remove(): Promise<void>
}

/** Makes one in `folder` (mode 0700), after those of dead runs were removed from there. */
export async function openWorkFolder(folder: string): Promise<WorkFolder> {
  await sweep(folder)
  for (;;) {
    const path = await mkdtemp(join(folder, PART_PREFIX))
    const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
    if ((await tryLock(handle.fd)) && (await isStill(handle, path))) {
      return {
        path,
        lockFd: handle.fd,
        async remove() {
          await rm(path, { recursive: true, force: true })
          await handle.close()
        },
      }
    }
    // Somebody swept it before it was locked.
    await handle.close()
  }
}

/** Removes the work folders that nobody holds. Those that cannot be are left for the next run. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(PART_PREFIX)) continue
    const path = join(folder, name)
    try {
      const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
      try {
        if (await tryLock(handle.fd)) await rm(path, { recursive: true, force: true })
      } finally {
        await handle.close()
      }
    } catch (error) {
      if (systemCode(error) === undefined) throw error
    }
  }
}

async function isStill(handle: FileHandle, path: string): Promise<boolean> {
  const [ours, there] = await Promise.all([handle.stat(), stat(path).catch(() => undefined)])
  return there?.ino === ours.ino && there.dev === ours.dev
}
