import { notRegular, type ReadLimits, readSmallHandle } from '../read-small.ts'
import type { Truster } from './trust.ts'
import { closeWalked, openWalked, type PathProblem, walkPath } from './trusted-path.ts'

/** The contents of a file, and the parts of its path, or the file itself, that another user could have changed. */
export interface ContentWithProblems {
  readonly content: Buffer
  /** With links resolved. */
  readonly realPath: string
  readonly problems: readonly PathProblem[]
}

/**
 * Reads a regular file by its absolute path, like `readSmall`; the file that is checked is the file that is read. Other types are not opened, because
 * opening a device may have effects.
 */
export async function readWithProblems(path: string, who: Truster, limits: ReadLimits = {}): Promise<ContentWithProblems> {
  const walked = await walkPath(path, who)
  try {
    const { kind, realPath, problems } = walked
    if (kind === 'folder') throw Object.assign(new Error(`EISDIR: illegal operation on a directory, read '${path}'`), { code: 'EISDIR' })
    if (kind !== 'file') throw notRegular(path)
    const handle = await openWalked(walked)
    try {
      return { content: await readSmallHandle(handle, path, limits), realPath, problems }
    } finally {
      await handle.close()
    }
  } finally {
    await closeWalked(walked)
  }
}
