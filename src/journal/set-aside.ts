import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { namesInSync, renameEntrySync, statInSync, unlinkInSync } from '../files/entries.ts'
import { closeFolderSync, type Folder } from '../files/folder.ts'
import { openTargetSync } from '../files/open-place.ts'

const LOCK_MS = 1000
// Whatever damages it once may do so every night, and must not fill the disk with evidence.
const KEPT = 2

/**
 * Renames a damaged journal and what SQLite keeps beside it to `journal.db.damaged-TIME`, so that a new one can be begun; of earlier damaged ones
 * the newest stays. Gives the new name, or undefined when another process was quicker: `inode` is that of the file found damaged.
 */
export function setAside(file: string, inode: number | undefined, at: Date): string | undefined {
  // Held by the kernel, gone with the process. Without it the second of two that found the damage would move the first one's new journal away.
  const lock = new DatabaseSync(`${file}.lock`, { timeout: LOCK_MS })
  try {
    lock.exec('begin exclusive')
    if (statSync(file, { throwIfNoEntry: false })?.ino !== inode) return undefined
    const { folder, name } = openTargetSync(file)
    try {
      const free = freeName(folder, `${name}.damaged-${at.toISOString().slice(0, 19).replaceAll(/[-:]/gu, '')}Z`)
      // The journal first: what SQLite finds beside an empty new one it throws away, what it finds beside a full one it would add to it.
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

function freeName(folder: Folder, wanted: string): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${number}`
    if (!statInSync(folder, name)) return name
  }
}

// Only files: a folder that stood in the way is somebody's, whatever it is called now.
function forgetOlder(folder: Folder, name: string): void {
  const damaged = namesInSync(folder).filter((it) => it.startsWith(`${name}.damaged-`) && statInSync(folder, it)?.isFile() === true)
  const journals = damaged.filter((it) => !/-(?:wal|shm)$/u.test(it))
  for (const old of journals.toSorted().slice(0, -KEPT)) for (const suffix of ['', '-wal', '-shm']) unlinkInSync(folder, old + suffix)
}
