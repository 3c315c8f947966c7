import { isAbsent } from '../entries.ts'
import { closeFolder, type Folder, openFolderIn } from '../folder.ts'

/** The folders from the top of a tree to the current one, each opened in the one before it. */
export interface FolderPath {
  /** The current folder, or undefined if it was moved, removed or replaced. It is closed by the next call. */
  current(): Promise<Folder | undefined>
  /** Makes an open folder of the current one the current one. It is closed when it is left. */
  enter(folder: Folder, name: Buffer): Promise<void>
  /** Makes the folder above the current one the current one. */
  leave(): Promise<void>
  close(): Promise<void>
}

interface Level {
  readonly name: Buffer
  readonly device: number
  readonly inode: number
  folder: Folder | undefined
}

// Any user can make more nested folders than files can be open: the innermost ones are kept open, and one of many above them.
const KEPT_OPEN = 100
const ONE_OF = 256

/** `top` is not closed. Folders far above the current one are closed; to return to them, they are opened and compared again. */
export function folderPath(top: Folder): FolderPath {
  const levels: Level[] = []
  const close = async (level: Level | undefined) => {
    const folder = level?.folder
    if (level === undefined || folder === undefined) return
    level.folder = undefined
    await closeFolder(folder)
  }
  const closeAbove = async (index: number) => {
    const far = index - KEPT_OPEN
    if (far % ONE_OF !== 0) await close(levels[far])
  }
  return {
    async current() {
      const innermost = levels.findLastIndex((it) => it.folder !== undefined)
      let folder = levels[innermost]?.folder ?? top
      for (let index = innermost + 1; index < levels.length; index++) {
        const level = levels[index] as Level
        const opened = await reopen(folder, level)
        if (opened === undefined) return undefined
        level.folder = opened
        folder = opened
        await closeAbove(index)
      }
      return folder
    },
    async enter(folder, name) {
      levels.push({ name, device: folder.facts.device, inode: folder.facts.inode, folder })
      await closeAbove(levels.length - 1)
    },
    leave: () => close(levels.pop()),
    async close() {
      for (const level of levels.splice(0)) await close(level)
    },
  }
}

async function reopen(above: Folder, { name, device, inode }: Level): Promise<Folder | undefined> {
  try {
    const folder = await openFolderIn(above, name)
    if (folder.facts.device === device && folder.facts.inode === inode) return folder
    await closeFolder(folder)
    return undefined
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}
