import { realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { systemCode } from '../../lib/errors.ts'
import { isAbsent } from '../entries.ts'

/**
 * The path with links resolved, for comparisons and messages; never to be opened, because it may refer to another file by then. For a missing path:
 * that of the nearest existing folder, with the rest appended.
 */
export async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (!isAbsent(error) || path === '/') throw error
    return join(await realPathOf(dirname(path)), basename(path))
  }
}

/** Whether two paths refer to the same file, now; not if this cannot be determined, as for a link to itself. */
export async function isSamePath(a: string, b: string): Promise<boolean> {
  try {
    return (await realPathOf(a)) === (await realPathOf(b))
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return false
  }
}
