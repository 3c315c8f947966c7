import { statfs } from 'node:fs/promises'
import { closeFolder, type Folder, openFolderIn } from '../../files/folder.ts'
import { keepsInodes, type PackRecord, type SeenStats, whyNotSeen, whyUnreadable } from './pack-record.ts'

/** The folders of a source on the way to what is packed just now, as `SourceFolders` has them for the packer, but without holding up the program. */
export interface OpenedFolders {
  /** Told of each folder, before what is in it. Opens nothing yet. */
  enter(record: PackRecord): Promise<void>
  /** The folder that an entry is in, or why it cannot be had. */
  folderOf(record: PackRecord): Promise<Folder | string>
  /** Why what was found is not what the scan saw in that folder, or undefined. */
  whyNotSeen(record: PackRecord, found: SeenStats, folder: Folder): Promise<string | undefined>
  close(): Promise<void>
}

interface Level {
  readonly seen: PackRecord
  readonly name: Buffer
  folder: Folder | undefined
  why: string | undefined
}

/** `source` stays the caller's. */
export function openedFolders(source: Folder): OpenedFolders {
  const levels: Level[] = []
  const leaveBelow = async (depth: number) => {
    for (const { folder } of levels.splice(depth)) if (folder !== undefined) await closeFolder(folder)
  }
  const judge = async (record: PackRecord, found: SeenStats, folder: Folder) => {
    const why = whyNotSeen(record, found, () => true)
    if (why === undefined || whyNotSeen(record, found, () => false) !== undefined) return why
    return keepsInodes((await statfs(`/proc/self/fd/${folder.fd}`)).type) ? why : undefined
  }
  const openLevel = async (level: Level, above: Folder) => {
    try {
      level.folder = await openFolderIn(above, level.name)
      const { device: dev, inode: ino, uid } = level.folder.facts
      level.why = await judge(level.seen, { dev, ino, uid, nlink: 1, mode: S_IFDIR }, above)
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
      let folder = source
      for (const level of levels) {
        if (level.folder === undefined && level.why === undefined) await openLevel(level, folder)
        if (level.why !== undefined) return `a folder above it: ${level.why}`
        folder = level.folder ?? folder
      }
      return folder
    },
    whyNotSeen: judge,
    close: () => leaveBelow(0),
  }
}

const S_IFDIR = 0o040000
