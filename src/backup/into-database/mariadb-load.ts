import { type DatabaseLoad, dropDatabase, type LoadContext, newPassword, tidy } from './database-load.ts'
import { quotedName } from './database-server.ts'
import { moveTables } from './mariadb-move.ts'
import type { RestoreFacts } from './restore-record.ts'

/**
 * Creates a database with a temporary name, and a user with all privileges on it and no others. A dump can contain its own database's name wherever a
 * trigger or a view was created with it, and must not access that database. Only if the dump is trusted, the user can create objects of other definers.
 */
export async function openMariadbLoad(context: LoadContext): Promise<DatabaseLoad> {
  const { server, login, facts, record, isTrusted, query } = context
  const { temporary, account = temporary } = record.facts
  const password = newPassword()
  const database = quotedName('mariadb', temporary)
  await query(`CREATE DATABASE ${database}`)
  // Both: with '%' only, an anonymous user of the server's own host would take precedence.
  const accounts = accountsOf(account)
  const all = accounts.join(', ')
  await query(`CREATE USER ${accounts.map((it) => `${it} IDENTIFIED BY '${password}'`).join(', ')}`)
  await query(`GRANT ALL PRIVILEGES ON ${database.replaceAll('_', String.raw`\_`)}.* TO ${all}`)
  // Objects of the dump belong to the users who created them. Only some servers have this privilege.
  if (isTrusted) await query(`GRANT SET USER ON *.* TO ${all}`).catch(() => undefined)
  return {
    server: { ...server, database: temporary, user: account },
    login: { password, environment: login.environment },
    facts,
    place: () => place(context),
  }
}

function accountsOf(account: string): readonly string[] {
  return [`'${account}'@'%'`, `'${account}'@'localhost'`]
}

async function place(context: LoadContext): Promise<void> {
  const { record, call } = context
  call.failpoint?.('into-database-loaded')
  await moveTables(context)
  await record.change({ phase: 'placed', definitions: [] })
  call.failpoint?.('into-database-placed')
}

/**
 * Removes the leftovers of a restore on the server, whether it succeeded, failed or was killed. If it ended while tables were being moved, no database is
 * removed; then this resolves with false.
 */
export async function discardMariadb(
  { temporary, old, account, phase, isReplaced }: RestoreFacts,
  context: Pick<LoadContext, 'query' | 'note'>,
): Promise<boolean> {
  const users = account === undefined ? [] : [`DROP USER IF EXISTS ${accountsOf(account).join(', ')}`]
  const databases = phase === 'moving' ? [] : [temporary, ...(isReplaced ? [old] : [])].map((it) => dropDatabase('mariadb', it))
  return (await tidy([...users, ...databases], context)) && phase !== 'moving'
}

/** The leftovers of a restore that was interrupted while tables were being moved. Undefined if nothing of it exists any more. */
export async function describeMoving(
  { temporary, old, database }: RestoreFacts,
  path: string,
  { query }: Pick<LoadContext, 'query'>,
): Promise<string | undefined> {
  const names = (await query(`SHOW DATABASES LIKE '${temporary.replaceAll('_', String.raw`\_`)}%'`)).split('\n').filter((it) => it !== '')
  if (names.length === 0) return undefined
  return `a restore into "${database}" was interrupted while it moved tables: ${
    names.includes(old) ? `the replaced tables are in "${old}" or still in "${database}"` : `nothing of "${database}" was moved away`
  }, the restored ones in "${database}" or still in "${temporary}", and the statements that create the replaced views, triggers, routines and events in "${path}"; move what you need with RENAME TABLE, then drop these databases`
}
