import { closeSync, fstatSync, type Stats, statfsSync } from 'node:fs'
import { enterFolder, openFolderHere } from '../../files/trust/working-folder.ts'
import { keepsInodes, type PackRecord, whyNotSeen, whyUnreadable } from '../scan/pack-record.ts'

/** The source folders on the path of the current entry, each opened relative to the previous one and compared with the scan. */
export interface SourceFolders {
  /** Called for each folder, before its contents. Opens nothing yet. */
  enter(record: PackRecord): void
  /** Makes the folder of an entry the working folder. Returns the reason if this is not possible, otherwise undefined. */
  standAt(record: PackRecord): string | undefined
  /** The folder that `standAt` made the working folder. */
  stats(): Stats
  /** Whether the file system of that entry has permanent inode numbers. To be called if they differ. */
  hasInodes(): boolean
}

interface Level {
  readonly name: Buffer
  readonly seen: PackRecord
  fd: number | undefined
  why: string | undefined
}

// The number of folders of a path that are kept open: any user can make deeper trees than there are descriptors.
const KEPT_OPEN = 200

/** `sourceFd`: the open source. Folders are closed when they are left, or far above the current entry; then they are opened, and compared, again. */
export function sourceFolders(sourceFd: number): SourceFolders {
  const levels: Level[] = []
  let standing: number | undefined
  const close = (level: Level | undefined) => {
    if (level?.fd === undefined) return
    closeSync(level.fd)
    if (standing === level.fd) standing = undefined
    level.fd = undefined
  }
  const leaveBelow = (depth: number) => {
    while (levels.length > depth) close(levels.pop())
  }
  const stand = (fd: number) => {
    if (standing !== fd) enterFolder(fd)
    standing = fd
  }
  const openLevel = (level: Level, aboveFd: number): void => {
    try {
      stand(aboveFd)
      level.fd = openFolderHere(level.name)
      level.why = whyNotSeen(level.seen, fstatSync(level.fd), () => hasInodes(level.fd ?? aboveFd))
    } catch (error) {
      level.why = whyUnreadable(error)
      if (level.why === undefined) throw error
    }
  }
  return {
    enter(record) {
      leaveBelow(record.depth)
      const name = Buffer.from(record.bytes.subarray(record.nameStart, record.end))
      levels.push({ name, seen: { ...record, bytes: name }, fd: undefined, why: undefined })
    },
    standAt({ depth }) {
      leaveBelow(depth)
      const innermost = levels.findLastIndex((it) => it.fd !== undefined || it.why !== undefined)
      let fd = levels[innermost]?.fd ?? sourceFd
      for (let index = Math.max(innermost, 0); index < levels.length; index++) {
        const level = levels[index] as Level
        if (level.fd === undefined && level.why === undefined) openLevel(level, fd)
        if (level.why !== undefined) return `a folder above it: ${level.why}`
        fd = level.fd ?? fd
        close(levels[index - KEPT_OPEN])
      }
      stand(fd)
      return undefined
    },
    stats: () => fstatSync(standing ?? sourceFd),
    hasInodes: () => hasInodes(standing ?? sourceFd),
  }
}

function hasInodes(fd: number): boolean {
  return keepsInodes(statfsSync(`/proc/self/fd/${fd}`).type)
}
