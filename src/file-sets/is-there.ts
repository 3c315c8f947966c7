import { lstat } from 'node:fs/promises'
import { systemCode } from '../lib/errors.ts'

/** Whether something exists at this path, including a dangling link. Rejects where that cannot be determined. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    return false
  }
}
