import { closeSync, fstatSync, statfsSync } from 'node:fs'
import { openFolderHere, standIn } from '../../files/trust/stand-in.ts'
import { keepsInodes, type PackRecord, whyNotSeen, whyUnreadable } from '../scan/pack-record.ts'

/** The folders of a source on the way to what is packed just now, each opened in the one before it and compared with what the scan saw. */
export interface SourceFolders {
  /** Told of each folder, before what is in it. Opens nothing yet. */
  enter(record: PackRecord): void
  /** Makes the folder that an entry is in the working folder. Why that cannot be, or undefined. */
  standAt(record: PackRecord): string | undefined
  /** Whether the file system of that entry keeps the numbers of its files. To be asked where they differ. */
  hasInodes(): boolean
}

interface Level {
  readonly name: Buffer
  readonly seen: PackRecord
  fd: number | undefined
  why: string | undefined
}

/** `sourceFd`: the source, open. Descriptors are closed as the folders are left; of nested ones some hundreds may be open. */
export function sourceFolders(sourceFd: number): SourceFolders {
  const levels: Level[] = []
  let standing: number | undefined
  const leaveBelow = (depth: number) => {
    while (levels.length > depth) {
      const { fd } = levels.pop() ?? {}
      if (fd === undefined) continue
      closeSync(fd)
      if (standing === fd) standing = undefined
    }
  }
  const stand = (fd: number) => {
    if (standing !== fd) standIn(fd)
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
      let fd = sourceFd
      for (const level of levels) {
        if (level.fd === undefined && level.why === undefined) openLevel(level, fd)
        if (level.why !== undefined) return `a folder above it: ${level.why}`
        fd = level.fd ?? fd
      }
      stand(fd)
      return undefined
    },
    hasInodes: () => hasInodes(standing ?? sourceFd),
  }
}

function hasInodes(fd: number): boolean {
  return keepsInodes(statfsSync(`/proc/self/fd/${fd}`).type)
}
