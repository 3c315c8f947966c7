import { realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isAbsent } from '../entries.ts'

/**
 * The path without links, for comparing and for messages; never to be opened, as it may mean something else by then. Of what does not exist yet: that of the
 * nearest folder above which does, with the rest behind it.
 */
export async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (!isAbsent(error) || path === '/') throw error
    return join(await realPathOf(dirname(path)), basename(path))
  }
}
