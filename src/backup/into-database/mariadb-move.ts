import { isSelfContainedView } from '../inspect-dump/self-contained-view.ts'
import { BackupError } from '../set/errors.ts'
import { clientMessageOf, type LoadContext } from './database-load.ts'
import { quotedName, quotedText } from './database-server.ts'
import { creating, type DatabaseContents, type Definition, dropping, readContents, SHORT_WAIT } from './mariadb-definitions.ts'

const name = (text: string) => quotedName('mariadb', text)

/**
 * Moves a loaded database to its name. MariaDB cannot rename a database: tables are exchanged by one RENAME TABLE, which is done completely or not at
 * all; views, triggers, routines and events are created again from the server's own text of them. If that fails, everything is moved back. Rejects with
 * `backup/not-loaded`, with what is where.
 */
export async function moveTables(context: LoadContext): Promise<void> {
  const { record, query, call } = context
  const { temporary, old, database, isReplaced } = record.facts
  const loaded = withDefiners(await readContents(temporary, query), context)
  const replaced = isReplaced ? await readContents(database, query) : EMPTY
  await refuseUnmovable(context, [...loaded.others, ...replaced.others])
  await record.change({ phase: 'moving', definitions: replaced.others.map((it) => creating(it, database)) })
  call.failpoint?.('into-database-moving')
  if (!isReplaced) await makeDatabase(context, database)
  // From here on not with the signal of the restore: it is completed, or undone.
  const last = { isLast: true }
  try {
    if (isReplaced) await makeDatabase(context, old)
    for (const it of loaded.others.filter(isTrigger)) await query(dropping(it, temporary), last)
    for (const it of replaced.others.toReversed()) await query(dropping(it, database), last)
    call.failpoint?.('into-database-emptied')
    await rename([...renaming(replaced.tables, database, old), ...renaming(loaded.tables, temporary, database)], context)
    call.failpoint?.('into-database-renamed')
    await createAll(loaded.others, database, context)
  } catch (error) {
    await moveBack({ loaded, replaced }, context, error)
  }
}

const EMPTY: DatabaseContents = { tables: [], others: [] }

function isTrigger({ kind }: Definition): boolean {
  return kind === 'TRIGGER'
}

async function makeDatabase({ query, record }: LoadContext, database: string): Promise<void> {
  try {
    await query(`CREATE DATABASE ${name(database)}`)
  } catch (error) {
    await record.change({ phase: 'loading' })
    throw error
  }
}

function renaming(tables: readonly string[], from: string, to: string): readonly string[] {
  return tables.map((it) => `${name(from)}.${name(it)} TO ${name(to)}.${name(it)}`)
}

/** All of them or none. */
async function rename(renames: readonly string[], { query }: Pick<LoadContext, 'query'>): Promise<void> {
  if (renames.length > 0) await query(`${SHORT_WAIT}; RENAME TABLE ${renames.join(', ')}`, { isLast: true })
}

/** A view may need another one. */
async function createAll(definitions: readonly Definition[], database: string, { query }: Pick<LoadContext, 'query'>): Promise<void> {
  let pending = definitions
  while (pending.length > 0) {
    const failed: Definition[] = []
    let cause: unknown
    for (const it of pending) {
      try {
        await query(creating(it, database), { isLast: true })
      } catch (error) {
        failed.push(it)
        cause ??= error
      }
    }
    if (failed.length === pending.length) throw cause
    pending = failed
  }
}

interface Moved {
  readonly loaded: DatabaseContents
  readonly replaced: DatabaseContents
}

async function moveBack({ loaded, replaced }: Moved, context: LoadContext, cause: unknown): Promise<never> {
  const { query, record } = context
  const { temporary, old, database, isReplaced } = record.facts
  const last = { isLast: true }
  const why = `the loaded tables could not be moved to "${database}": ${clientMessageOf(cause)}`
  try {
    // Determined from the existing tables: a statement may have been executed although its client failed.
    const there = (name: string) => tablesIn(name, query)
    if ((loaded.tables.length > 0 && (await there(temporary)) === 0) || (await there(old)) > 0) {
      for (const it of loaded.others.toReversed()) await query(dropping(it, database), last)
      await rename([...renaming(loaded.tables, database, temporary), ...renaming(replaced.tables, old, database)], context)
    }
    if (isReplaced) await createAll(await missing(replaced.others, context), database, context)
    else await query(`DROP DATABASE ${name(database)}`, last)
    await record.change({ phase: 'loading' })
  } catch (error) {
    const loadedIn = `the loaded ones are in "${temporary}" or "${database}"`
    const where = isReplaced ? `the replaced tables are in "${old}" or "${database}", ${loadedIn}` : loadedIn
    throw new BackupError('not-loaded', `${why}; moving back also failed: ${clientMessageOf(error)}; ${where}`, {
      hint: 'The statements that create the replaced views, triggers, routines and events are in the record of this restore in the state folder.',
      cause,
    })
  }
  throw new BackupError('not-loaded', `${why}; ${isReplaced ? 'everything was moved back' : 'the new database was removed'}`, { cause })
}

