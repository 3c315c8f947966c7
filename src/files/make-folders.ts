import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemCode } from '../lib/errors.ts'

/**
 * Makes a folder with all that is missing above it, each with `mode` less the umask. Resolves with the first one made, or undefined when all were there.
 * Rejects as `mkdir` of `node:fs` does.
 *
 * Node's own `recursive` never ends where a file system answers ENOENT to every mkdir, as /proc and mount points of autofs do.
 */
export async function makeFolders(path: string, mode = 0o777): Promise<string | undefined> {
  try {
    await mkdir(path, { mode })
    return path
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || dirname(path) === path) return refuseUnlessFolder(path, error)
  }
  const first = await makeFolders(dirname(path), mode)
  try {
    await mkdir(path, { mode })
    return first ?? path
  } catch (error) {
    await refuseUnlessFolder(path, error)
    return first
  }
}

// Another process may have made it in between; on a read-only file system EROFS comes before EEXIST.
async function refuseUnlessFolder(path: string, error: unknown): Promise<undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() !== true) throw error
  return undefined
}
