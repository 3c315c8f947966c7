import { closeSync, constants, fchownSync, fstatSync, lstatSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openFileInSync, rmdirInSync, statInSync, unlinkInSync } from '../files/entries.ts'
import { closeFolderSync } from '../files/folder.ts'
import { openExistingFolderSync } from '../files/open-by-path.ts'
import { databaseErrorOf } from './database-error.ts'
import type { AnySchema } from './schema.ts'

const WAIT_MS = 1000

/**
 * Runs `work`, which opens or closes the database in `file`, while no process renames it: SQLite opens the accompanying files by their names, and would
 * use, or remove, those of the new database together with the old one (sqlite.org/howtocorrupt.html#_unlinking_or_renaming_a_database_file_while_in_use).
 * Without the lock if that cannot be opened, for example on a read-only file system. Throws the error of SQLite for a locked database if a process
 * takes longer than a second to rename it.
 */
export function whileNotRenamed<T>(schema: AnySchema, file: string, work: () => T): T {
  if (schema.ifDamaged === 'keep') return work()
  const lock = sharedLock(schema, file)
  try {
    return work()
  } finally {
    lock?.close()
  }
}

/** Runs `work`, which renames the database in `file`, while no process opens or closes it. Throws if the lock cannot be taken within a second. */
export function whileRenaming<T>(file: string, work: () => T): T {
  const lock = openLock(file)
  try {
    lock.exec('begin exclusive')
    return work()
  } finally {
    lock.close()
  }
}

function sharedLock(schema: AnySchema, file: string): DatabaseSync | undefined {
  let lock: DatabaseSync | undefined
  try {
    lock = openLock(file)
    // A transaction holds the shared lock from its first read to its end.
    lock.exec('begin; select 1 from sqlite_schema')
    return lock
  } catch (error) {
    lock?.close()
    if (databaseErrorOf(error, schema, file).kind === 'busy') throw error
    return undefined
  }
}

// Locks of SQLite are released by the kernel when the process ends.
function openLock(file: string): DatabaseSync {
  const path = `${file}.lock`
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found?.isFile() !== true || found.size > 0) makeLock(path)
  return new DatabaseSync(path, { timeout: WAIT_MS })
}

// Whatever else has the name is replaced, because SQLite would follow a link, wait for a FIFO, and refuse other contents.
function makeLock(path: string): void {
  const folder = openExistingFolderSync(dirname(path))
  try {
    const name = basename(path)
    if (statInSync(folder, name)?.isDirectory()) rmdirInSync(folder, name)
    else unlinkInSync(folder, name)
    const fd = openFileInSync(folder, name, { flags: constants.O_WRONLY | constants.O_CREAT })
    try {
      // As SQLite does for its files: root must not lock out the owner of the folder.
      const { uid, gid } = fstatSync(folder.fd)
      if (process.geteuid?.() === 0) fchownSync(fd, uid, gid)
    } finally {
      closeSync(fd)
    }
  } finally {
    closeFolderSync(folder)
  }
}
