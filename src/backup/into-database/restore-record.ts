import { join } from 'node:path'
import { isAbsent, namesIn, unlinkIn } from '../../files/entries.ts'
import { closeFolder, openFolder, withFolder } from '../../files/folder.ts'
import { isPrivate } from '../../files/make-folder.ts'
import { makeFolders } from '../../files/make-folders.ts'
import { readSmallIn } from '../../files/read-small.ts'
import { replaceFileIn } from '../../files/write-small.ts'
import { messageOf } from '../../lib/errors.ts'
import { hostId, isThisHost } from '../../process/identity/host-id.ts'
import { identityOf, type ProcessIdentity } from '../../process/identity/process-identity.ts'
import { quoted } from '../../storage/system-errors.ts'
import { hasEnded } from '../../storage/work/work-entry.ts'
import type { DatabaseServer } from './database-server.ts'

/** What a restore into a database creates on the server, recorded before it does so. All names contain the same random number. */
export interface RestoreFacts {
  readonly kind: DatabaseServer['kind']
  /** The address of the server. */
  readonly server: string
  /** The database that it restores, and whether that existed. */
  readonly database: string
  readonly isReplaced: boolean
  /** The database into which the dump is loaded, and the one for the replaced one. */
  readonly temporary: string
  readonly old: string
  /** The role or user that loads it; absent: the login. */
  readonly account?: string
  /** `moving`: the tables of MariaDB are being moved. `placed`: the new database is complete and in its place. */
  readonly phase: 'loading' | 'moving' | 'placed'
  /** The statements that create the views, triggers, routines and events of the replaced database (MariaDB). */
  readonly definitions?: readonly string[]
}

export interface RestoreRecord {
  readonly facts: RestoreFacts
  /** Resolves when the change is on the device. */
  change(change: Partial<RestoreFacts>): Promise<void>
  remove(): Promise<void>
}

interface Stored extends RestoreFacts, ProcessIdentity {
  readonly host: string
}

const ENDING = '.json'
const NAME = /^holdfast_[\da-f]{16}\.json$/u
const LIMIT = { maxBytes: 256 * 1024 * 1024 }

/** The server of an address without user and database, to find what belongs to it. */
export function serverKey({ kind, host, port, settings }: DatabaseServer): string {
  const places = ['host', 'hostaddr', 'port', 'socket', 'service'].flatMap((name) =>
    settings.get(name) === null ? [] : [`${name}=${settings.get(name)}`],
  )
  return `${kind}://${host}${port === undefined ? '' : `:${port}`}/${places.length > 0 ? `?${places.join('&')}` : ''}`
}

/** Records it in a folder that is created if missing (0700). */
export async function openRestoreRecord(path: string, facts: RestoreFacts): Promise<RestoreRecord> {
  await makeFolders(path, 0o700)
  const folder = await openFolder(path)
  const name = `${facts.temporary}${ENDING}`
  let current = facts
  const write = async () => {
    const stored: Stored = { host: hostId(), ...identityOf(process.pid), ...current }
    await replaceFileIn(folder, name, `${JSON.stringify(stored, undefined, 2)}\n`, { isDurable: true })
  }
  try {
    if (!isPrivate(folder.facts)) throw notPrivate(path)
    await write()
  } catch (error) {
    await closeFolder(folder)
    throw error
  }
  return {
    get facts() {
      return current
    },
    async change(change) {
      current = { ...current, ...change }
      await write()
    },
    async remove() {
      await unlinkIn(folder, name)
      await closeFolder(folder)
    },
  }
}

/** A record of a restore that was killed. */
export interface DeadRestore {
  readonly facts: RestoreFacts
  /** The file. */
  readonly path: string
  forget(): Promise<void>
}

/** What is recorded about restores of this host that were killed. */
export interface DeadRestores {
  readonly dead: readonly DeadRestore[]
  /** Why a record, or the folder, cannot be used: complete sentences with its path. */
  readonly unusable: readonly string[]
}

/** Reads the records of restores of this host that were killed. Never rejects. */
export async function deadRestores(path: string): Promise<DeadRestores> {
  const [dead, unusable]: [DeadRestore[], string[]] = [[], []]
  try {
    await withFolder(openFolder(path), async (folder) => {
      if (!isPrivate(folder.facts)) throw notPrivate(path)
      for (const name of (await namesIn(folder)).filter((it) => NAME.test(it))) {
        try {
          const facts = parsed((await readSmallIn(folder, name, LIMIT)).toString('utf8'), name)
          if (isThisHost(facts.host) && hasEnded(facts)) dead.push({ facts, path: join(path, name), forget: () => forget(path, name) })
        } catch (error) {
          // That restore has ended meanwhile.
          if (!isAbsent(error)) unusable.push(unread(join(path, name), error))
        }
      }
    })
  } catch (error) {
    if (!isAbsent(error)) unusable.push(unread(path, error))
  }
  return { dead, unusable }
}

function notPrivate(path: string): Error {
  return new Error(`${quoted(path)} belongs to another user, or is writable by others`)
}

function unread(path: string, error: unknown): string {
  return `could not read ${quoted(path)}, which records what restores into databases created on their servers: ${messageOf(error)}`
}

async function forget(path: string, name: string): Promise<void> {
  await withFolder(openFolder(path), (folder) => unlinkIn(folder, name))
}

function parsed(text: string, name: string): Stored {
  const value = parsedJson(text)
  const { kind, server, database, temporary, old, phase, host, pid } = value
  const texts = [server, database, temporary, old, host].every((it) => typeof it === 'string')
  const isWhole = texts && (kind === 'postgresql' || kind === 'mariadb') && phase !== undefined && Number.isSafeInteger(pid)
  if (!isWhole || `${temporary}${ENDING}` !== name) throw new Error('not a valid record')
  return value as Stored
}

function parsedJson(text: string): Partial<Stored> {
  try {
    return Object(JSON.parse(text)) as Partial<Stored>
  } catch {
    throw new Error('invalid JSON')
  }
}

/** What killed restores left on servers, in words; they are removed by the next restore into the same server. Never rejects. */
export async function describeDeadRestores(path: string): Promise<readonly string[]> {
  const { dead, unusable } = await deadRestores(path)
  const messages = dead.map(
    ({ facts }) =>
      `a restore into the database "${facts.database}" of ${facts.server} was interrupted; the next "restore --into" for this server removes "${facts.temporary}", or reports what it left`,
  )
  return [...messages, ...unusable]
}
