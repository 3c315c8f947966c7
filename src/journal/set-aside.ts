import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

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
    const name = freeName(`${file}.damaged-${at.toISOString().slice(0, 19).replaceAll(/[-:]/gu, '')}Z`)
    // The journal first: what SQLite finds beside an empty new one it throws away, what it finds beside a full one it would add to it.
    for (const suffix of ['', '-wal', '-shm']) if (existsSync(file + suffix)) renameSync(file + suffix, name + suffix)
    forgetOlder(file)
    return name
  } finally {
    lock.close()
  }
}

function freeName(wanted: string): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${number}`
    if (!existsSync(name)) return name
  }
}

// Only files: a folder that stood in the way is somebody's, whatever it is called now.
function forgetOlder(file: string): void {
  const folder = dirname(file)
  const damaged = readdirSync(folder, { withFileTypes: true }).filter((it) => it.isFile() && it.name.startsWith(`${basename(file)}.damaged-`))
  const journals = damaged.map(({ name }) => name).filter((name) => !/-(?:wal|shm)$/u.test(name))
  for (const old of journals.toSorted().slice(0, -KEPT))
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, old + suffix), { force: true })
}
