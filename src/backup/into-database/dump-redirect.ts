import type { DatabaseServer } from './database-server.ts'

/** Why a dump cannot go into a database of another name, by the exit code that the redirection ends with then. */
export const REFUSALS: Readonly<Record<number, string>> = {
  3: 'it contains roles or tablespaces, which belong to the whole server',
  4: "it contains several databases, or is not a plain dump by the database's own program",
  5: 'it is a pg_dump archive; restore it to a folder, and load it with pg_restore',
}

// The hold space keeps the first such line; any other one after it is of a second database.
const SAME_DATABASE_ONLY = '{H;x;/^\\n([^\\n]*)(\\n\\1)*$/!Q4;x;d}'

const POSTGRESQL = [
  '1{/^PGDMP/Q5}',
  // Rows of a table are data, whatever they look like.
  '/^COPY .* FROM stdin;$/,/^\\\\\\.$/b',
  `/^\\\\connect /${SAME_DATABASE_ONLY}`,
  // Before the name of a database that needs quotes; for the SQL there is SET client_encoding.
  '/^\\\\encoding [A-Za-z0-9_]+$/d',
  // Ours holds for the whole dump.
  '/^\\\\(un)?restrict [A-Za-z0-9]+$/d',
  '/^\\\\/Q4',
  // Bodies of functions as pg_dump writes them, on one line or on many.
  '/^ {4}AS (\\$[A-Za-z0-9_]*\\$).*\\1;$/b',
  '/^ {4}AS \\$[A-Za-z0-9_]*\\$/,/\\$[A-Za-z0-9_]*\\$;$/b',
  '/^(CREATE|ALTER|DROP) (ROLE|USER|GROUP|TABLESPACE) /Q3',
  '/^(CREATE|ALTER|DROP|COMMENT ON) DATABASE .*;$/d',
  '/^(GRANT|REVOKE|SECURITY LABEL) .*ON DATABASE .*;$/d',
  '/^(CREATE|ALTER|DROP|COMMENT ON) DATABASE /Q4',
]

const MARIADB = [
  '/^(\\/\\*!?[0-9]* *)?DROP DATABASE .*;$/d',
  '/^(CREATE|ALTER) DATABASE .*;$/d',
  `/^USE .*;$/${SAME_DATABASE_ONLY}`,
  '/^(\\/\\*!?[0-9]* *)?(CREATE|ALTER|DROP) (DATABASE|USER) /Q4',
]

/**
 * The script for GNU sed that takes out of a plain dump of one database what names that database (`\connect`, `USE`, `CREATE DATABASE` and the like), so
 * that it goes into whichever the client is connected to. Ends with a code of `REFUSALS` for a dump that is more than that.
 */
export function redirectScript(kind: DatabaseServer['kind']): string {
  return (kind === 'postgresql' ? POSTGRESQL : MARIADB).join('\n')
}
