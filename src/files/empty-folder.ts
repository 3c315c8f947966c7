import { rmdirSync } from 'node:fs'
import { closeFolderSync, type Folder } from './folder.ts'
import { ownProcFolder } from './kernel-files.ts'
import { makePrivateFolder } from './private-folder.ts'

const BASES = ['/dev/shm', '/tmp', '/var/tmp'] as const

/**
 * Runs `work` with the path of an empty folder that stays empty: it is already removed, so that nothing can be created in it (`ENOENT`), and nothing
 * remains after a kill. The working folder of programs that must not find or create files; `/` if no folder can be created.
 */
export async function inEmptyFolder<T>(work: (path: string) => Promise<T>): Promise<T> {
  const folder = openEmptyFolder()
  try {
    return await work(folder === undefined ? '/' : `${ownProcFolder()}/fd/${folder.fd}`)
  } finally {
    if (folder !== undefined) closeFolderSync(folder)
  }
}

function openEmptyFolder(): Folder | undefined {
  for (const base of BASES) {
    try {
      const { folder } = makePrivateFolder(base, 'holdfast-empty-')
      rmdirSync(folder.path)
      return folder
    } catch {
      // Not mounted, full, or read-only: try the next one.
    }
  }
  return undefined
}
