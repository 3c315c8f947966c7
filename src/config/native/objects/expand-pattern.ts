import { basename, dirname, join } from 'node:path/posix'
import { systemCode } from '../../../lib/errors.ts'
import type { FileReader } from '../../../plan/loading.ts'

/**
 * The files that a path with `*` and `?` in its last part stands for, by name; a path without them stands for itself. Hidden files are not meant, and a
 * folder that is not there has none. Rejects as the reader does.
 */
export async function expandPattern(path: string, reader: FileReader): Promise<readonly string[]> {
  const pattern = basename(path)
  if (!/[*?]/u.test(pattern) || reader.list === undefined) return [path]
  const words = pattern
    .replaceAll(/[.+^${}()|[\]\\]/gu, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const wanted = new RegExp(`^${words}$`, 'u')
  const names = await reader.list(dirname(path)).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  })
  return names
    .filter((name) => wanted.test(name) && !name.startsWith('.'))
    .toSorted()
    .map((name) => join(dirname(path), name))
}
