import type { OwnerStatement } from '../inspect-dump/dump-owners.ts'
import { BackupError } from '../set/errors.ts'
import type { LoadContext } from './database-load.ts'
import { quotedName, quotedText } from './database-server.ts'

/** The role that owns the objects of the dump. */
export interface Holder {
  readonly account: string
  /** Of the login. */
  readonly isSuperuser: boolean
}

// Roles with privileges beyond their own objects: code of a dump must never run with them.
const PRIVILEGED = `r.rolsuper OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls OR EXISTS (SELECT FROM pg_catalog.pg_roles p WHERE p.rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files', 'pg_read_all_data', 'pg_write_all_data', 'pg_signal_backend', 'pg_maintain') AND pg_catalog.pg_has_role(r.oid, p.oid, 'member'))`

/** The statements of the dump that give objects to roles without special privileges. Rejects with `backup/not-loaded` if a role does not exist. */
export async function ordinaryOwners(owners: readonly OwnerStatement[], query: LoadContext['query']): Promise<readonly OwnerStatement[]> {
  const roles = [...new Set(owners.map(({ role }) => role))]
  if (roles.length === 0) return []
  const rows = roles.map((role, index) => `(${index}, ${quotedText('postgresql', role)})`).join(', ')
  const answer = await query(
    `SELECT n.i, r.oid IS NULL, (${PRIVILEGED}) FROM (VALUES ${rows}) n (i, role) LEFT JOIN pg_catalog.pg_roles r ON r.rolname = n.role ORDER BY n.i`,
  )
  const ordinary = new Set<string>()
  for (const [index = '', isMissing, isPrivileged] of answer.split('\n').map((line) => line.split('|'))) {
    const role = roles[Number(index)]
    if (index === '' || role === undefined) continue
    if (isMissing === 't')
      throw new BackupError('not-loaded', `role "${role}" does not exist, but owns objects of the dump`, { hint: 'Create it first.' })
    if (isPrivileged === 'f') ordinary.add(role)
  }
  return owners.filter(({ role }) => ordinary.has(role))
}

/**
 * Replaces statements that were removed from the dump: objects get their owners, except for those of superusers, which remain with the holder. Only objects of
 * the dump change their owner; otherwise all of it is undone.
 */
export async function giveOwners({ owners, record, query }: LoadContext, { account }: Holder): Promise<void> {
  const given = await ordinaryOwners(owners, query)
  const { temporary } = record.facts
  await query(`ALTER DATABASE ${quotedName('postgresql', temporary)} OWNER TO CURRENT_USER`)
  if (given.length === 0) return
  const holder = quotedText('postgresql', account)
  const owned = `SELECT classid, objid, refobjid FROM pg_catalog.pg_shdepend WHERE dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) AND deptype = 'o'`
  const script = `SET search_path = '';
SET client_encoding = 'UTF8';
BEGIN;
CREATE TEMPORARY TABLE holdfast_owned ON COMMIT DROP AS ${owned};
${given.map(({ sql }) => `${sql};`).join('\n')}
DO $holdfast$ BEGIN
IF EXISTS (SELECT FROM (${owned}) now WHERE objid <> 'pg_temp.holdfast_owned'::pg_catalog.regclass AND NOT EXISTS (SELECT FROM pg_temp.holdfast_owned b WHERE b.classid = now.classid AND b.objid = now.objid AND (b.refobjid = now.refobjid OR b.refobjid = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = ${holder}))))
THEN RAISE EXCEPTION 'the dump changes the owner of an object that it did not create'; END IF;
END $holdfast$;
COMMIT`
  await query(script, { database: temporary })
}
