import { statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { namesInSync, renameEntrySync, statInSync, unlinkInSync } from '../files/entries.ts'
import { closeFolderSync, type Folder } from '../files/folder.ts'
import { openExistingFolderSync } from '../files/open-by-path.ts'
import { whileRenaming } from './rename-lock.ts'

// The cause of the damage may recur every night, and must not fill the disk.
const KEPT = 2

export interface FoundFile {
  readonly file: string
  /** The inode of the damaged file. */
  readonly inode: number | undefined
}

/**
 * Renames a damaged database and its accompanying files to `journal.db.damaged-TIME`, so that a new one can be created; of previous damaged ones, the
 * newest is kept. If the name is a link, the link is renamed, and its target is not changed. Returns the new name, or undefined if another process
 * was faster: `inode` is that of the damaged file.
 */
export function setAside({ file, inode }: FoundFile, at: Date): string | undefined {
  return whileRenaming(file, () => {
    if (statSync(file, { throwIfNoEntry: false })?.ino !== inode) return undefined
    const name = basename(file)
    const folder = openExistingFolderSync(dirname(file))
    try {
      const free = freeName(folder, `${name}.damaged-${at.toISOString().slice(0, 19).replaceAll(/[-:]/gu, '')}Z`)
      // The database first: SQLite discards files beside an empty new database, but would apply them to one with contents.
      for (const suffix of ['', '-wal', '-shm'])
        if (statInSync(folder, name + suffix)) renameEntrySync({ folder, name: name + suffix }, { folder, name: free + suffix })
      forgetOlder(folder, name)
      return `${folder.path}/${free}`
    } finally {
      closeFolderSync(folder)
    }
  })
}

function freeName(folder: Folder, wanted: string): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${number}`
    if (!statInSync(folder, name)) return name
  }
}

// Only files: a folder with such a name belongs to the user.
function forgetOlder(folder: Folder, name: string): void {
  const damaged = namesInSync(folder).filter((it) => it.startsWith(`${name}.damaged-`) && statInSync(folder, it)?.isFile() === true)
  const databases = damaged.filter((it) => !/-(?:wal|shm)$/u.test(it))
  for (const old of databases.toSorted().slice(0, -KEPT)) for (const suffix of ['', '-wal', '-shm']) unlinkInSync(folder, old + suffix)
}
