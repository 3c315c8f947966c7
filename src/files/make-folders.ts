import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemCode } from '../lib/errors.ts'

/**
 * Creates a folder and all missing folders above it, each with `mode` less the umask. Resolves with the first one created, or undefined if all
 * existed. Rejects like `mkdir` of `node:fs`.
 *
 * Node's own `recursive` loops endlessly if a file system returns ENOENT for every mkdir, like /proc and autofs mount points.
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

// Another process may have created it in between; on a read-only file system, EROFS takes precedence over EEXIST.
async function refuseUnlessFolder(path: string, error: unknown): Promise<undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() !== true) throw error
  return undefined
}
