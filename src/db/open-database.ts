import { accessSync, closeSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { setModeOfFileInSync } from '../files/change-mode.ts'
import { openFileInSync } from '../files/entries.ts'
import { closeFolderSync } from '../files/folder.ts'
import { openTargetSync, type Target } from '../files/open-by-path.ts'
import { systemCode } from '../lib/errors.ts'
import { DatabaseError, databaseKind, primaryCode } from './database-error.ts'
import { whileNotRenamed } from './rename-lock.ts'
import type { AnySchema } from './schema.ts'

// Waiting blocks the whole program; locked databases are tried again later.
const BUSY_MS = 50
// The remaining size of the write-ahead log after a checkpoint.
const WAL_BYTES = 4 * 1024 * 1024

/**
 * Opens a database for writing and upgrades its tables; creates the file (0600) if it is missing. Throws the error of SQLite or the system, or a
 * `DatabaseError`: `damaged` for a file of another kind, `newer` for one of a later version, which is not changed.
 */
export function openToWrite(schema: AnySchema, file: string): DatabaseSync {
  return whileNotRenamed(schema, file, () => openAndUpgrade(schema, file))
}

function openAndUpgrade(schema: AnySchema, file: string): DatabaseSync {
  makeUnlessThere(schema, file)
  const db = new DatabaseSync(file, { timeout: BUSY_MS })
  try {
    const version = versionOf(db, schema, file)
    refuseNewer(db, schema, file)
    // Not before it is known to be a database of Holdfast.
    makePrivate(file)
    if (version === 0) prepareNew(db)
    db.exec(`pragma synchronous = full; pragma journal_size_limit = ${WAL_BYTES}`)
    if (version < schema.migrations.length) migrate(db, schema, file)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Closes a database that was open for writing. Its last connection removes the accompanying files. */
export function closeDatabase(schema: AnySchema, file: string, db: DatabaseSync): void {
  try {
    whileNotRenamed(schema, file, () => db.close())
  } catch (error) {
    if (!db.isOpen) throw error
    db.close()
  }
}

/** A database that is open for reading. */
export interface OpenedToRead {
  readonly db: DatabaseSync
  /** Whether all other processes, and other connections of this one, are locked out of it until it is closed: close it after a query. */
  readonly isExclusive: boolean
  close(): void
}

/**
 * Opens a database of any version for reading, also on a full disk and on a read-only file system; an empty one if the file is missing. Throws like
 * `openToWrite`. Tables of an earlier version are upgraded first if they can be written.
 */
export function openToRead(schema: AnySchema, file: string): OpenedToRead {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined || found.size === 0) return shared(emptyDatabase(schema))
  if (!found.isFile()) throw invalid(schema, file, 'not a regular file')
  const opened = openReadOnly(schema, file)
  try {
    if (versionOf(opened.db, schema, file) >= schema.migrations.length) return opened
  } catch (error) {
    opened.close()
    throw error
  }
  // Closed before: it may lock out the connection that writes.
  opened.close()
  openToWrite(schema, file).close()
  return openReadOnly(schema, file)
}

/** The reason why a database cannot be read: a later version, if applicable. */
export function refuseNewer(db: DatabaseSync, schema: AnySchema, file: string): void {
  const version = numberOf(db, 'user_version')
  if (version > schema.migrations.length) throw newer(schema, file, version)
}

function openReadOnly(schema: AnySchema, file: string): OpenedToRead {
  const options = { readOnly: true, timeout: BUSY_MS }
  const db = new DatabaseSync(file, options)
  try {
    db.prepare(FIRST).get()
    return shared(db)
  } catch (error) {
    // SQLite resolves links: the other files are beside the database itself.
    const real = db.location() ?? file
    db.close()
    if (NO_SPACE.has(primaryCode(error) ?? -1)) {
      const exclusive = openExclusive(real)
      if (exclusive !== undefined) return { db: exclusive, isExclusive: true, close: () => closeDatabase(schema, file, exclusive) }
    }
    // On a read-only file system, the files shared by readers cannot be created. No process can write there either, so that nothing has to be shared.
    const hasMore = ['-wal', '-journal'].some((end) => statSync(`${real}${end}`, { throwIfNoEntry: false }) !== undefined)
    if (!isReadOnly(dirname(real)) || hasMore) throw error
    return shared(new DatabaseSync(new URL(`${pathToFileURL(real).href}?immutable=1`), options))
  }
}

function shared(db: DatabaseSync): OpenedToRead {
  return { db, isExclusive: false, close: () => db.close() }
}

const FIRST = 'select 1 from sqlite_master limit 1'
// SQLITE_IOERR (of the file shared by readers: SQLITE_IOERR_SHMSIZE) and SQLITE_FULL.
const NO_SPACE: ReadonlySet<number> = new Set([10, 13])

/**
 * On a full disk, the file shared by readers cannot be created. One that has the database to itself needs none (sqlite.org/wal.html#noshm). Undefined if
 * that is impossible, too.
 */
function openExclusive(file: string): DatabaseSync | undefined {
  const db = new DatabaseSync(new URL(`${pathToFileURL(file).href}?mode=rw`), { timeout: BUSY_MS })
  try {
    db.exec('pragma locking_mode = exclusive; pragma query_only = on')
    db.prepare(FIRST).get()
    return db
  } catch (error) {
    db.close()
    if (databaseKind(error) === 'busy') throw error
    return undefined
  }
}

function emptyDatabase(schema: AnySchema): DatabaseSync {
  const db = new DatabaseSync(':memory:')
  migrate(db, schema, ':memory:')
  return db
}

/** The numeric value of a pragma. */
export function numberOf(db: DatabaseSync, pragma: string): number {
  return Number(Object.values(db.prepare(`pragma ${pragma}`).get() ?? {})[0] ?? 0)
}

function makeUnlessThere(schema: AnySchema, file: string): void {
  within(file, (target) => {
    if (!isMade(target) && !statSync(file).isFile()) throw invalid(schema, file, 'not a regular file')
  })
}

function makePrivate(file: string): void {
  // Not opened here: closing it would release the locks of another connection of this process.
  if ((statSync(file).mode & 0o077) !== 0) within(file, ({ folder, name }) => setModeOfFileInSync(folder, name, 0o600))
}

function within(file: string, work: (target: Target) => void): void {
  const target = openTargetSync(file)
  try {
    work(target)
  } finally {
    closeFolderSync(target.folder)
  }
}

function isMade({ folder, name }: Target): boolean {
  try {
    closeSync(openFileInSync(folder, name, { flags: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode: 0o600 }))
    return true
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
    return false
  }
}

function versionOf(db: DatabaseSync, schema: AnySchema, file: string): number {
  // In one transaction: between two queries, another process may create the tables.
  db.exec('begin')
  try {
    const isForeign = numberOf(db, 'application_id') !== schema.applicationId && db.prepare('select 1 from sqlite_master limit 1').get() !== undefined
    if (isForeign) throw invalid(schema, file, 'the database belongs to another program')
    return numberOf(db, 'user_version')
  } finally {
    if (db.isTransaction) db.exec('commit')
  }
}

// Before the first table is created: later, the file would have to be rewritten to release space.
function prepareNew(db: DatabaseSync): void {
  db.exec('pragma auto_vacuum = incremental')
  db.exec('pragma journal_mode = wal')
}

function migrate(db: DatabaseSync, schema: AnySchema, file: string): void {
  db.exec('begin immediate')
  // Another process may have done this in the meantime.
  refuseNewer(db, schema, file)
  for (const statements of schema.migrations.slice(numberOf(db, 'user_version'))) for (const statement of statements) db.exec(statement)
  db.exec(`pragma application_id = ${schema.applicationId}; pragma user_version = ${schema.migrations.length}`)
  db.exec('commit')
}

function isReadOnly(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return false
  } catch (error) {
    return systemCode(error) === 'EROFS'
  }
}

function invalid(schema: AnySchema, file: string, why: string): DatabaseError {
  return new DatabaseError(schema, 'damaged', `invalid ${schema.name} "${file}": ${why}`)
}

function newer(schema: AnySchema, file: string, version: number): DatabaseError {
  const supported = schema.migrations.length
  return new DatabaseError(schema, 'newer', `the ${schema.name} "${file}" has version ${version}, but this program supports version ${supported}`, {
    hint: 'Update Holdfast on this host, or use another state folder (HOLDFAST_STATE).',
  })
}
