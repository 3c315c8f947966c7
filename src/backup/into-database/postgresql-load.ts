import { ProcessError } from '../../process/process-result.ts'
import { BackupError } from '../set/errors.ts'
import { clientMessageOf, type DatabaseLoad, dropDatabase, type LoadContext, newPassword, tidy } from './database-load.ts'
import { quotedName, quotedText, type ServerLogin } from './database-server.ts'
import { giveOwners, type Holder } from './postgresql-owners.ts'
import type { RestoreFacts } from './restore-record.ts'

const name = (text: string) => quotedName('postgresql', text)

/**
 * Creates a database with a temporary name, and a role that owns it and has no other privileges; if the dump is trusted, it belongs to the login, which
 * loads it.
 */
export async function openPostgresqlLoad(context: LoadContext): Promise<DatabaseLoad> {
  const { server, login, facts, record, isTrusted, query } = context
  const { temporary, account } = record.facts
  const load = { server: { ...server, database: temporary }, login, facts, place: () => place(context, undefined) }
  if (isTrusted || account === undefined) {
    await query(`CREATE DATABASE ${name(temporary)}`)
    return load
  }
  const holder: Holder = { account, isSuperuser: facts.isSuperuser }
  const password = newPassword()
  await makeRole(context, holder, password)
  await query(`CREATE DATABASE ${name(temporary)} OWNER ${name(account)}`)
  const owning = query(OWN_PUBLIC(account), { database: temporary })
  // Other logins cannot do this; the server refuses statements of the dump that change that schema.
  await (facts.isSuperuser ? owning : owning.catch(() => ''))
  const its: ServerLogin = { environment: login.environment, password }
  await checkLogin(context, its, account)
  const user = encodeURIComponent(account)
  return { server: { ...server, database: temporary, user }, login: its, facts: { ...facts, user: account }, place: () => place(context, holder) }
}

async function makeRole({ query, facts }: LoadContext, { account }: Holder, password: string): Promise<void> {
  // Without BYPASSRLS, COPY into a table with forced policies fails for its owner.
  const bypass = facts.isSuperuser ? ' BYPASSRLS' : ''
  try {
    await query(`CREATE ROLE ${name(account)} LOGIN PASSWORD '${password}' NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION${bypass}`)
  } catch (error) {
    if (!(error instanceof ProcessError) || !/permission denied/u.test(error.stderrTail)) throw error
    throw new BackupError('not-loaded', `"${facts.user}" cannot create the role without privileges that loads the dump: ${clientMessageOf(error)}`, {
      hint: `Grant it CREATEROLE, or use --trust-dump to load the dump as "${facts.user}".`,
      cause: error,
    })
  }
  if (!facts.isSuperuser) await query(`GRANT ${name(account)} TO CURRENT_USER`)
}

// Before version 15, this schema belongs to the superuser who created the cluster.
const OWN_PUBLIC = (account: string) => `SET search_path = '';
SELECT current_setting('server_version_num')::int < 150000 AND EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'public') AS is_foreign \\gset
\\if :is_foreign
ALTER SCHEMA public OWNER TO ${name(account)};
\\endif`

/** Whether the server lets the role log in: with peer authentication, it does not. */
async function checkLogin({ query, record }: LoadContext, login: ServerLogin, account: string): Promise<void> {
  try {
    await query('SELECT 1', { database: record.facts.temporary, login, user: account })
  } catch (error) {
    if (!(error instanceof ProcessError)) throw error
    throw new BackupError(
      'not-loaded',
      `the new role "${account}", which has no privileges and loads the dump, cannot log in: ${clientMessageOf(error)}`,
      {
        hint: 'Use an address where pg_hba.conf permits a password (scram-sha-256) for all roles, or --trust-dump, which loads the dump as the login itself.',
        cause: error,
      },
    )
  }
}

async function place(context: LoadContext, holder: Holder | undefined): Promise<void> {
  const { record, call } = context
  if (holder !== undefined) await giveOwners(context, holder)
  call.failpoint?.('into-database-loaded')
  await swap(context)
  await record.change({ phase: 'placed' })
  call.failpoint?.('into-database-placed')
}

const ATTEMPTS = 5

/** One transaction: other sessions see the old database or the new one. Sessions of the old one are ended immediately before. */
async function swap({ record, query }: LoadContext): Promise<void> {
  const { temporary, old, database, isReplaced } = record.facts
  const rename = (from: string, to: string) => `ALTER DATABASE ${name(from)} RENAME TO ${name(to)};`
  const names = [temporary, ...(isReplaced ? [database] : [])].map((it) => quotedText('postgresql', it)).join(', ')
  const script = `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname IN (${names}) AND pid <> pg_catalog.pg_backend_pid();
BEGIN;
${isReplaced ? rename(database, old) : ''}
${rename(temporary, database)}
COMMIT`
  for (let attempt = 1; ; attempt += 1) {
    try {
      await query(script)
      return
    } catch (error) {
      const isInUse = error instanceof ProcessError && error.stderrTail.includes('being accessed by other users')
      if (!isInUse || attempt === ATTEMPTS) throw error
    }
  }
}

type Cleaning = Pick<LoadContext, 'query' | 'note'>

/**
 * Removes the leftovers of a restore on the server, whether it succeeded, failed or was killed. After the renames, the new database is complete: only the
 * replaced one is removed.
 */
export async function discardPostgresql({ temporary, old, account, database, phase, isReplaced }: RestoreFacts, context: Cleaning): Promise<boolean> {
  const { query, note } = context
  const last = { isLast: true }
  const databases = [temporary, ...(isReplaced ? [old] : [])]
  const names = databases.map((it) => quotedText('postgresql', it)).join(', ')
  // The server may not have noticed yet that the client was ended.
  await query(`SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname IN (${names})`, last).catch(() => undefined)
  const isTidy = await tidy(
    databases.map((it) => dropDatabase('postgresql', it)),
    context,
  )
  for (const role of await idleHolders(context)) await query(`DROP ROLE ${name(role)}`, last).catch(() => undefined)
  if (account === undefined) return isTidy
  try {
    await query(`DROP ROLE IF EXISTS ${name(account)}`, last)
    return isTidy
  } catch {
    if (phase === 'placed')
      note(
        `objects of "${database}" belong to the role "${account}", which cannot log in, because the server runs code of indexes and views with the privileges of their owner; to change this after inspecting them, run in that database: REASSIGN OWNED BY ${account} TO an owner; DROP ROLE ${account}`,
      )
    return (await tidy([`ALTER ROLE ${name(account)} NOLOGIN PASSWORD NULL`], context)) && isTidy
  }
}

/** Roles that earlier restores left as owners of objects, which exist no more. */
async function idleHolders({ query }: Cleaning): Promise<readonly string[]> {
  const answer = await query(
    `SELECT rolname FROM pg_catalog.pg_roles r WHERE rolname ~ '^holdfast_[0-9a-f]{16}$' AND NOT rolcanlogin AND NOT EXISTS (SELECT FROM pg_catalog.pg_shdepend d WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.refobjid = r.oid)`,
    { isLast: true },
  ).catch(() => '')
  return answer.split('\n').filter((it) => it !== '')
}
