import { closeSync, constants, fchownSync, fstatSync, lstatSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { openFileInSync } from '../files/entries.ts'
import { closeFolderSync } from '../files/folder.ts'
import { openTargetSync } from '../files/open-by-path.ts'
import { DatabaseError, databaseErrorOf } from './database-error.ts'
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
export function whileRenaming<T>(schema: AnySchema, file: string, work: () => T): T {
  const lock = openLock(schema, file)
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
    lock = openLock(schema, file)
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
function openLock(schema: AnySchema, file: string): DatabaseSync {
  const path = `${file}.lock`
  const found = lstatSync(path, { throwIfNoEntry: false })
  // SQLite would follow a link, and write to its target.
  if (found?.isFile() === false) throw new DatabaseError(schema, 'unusable', `"${path}" is not a regular file`, { hint: 'Remove it.' })
  if (found === undefined) makeLock(path)
  return new DatabaseSync(path, { timeout: WAIT_MS })
}

function makeLock(path: string): void {
  const { folder, name } = openTargetSync(path)
  try {
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