async function missing(definitions: readonly Definition[], { query, record }: LoadContext): Promise<readonly Definition[]> {
  const { others } = await readContents(record.facts.database, (sql) => query(sql, { isLast: true }))
  return definitions.filter(({ kind, name: its }) => !others.some((it) => it.kind === kind && it.name === its))
}

async function tablesIn(database: string, query: LoadContext['query']): Promise<number> {
  const sql = `SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${quotedText('mariadb', database)} AND TABLE_TYPE <> 'VIEW'`
  return Number(await query(sql, { isLast: true }))
}

/** Everything that would make moving fail, as far as it can be known before. */
async function refuseUnmovable({ query, record }: LoadContext, definitions: readonly Definition[]): Promise<void> {
  const { database, isReplaced } = record.facts
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/u.exec(await query('SELECT VERSION()')) ?? []
  const isOld = Number(major) < 10 || (Number(major) === 10 && Number(minor) < 6)
  if (isOld && definitions.some(({ kind }) => kind !== 'VIEW'))
    throw new BackupError('not-loaded', 'moving triggers, routines and events to the database requires MariaDB 10.6 or newer')
  await refuseForeignDefiners(query, definitions)
  if (!isReplaced) return
  const schema = quotedText('mariadb', database)
  const foreign = await query(
    `SELECT CONCAT(CONSTRAINT_SCHEMA, '.', TABLE_NAME) FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE UNIQUE_CONSTRAINT_SCHEMA = ${schema} AND CONSTRAINT_SCHEMA <> ${schema} LIMIT 1`,
  )
  if (foreign.trim() !== '')
    throw new BackupError(
      'not-loaded',
      `the database "${database}" cannot be replaced: the table "${foreign.trim()}" of another database has a foreign key to it`,
    )
}

/** What was dropped must be created again, also to undo it: for other definers, this needs a privilege. */
async function refuseForeignDefiners(query: LoadContext['query'], definitions: readonly Definition[]): Promise<void> {
  const [user = '', rights = ''] = (
    await query(
      `SELECT CURRENT_USER(); SELECT GROUP_CONCAT(privilege_type) FROM information_schema.user_privileges WHERE grantee = CONCAT("'", REPLACE(CURRENT_USER(), '@', "'@'"), "'")`,
    )
  ).split('\n')
  if (/\b(?:SUPER|SET USER|SET_USER_ID)\b/u.test(rights)) return
  const foreign = definitions.find(({ sql }) => {
    const { name: its, host } = /\bDEFINER=`(?<name>[^`]*)`@`(?<host>[^`]*)`/u.exec(sql)?.groups ?? {}
    return its !== undefined && `${its}@${host}` !== user
  })
  if (foreign !== undefined)
    throw new BackupError(
      'not-loaded',
      `"${user}" cannot create the ${foreign.kind.toLowerCase()} "${foreign.name}" again, because its definer is another account`,
      {
        hint: 'Use a login with the privilege SET USER or SUPER.',
      },
    )
}

/**
 * What the account created for itself belongs to the login from now on. In a dump that is not trusted, these are views without the definers of the dump;
 * they get them if they access only their own database.
 */
function withDefiners(contents: DatabaseContents, { isTrusted, definers, facts, record }: LoadContext): DatabaseContents {
  const own = new RegExp(`DEFINER=\`${record.facts.account ?? ''}\`@\`[^\`]*\` `, 'u')
  const others = contents.others.map((it) => {
    if (!isTrusted && (it.kind !== 'VIEW' || !isSelfContainedView(it.sql)))
      throw new BackupError('not-loaded', `the ${it.kind.toLowerCase()} "${it.name}" was not expected in a dump that is not trusted`, {
        hint: 'Use --trust-dump to load it, if you trust all users with write access to the set.',
      })
    const definer = facts.isSuperuser ? definers.get(it.name) : undefined
    return { ...it, sql: it.sql.replace(own, () => (definer === undefined ? '' : `${definer} `)) }
  })
  return { ...contents, others }
}
