import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { systemCode } from '../lib/errors.ts'

// What file systems answer that cannot flush a folder (vfat, CIFS, several FUSE ones).
const REFUSALS: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM'])

/** Flushes a folder, so that names given in it outlive a power cut. A file system that cannot is left alone. */
export async function flushFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await handle.sync()
  } catch (error) {
    if (!REFUSALS.has(systemCode(error) ?? '')) throw error
  } finally {
    await handle.close()
  }
}
