import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isAbsent } from '../../files/entries.ts'
import { realPathOf } from '../../files/trust/real-path.ts'
import { formatBytes } from '../../lib/format.ts'
import type { LocalfsStorageSpec } from '../../plan/plan.ts'
import { StorageError } from '../storage.ts'
import { quoted } from '../system-errors.ts'
import { mountOf, readMountinfo, withoutSelfBind } from './mountinfo.ts'

type Required = Pick<LocalfsStorageSpec, 'requireMount' | 'minFreeBytes'>

/** Rejects with `storage/mount-missing` if nothing is mounted at the configured mount point. */
export async function checkRequiredMount(root: string, { requireMount }: Required): Promise<void> {
  if (requireMount !== undefined && !(await isMounted(requireMount)))
    throw new StorageError('mount-missing', `nothing is mounted at ${quoted(requireMount)}, but the sets of ${quoted(root)} are stored there`, {
      hint: `Mount it. According to the configuration, ${quoted(root)} must not be used without it.`,
    })
}

/** Rejects with `storage/full` if less is free than the plan requires for a new set. Creates nothing. */
export async function checkFreeSpace(root: string, { minFreeBytes }: Required): Promise<void> {
  if (minFreeBytes === undefined) return
  const freeBytes = await freeBytesAt(root)
  if (freeBytes >= minFreeBytes) return
  throw new StorageError('full', `only ${formatBytes(freeBytes)} free for ${quoted(root)}, required ${formatBytes(minFreeBytes)}`, {
    hint: 'Free some space, keep fewer sets, or reduce the required free space.',
  })
}

async function isMounted(path: string): Promise<boolean> {
  const real = await realPathOf(path)
  const mounts = readMountinfo()
  const found = mountOf(real, mounts)
  return found !== undefined && withoutSelfBind(found, mounts).mountPoint === real
}

/** For a missing root, that of the nearest existing folder. */
async function freeBytesAt(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  } catch (error) {
    if (!isAbsent(error) || path === '/') throw error
    return freeBytesAt(dirname(path))
  }
}
