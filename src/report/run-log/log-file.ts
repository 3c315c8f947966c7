import { closeSync, constants, fstatSync, writeSync } from 'node:fs'
import { openFileInSync } from '../../files/entries.ts'
import { closeFolderSync, FilesError } from '../../files/folder.ts'
import { openTargetSync, type Target } from '../../files/open-by-path.ts'
import { ownTruster } from '../../files/trust/trust.ts'
import { messageOf, systemCode } from '../../lib/errors.ts'

/** A file to which text is appended; its folders are created as needed. Never throws. */
export interface LogFile {
  append(text: string): void
  /** The first write error; undefined if there was none. */
  trouble(): string | undefined
  close(): void
}

// The output of programs may be confidential.
const MODE = 0o640
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT

/** Nothing is created before the first text. */
export function openLogFile(path: string): LogFile {
  let fd: number | undefined
  let trouble: string | undefined
  const write = (bytes: Buffer) => {
    fd ??= open(path)
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
  }
  return {
    append(text) {
      try {
        write(Buffer.from(text))
      } catch (error) {
        trouble ??= messageOf(error)
      }
    },
    trouble: () => trouble,
    close() {
      if (fd !== undefined) closeSync(fd)
      fd = undefined
    },
  }
}

// Another run removes empty folders of years, possibly between the creation of this one and that of the file.
const TIMES = 10

function open(path: string): number {
  for (let time = 1; ; time += 1) {
    try {
      return openToAppend(openTargetSync(path))
    } catch (error) {
      if (systemCode(error) !== 'ENOENT' || time === TIMES) throw error
    }
  }
}

/** A user with write access to the folder could have created the file to read its contents, or as a hard link to another file. */
function openToAppend({ folder, name, isForeign }: Target): number {
  try {
    const fd = openFileInSync(folder, name, { flags: FLAGS, mode: isForeign ? MODE & ~0o070 : MODE })
    const stat = fstatSync(fd)
    const isOurs = stat.uid === 0 || stat.uid === ownTruster().uid
    if (stat.isFile() && isOurs && stat.nlink === 1) return fd
    closeSync(fd)
    const why = stat.isFile() ? (isOurs ? 'it has several hard links' : `it is owned by user ${stat.uid}`) : 'it is not a regular file'
    throw new FilesError('unsafe', why, { hint: 'Remove it; a new file is created.' })
  } finally {
    closeFolderSync(folder)
  }
}
