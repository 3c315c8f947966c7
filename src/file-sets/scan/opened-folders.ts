import { statfs } from 'node:fs/promises'
import { closeFolder, type Folder, openFolderIn } from '../../files/folder.ts'
import { keepsInodes, type PackRecord, type SeenStats, whyNotSeen, whyUnreadable } from './pack-record.ts'

/** The open folders on the path of the current entry, like `SourceFolders` of the packer, but without blocking the program. */
export interface OpenedFolders {
  /** Called for each folder, before its contents. Opens nothing yet. */
  enter(record: PackRecord): Promise<void>
  /** The folder of an entry, or the reason why it is not accessible. */
  folderOf(record: PackRecord): Promise<Folder | string>
  /** Why an entry differs from the scan, or undefined. */
  whyNotSeen(record: PackRecord, found: SeenStats, folder: Folder): Promise<string | undefined>
  close(): Promise<void>
}

interface Level {
  readonly seen: PackRecord
  readonly name: Buffer
  folder: Folder | undefined
  why: string | undefined
}

// The number of folders of a path that are kept open: any user can make deeper trees than there are descriptors.
const KEPT_OPEN = 200

/** `source` is not closed. Folders far above the current entry are closed, and opened and compared again when they are needed. */
export function openedFolders(source: Folder): OpenedFolders {
  const levels: Level[] = []
  const close = async (level: Level | undefined) => {
    if (level?.folder === undefined) return
    await closeFolder(level.folder)
    level.folder = undefined
  }
  const leaveBelow = async (depth: number) => {
    for (const level of levels.splice(depth)) await close(level)
  }
  const whyChanged = async (record: PackRecord, found: SeenStats, folder: Folder) => {
    const why = whyNotSeen(record, found, () => true)
    if (why === undefined || whyNotSeen(record, found, () => false) !== undefined) return why
    return keepsInodes((await statfs(`/proc/self/fd/${folder.fd}`)).type) ? why : undefined
  }
  const openLevel = async (level: Level, above: Folder) => {
    try {
      level.folder = await openFolderIn(above, level.name)
      const { device: dev, inode: ino, uid } = level.folder.facts
      level.why = await whyChanged(level.seen, { dev, ino, uid, nlink: 1, mode: S_IFDIR }, above)
    } catch (error) {
      level.why = whyUnreadable(error)
      if (level.why === undefined) throw error
    }
  }
  return {
    async enter(record) {
      await leaveBelow(record.depth)
      const name = Buffer.from(record.bytes.subarray(record.nameStart, record.end))
      levels.push({ name, seen: { ...record, bytes: name }, folder: undefined, why: undefined })
    },
    async folderOf({ depth }) {
      await leaveBelow(depth)
      const innermost = levels.findLastIndex((it) => it.folder !== undefined || it.why !== undefined)
      let folder = levels[innermost]?.folder ?? source
      for (let index = Math.max(innermost, 0); index < levels.length; index++) {
        const level = levels[index] as Level
        if (level.folder === undefined && level.why === undefined) await openLevel(level, folder)
        if (level.why !== undefined) return `a folder above it: ${level.why}`
        folder = level.folder ?? folder
        await close(levels[index - KEPT_OPEN])
      }
      return folder
    },
    whyNotSeen: whyChanged,
    close: () => leaveBelow(0),
  }
}

const S_IFDIR = 0o040000
