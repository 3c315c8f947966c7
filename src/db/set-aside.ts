import { lstatSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { namesInSync, renameEntrySync, statInSync, unlinkInSync } from '../files/entries.ts'
import { closeFolderSync, type Folder } from '../files/folder.ts'
import { openThereSync } from '../files/open-place.ts'
import { DatabaseError } from './database-error.ts'
import type { AnySchema } from './schema.ts'

const LOCK_MS = 1000
// Whatever damages it once may do so every night, and must not fill the disk with evidence.
const KEPT = 2

export interface FoundFile {
  readonly file: string
  /** Of the file that was found damaged. */
  readonly inode: number | undefined
}

/**
 * Renames a damaged database and what SQLite keeps beside it to `journal.db.damaged-TIME`, so that a new one can be begun; of earlier damaged ones
 * the newest stays. A link of that name is renamed itself: what it leads to may be anything, and stays as it is. Gives the new name, or undefined when another process was quicker: `inode` is that of the file found damaged.
 */
export function setAside(schema: AnySchema, { file, inode }: FoundFile, at: Date): string | undefined {
  // Held by the kernel, gone with the process. Without it the second of two that found the damage would move the first one's new file away.
  const lock = openLock(schema, file)
  try {
    lock.exec('begin exclusive')
    if (statSync(file, { throwIfNoEntry: false })?.ino !== inode) return undefined
    const name = basename(file)
    const folder = openThereSync(dirname(file))
    try {
      const free = freeName(folder, `${name}.damaged-${at.toISOString().slice(0, 19).replaceAll(/[-:]/gu, '')}Z`)
      // The database first: what SQLite finds beside an empty new one it throws away, what it finds beside a full one it would add to it.
      for (const suffix of ['', '-wal', '-shm'])
        if (statInSync(folder, name + suffix)) renameEntrySync({ folder, name: name + suffix }, { folder, name: free + suffix })
      forgetOlder(folder, name)
      return `${folder.path}/${free}`
    } finally {
      closeFolderSync(folder)
    }
  } finally {
    lock.close()
  }
}

// SQLite would follow a link, and write to whatever it leads to.
function openLock(schema: AnySchema, file: string): DatabaseSync {
  const path = `${file}.lock`
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found?.isFile() === false) throw new DatabaseError(schema, 'unusable', `"${path}" is not a regular file`, { hint: 'Remove it.' })
  return new DatabaseSync(path, { timeout: LOCK_MS })
}

function freeName(folder: Folder, wanted: string): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${number}`
    if (!statInSync(folder, name)) return name
  }
}

// Only files: a folder that stood in the way is somebody's, whatever it is called now.
function forgetOlder(folder: Folder, name: string): void {
  const damaged = namesInSync(folder).filter((it) => it.startsWith(`${name}.damaged-`) && statInSync(folder, it)?.isFile() === true)
  const databases = damaged.filter((it) => !/-(?:wal|shm)$/u.test(it))
  for (const old of databases.toSorted().slice(0, -KEPT)) for (const suffix of ['', '-wal', '-shm']) unlinkInSync(folder, old + suffix)
}
