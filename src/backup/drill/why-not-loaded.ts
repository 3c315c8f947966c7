import { messageOf } from '../../lib/errors.ts'
import { stagesOf, stderrTailOf } from '../../process/process-result.ts'
import type { StoredRecord } from '../restore/restore-jobs.ts'
import type { Engine } from './engine.ts'
import { DRILL_EXITS } from './sandbox.ts'

/** Why an object could not be restored. `inconclusive`: because of this host, not because of the object. */
export interface LoadFailure {
  readonly end: 'failed' | 'inconclusive'
  readonly reason: string
  /** It may be restored when no other object is. */
  readonly isShort?: boolean
}

// What ends a server, whatever the dump is.
const OF_LIMITS: readonly [RegExp, string] = [
  /could not fork|Can't create (?:a new )?thread|Resource temporarily unavailable|[Oo]ut of memory|Cannot allocate memory|server closed the connection unexpectedly|terminating connection due to administrator command|the database system is shutting down|Lost connection to|[Ss]erver has gone away|Server shutdown in progress|Connection was killed/u,
  'it needs more processes or memory than a drill has, or the server was ended',
]

// What this host lacks, as reported by the servers and tools.
const OF_HOST: readonly (readonly [RegExp, string])[] = [
  OF_LIMITS,
  [/No space left on device|is full|MDB_MAP_FULL/u, 'no space left for the drill'],
  [
    /could not open extension control file "[^"]*\/(?<what>[^"/]*)\.control"|extension "(?<name>[^"]*)" is not available/u,
    'an extension is not installed',
  ],
  [/invalid (?:LC_COLLATE )?locale name|invalid locale/u, 'a locale of the database is not installed'],
  [/tablespace "[^"]*" does not exist/u, 'the set has no object with the tablespaces of the server'],
  [/role "[^"]*" does not exist/u, 'the set has no object with the roles of the server'],
  [/unrecognized objectClass|attribute type undefined|AttributeType not found/u, 'a schema of the directory is not installed'],
  [/Plugin '[^']*' is not loaded|Unknown storage engine/u, 'a plugin of the server is not installed'],
  [/Unknown collation|Unknown character set/u, 'a collation is unknown to the server'],
  [/could not connect to server "/u, 'it contains data of foreign tables'],
]

// Of a part of a database: by options, a dump may refer to objects that it does not contain.
const OF_A_PART = /does not exist|doesn't exist|Unknown (?:database|table)|No database selected/u

// A dump of the server's own databases replaces its accounts and its tables for routines.
const OF_ACCOUNTS = /Access denied|mariadb-upgrade|mysql_upgrade|Column count of mysql/u

/** Classifies the failure of the inner script by its exit code, and by what the server or tool reported last. */
export function whyNotLoaded(error: unknown, { label }: Engine, { facts }: Pick<StoredRecord, 'facts'>): LoadFailure {
  const code = stagesOf(error)[0]?.exitCode
  const stderr = (stderrTailOf(error) ?? '').trim()
  const last = lastLine(stderr)
  const text = last === '' ? messageOf(error) : last
  switch (code) {
    case DRILL_EXITS.room:
      return { end: 'inconclusive', reason: `cannot be restored here: not enough space for ${label}`, isShort: true }
    case DRILL_EXITS.memory:
      return { end: 'inconclusive', reason: `cannot be restored here: ${label} needs more memory than a drill may use`, isShort: true }
    case DRILL_EXITS.load: {
      const lack = OF_HOST.find(([pattern]) => pattern.test(stderr))
      if (lack !== undefined) return { end: 'inconclusive', reason: `cannot be restored here: ${lack[1]}: ${text}`, isShort: lack === OF_LIMITS }
      const options = facts?.['options']
      if (options !== 'default' && OF_A_PART.test(stderr)) {
        const may = options === 'own' ? 'it was dumped with other options, and' : 'it may have been dumped with other options: it'
        return { end: 'inconclusive', reason: `cannot be restored here: ${may} refers to what it does not contain: ${text}` }
      }
      return { end: 'failed', reason: `could not be restored into ${label}: ${text}` }
    }
    case DRILL_EXITS.ask:
      if (OF_LIMITS[0].test(stderr))
        return { end: 'inconclusive', reason: `was restored into ${label}, but not read there: ${OF_LIMITS[1]}: ${text}`, isShort: true }
      if (OF_ACCOUNTS.test(stderr))
        return { end: 'inconclusive', reason: `was restored into ${label}, but its accounts do not permit reading it there: ${text}` }
      return { end: 'failed', reason: `was restored into ${label}, but could not be read there: ${text}` }
    case DRILL_EXITS.prepare:
    case DRILL_EXITS.start:
      return { end: 'inconclusive', reason: `cannot be restored here: could not start ${label}: ${text}`, isShort: true }
    default:
      return { end: 'inconclusive', reason: `cannot be restored here: ${text}` }
  }
}

function lastLine(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim())
  // The cause, not its consequences.
  return lines.find((line) => /\bERROR\b/u.test(line)) ?? lines.at(-1) ?? ''
}
