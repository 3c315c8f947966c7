import { accessSync, closeSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { setModeOfFileInSync } from '../files/change-mode.ts'
import { openFileInSync } from '../files/entries.ts'
import { closeFolderSync } from '../files/folder.ts'
import { openTargetSync, type Target } from '../files/open-place.ts'
import { systemCode } from '../lib/errors.ts'
import { JournalError } from './journal-error.ts'
import { JOURNAL_VERSION, MIGRATIONS } from './migrations.ts'

/** In the head of the file, for file(1) and for us: "HOLD". */
const APPLICATION_ID = 0x484f4c44

// Waiting blocks the whole program; what is still locked after it is tried again later.
const BUSY_MS = 50
// What the log beside the file may keep of its size once all of it is in the file.
const WAL_BYTES = 4 * 1024 * 1024

/**
 * Opens the journal for writing and brings its tables to our version; makes the file (0600) when it is missing. Throws what SQLite or the system
 * says, or a `JournalError`: `damaged` for what is no journal, `newer` for one of a later version, which is then left as it is.
 */
export function openToWrite(file: string): DatabaseSync {
  makeUnlessThere(file)
  const db = new DatabaseSync(file, { timeout: BUSY_MS })
  try {
    const version = versionOf(db, file)
    refuseNewer(db, file)
    // Not before it is known to be a journal.
    makePrivate(file)
    if (version === 0) prepareNew(db)
    db.exec(`pragma synchronous = full; pragma journal_size_limit = ${WAL_BYTES}`)
    if (version < JOURNAL_VERSION) migrate(db, file)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/**
 * Opens the journal for reading only, whatever its version; one without rows when there is none. Throws as `openToWrite` does. Tables of an earlier
 * version are brought to ours first, where that can be written.
 */
export function openToRead(file: string): DatabaseSync {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined || found.size === 0) return emptyJournal()
  if (!found.isFile()) throw noJournal(file, 'not a regular file')
  const db = openReadOnly(file)
  try {
    if (versionOf(db, file) >= JOURNAL_VERSION) return db
    openToWrite(file).close()
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** What a failure to understand a journal means: that it is of a later version, where it is. */
export function refuseNewer(db: DatabaseSync, file: string): void {
  const version = numberOf(db, 'user_version')
  if (version > JOURNAL_VERSION) throw newerJournal(file, version)
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

function emptyJournal(): DatabaseSync {
  const db = new DatabaseSync(':memory:')
  migrate(db, ':memory:')
  return db
}

/** The number that a pragma answers. */
export function numberOf(db: DatabaseSync, pragma: string): number {
  return Number(Object.values(db.prepare(`pragma ${pragma}`).get() ?? {})[0] ?? 0)
}

function makeUnlessThere(file: string): void {
  within(file, (target) => {
    if (!isMade(target) && !statSync(file).isFile()) throw noJournal(file, 'not a regular file')
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

function versionOf(db: DatabaseSync, file: string): number {
  const version = numberOf(db, 'user_version')
  const isForeign = numberOf(db, 'application_id') !== APPLICATION_ID && db.prepare('select 1 from sqlite_master limit 1').get() !== undefined
  if (isForeign) throw noJournal(file, 'the database belongs to another program')
  return version
}

// Before the first table: afterwards the file could not give space back without being rewritten.
function prepareNew(db: DatabaseSync): void {
  db.exec('pragma auto_vacuum = incremental')
  db.exec('pragma journal_mode = wal')
}

function migrate(db: DatabaseSync, file: string): void {
  db.exec('begin immediate')
  // Another process may have done it in the meantime.
  refuseNewer(db, file)
  for (const statements of MIGRATIONS.slice(numberOf(db, 'user_version'))) for (const statement of statements) db.exec(statement)
  db.exec(`pragma application_id = ${APPLICATION_ID}; pragma user_version = ${JOURNAL_VERSION}`)
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

function noJournal(file: string, why: string): JournalError {
  return new JournalError('damaged', `invalid journal "${file}": ${why}`)
}

function newerJournal(file: string, version: number): JournalError {
  return new JournalError('newer', `the journal "${file}" has version ${version}, but this program supports version ${JOURNAL_VERSION}`, {
    hint: 'Update Holdfast on this host, or use another state folder (HOLDFAST_STATE).',
  })
}
