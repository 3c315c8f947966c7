import type { DumpKind } from './dump-tokens.ts'

/** The reasons why a dump cannot be loaded into a database with another name, by the exit code of the redirection. */
export const REFUSALS: Readonly<Record<number, string>> = {
  3: 'it contains roles or tablespaces, which belong to the whole server',
  4: "it contains several databases, or is not a plain dump by the database's own program",
  5: 'it is a pg_dump archive; restore it to a folder, and load it with pg_restore',
}

// The hold space contains the first such line; a different one belongs to a second database.
const SAME_DATABASE_ONLY = '{H;x;/^\\n([^\\n]*)(\\n\\1)*$/!Q4;x;d}'

const POSTGRESQL = [
  '1{/^PGDMP/Q5}',
  // Rows of a table are data, whatever they contain.
  '/^COPY .* FROM stdin;$/,/^\\\\\\.$/b',
  `/^\\\\connect /${SAME_DATABASE_ONLY}`,
  // Before the name of a database that must be quoted; for SQL, SET client_encoding is used.
  '/^\\\\encoding [A-Za-z0-9_]+$/d',
  // Holdfast's own restriction applies to the whole dump.
  '/^\\\\(un)?restrict [A-Za-z0-9]+$/d',
  '/^\\\\/Q4',
  // Function bodies as written by pg_dump, on one line or several.
  '/^ {4}AS (\\$[A-Za-z0-9_]*\\$).*\\1;$/b',
  '/^ {4}AS \\$[A-Za-z0-9_]*\\$/,/\\$[A-Za-z0-9_]*\\$;$/b',
  '/^(CREATE|ALTER|DROP) (ROLE|USER|GROUP|TABLESPACE) /Q3',
  '/^(CREATE|ALTER|DROP|COMMENT ON) DATABASE .*;$/d',
  '/^(GRANT|REVOKE|SECURITY LABEL) .*ON DATABASE .*;$/d',
  '/^(CREATE|ALTER|DROP|COMMENT ON) DATABASE /Q4',
]

const MARIADB = [
  // Clients of earlier versions reject it; the mode is an option of the client.
  '1{/^\\/\\*M?!999999\\\\- enable the sandbox mode \\*\\/ *$/d}',
  '/^(\\/\\*!?[0-9]* *)?DROP DATABASE .*;$/d',
  '/^(CREATE|ALTER) DATABASE .*;$/d',
  `/^USE .*;$/${SAME_DATABASE_ONLY}`,
  '/^(\\/\\*!?[0-9]* *)?(CREATE|ALTER|DROP) (DATABASE|USER) /Q4',
]

/**
 * The GNU sed script that removes the statements that name the database (`\connect`, `USE`, `CREATE DATABASE` and similar) from a plain dump of one
 * database, so that it is loaded into the database of the connection. Exits with a code of `REFUSALS` if the dump contains more than one database.
 */
export function redirectScript(kind: DumpKind): string {
  return (kind === 'postgresql' ? POSTGRESQL : MARIADB).join('\n')
}
