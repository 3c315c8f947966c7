import { lstat } from 'node:fs/promises'
import { systemCode } from '../lib/errors.ts'

/** Whether something has this path, be it a link that leads nowhere. Rejects where nobody can tell. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    return false
  }
}
