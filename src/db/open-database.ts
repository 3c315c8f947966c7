import { accessSync, closeSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { setModeOfFileInSync } from '../files/change-mode.ts'
import { openFileInSync } from '../files/entries.ts'
import { closeFolderSync } from '../files/folder.ts'
import { openTargetSync, type Target } from '../files/open-place.ts'
import { systemCode } from '../lib/errors.ts'
import { DatabaseError } from './database-error.ts'
import type { AnySchema } from './schema.ts'

// Waiting blocks the whole program; what is still locked after it is tried again later.
const BUSY_MS = 50
// What the log beside the file may keep of its size once all of it is in the file.
const WAL_BYTES = 4 * 1024 * 1024

/**
 * Opens a database for writing and brings its tables to our version; makes the file (0600) when it is missing. Throws what SQLite or the system
 * says, or a `DatabaseError`: `damaged` for what is no database of this kind, `newer` for one of a later version, which is then left as it is.
 */
export function openToWrite(schema: AnySchema, file: string): DatabaseSync {
  makeUnlessThere(schema, file)
  const db = new DatabaseSync(file, { timeout: BUSY_MS })
  try {
    const version = versionOf(db, schema, file)
    refuseNewer(db, schema, file)
    // Not before it is known to be ours.
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

/**
 * Opens a database for reading only, whatever its version; one without rows when there is none. Throws as `openToWrite` does. Tables of an earlier
 * version are brought to ours first, where that can be written.
 */
export function openToRead(schema: AnySchema, file: string): DatabaseSync {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined || found.size === 0) return emptyDatabase(schema)
  if (!found.isFile()) throw invalid(schema, file, 'not a regular file')
  const db = openReadOnly(file)
  try {
    if (versionOf(db, schema, file) >= schema.migrations.length) return db
    openToWrite(schema, file).close()
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** What a failure to understand a database means: that it is of a later version, where it is. */
export function refuseNewer(db: DatabaseSync, schema: AnySchema, file: string): void {
  const version = numberOf(db, 'user_version')
  if (version > schema.migrations.length) throw newer(schema, file, version)
}

function openReadOnly(file: string): DatabaseSync {
  const options = { readOnly: true, timeout: BUSY_MS }
  const db = new DatabaseSync(file, options)
  try {
    db.prepare('select 1 from sqlite_master limit 1').get()
    return db
  } catch (error) {
    db.close()
    // On a read-only file system there is no place for what readers share. Nobody can write there either, so that nothing has to be shared.
    if (!isReadOnly(dirname(file)) || statSync(`${file}-wal`, { throwIfNoEntry: false })) throw error
    return new DatabaseSync(new URL(`${pathToFileURL(file).href}?immutable=1`), options)
  }
}

function emptyDatabase(schema: AnySchema): DatabaseSync {
  const db = new DatabaseSync(':memory:')
  migrate(db, schema, ':memory:')
  return db
}

/** The number that a pragma answers. */
export function numberOf(db: DatabaseSync, pragma: string): number {
  return Number(Object.values(db.prepare(`pragma ${pragma}`).get() ?? {})[0] ?? 0)
}

function makeUnlessThere(schema: AnySchema, file: string): void {
  within(file, (target) => {
    if (!isMade(target) && !statSync(file).isFile()) throw invalid(schema, file, 'not a regular file')
  })
}

function makePrivate(file: string): void {
  // It is not opened here: closing it again would take away the locks that another connection of this process holds.
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
  const version = numberOf(db, 'user_version')
  const isForeign = numberOf(db, 'application_id') !== schema.applicationId && db.prepare('select 1 from sqlite_master limit 1').get() !== undefined
  if (isForeign) throw invalid(schema, file, 'the database belongs to another program')
  return version
}

// Before the first table: afterwards the file could not give space back without being rewritten.
function prepareNew(db: DatabaseSync): void {
  db.exec('pragma auto_vacuum = incremental')
  db.exec('pragma journal_mode = wal')
}

function migrate(db: DatabaseSync, schema: AnySchema, file: string): void {
  db.exec('begin immediate')
  // Another process may have done it in the meantime.
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
