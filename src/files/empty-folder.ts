import { rmdirSync } from 'node:fs'
import { closeFolderSync, type Folder } from './folder.ts'
import { ownProcFolder } from './kernel.ts'
import { makePrivateFolder } from './private-folder.ts'

const BASES = ['/dev/shm', '/tmp', '/var/tmp'] as const

/**
 * Runs `work` with the path of a folder that is empty and stays so: it is removed already, so nobody can make anything in it (`ENOENT`), and nothing of it is
 * left whatever kills us. The working folder of programs that should find and leave nothing; `/` where no folder can be made.
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
      // Not mounted, full, or read-only: the next one.
    }
  }
  return undefined
}
