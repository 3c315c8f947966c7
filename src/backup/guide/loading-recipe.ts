import { NEWLINE_SETUP, printableShellWord } from '../../lib/shell-word.ts'
import type { SourceSpec } from '../../plan/plan.ts'
import type { ObjectRecord } from '../set/manifest.ts'

/** How restored data is loaded into its server. `script` is absent if an explanation is sufficient. */
export interface LoadingRecipe {
  readonly words: string
  readonly script?: string
  readonly programs: readonly string[]
}

interface Loading {
  readonly words: readonly string[]
  /** `file`: the path of the restored object, as a word of the shell. */
  readonly commands?: (file: string, object: ObjectRecord) => readonly string[]
  readonly programs?: (object: ObjectRecord) => readonly string[]
}

const LOADINGS: { readonly [K in SourceSpec['kind']]?: Loading } = {
  postgresql: {
    words: [
      'The block below loads it into a PostgreSQL server, as a superuser; set `PGHOST`, `PGUSER`, `PGPASSWORD` and similar variables to select the server',
      '(see psql(1)). It creates the databases, and stops if one already exists. If there is a `globals.sql`, load it first: it contains the roles.',
      '`psql` executes commands that a dump contains. Therefore the block prevents it from starting programs and, if its version has a restricted mode,',
      'from accepting anything but SQL. If you are root, `psql` runs as the user `nobody` if `PGPASSWORD` is set, otherwise as `postgres`; to choose another',
      'user, `export PSQL_USER=…`. **What the SQL makes the server do is not restricted: load only a dump that you trust.**',
    ],
    commands: (file) => psqlLines(file),
    programs: () => PSQL_PROGRAMS,
  },
  mariadb: {
    words: [
      'The block below loads it into a server; set server and user in `~/.my.cnf`. **Existing tables of the same names are replaced.**',
      'Missing databases are created; a dump of all databases also contains the users.',
    ],
    // Clients of earlier versions reject the first line that later ones write; those that know the mode are started in it.
    commands: (file, object) => [
      `first=$(head -n 1 ${file} | grep -ac '^/[*]M*!999999.- enable the sandbox mode' || :)`,
      `sandbox=$(${clientOf(object)} --no-defaults --help | grep -o '^ *--sandbox' || :)`,
      '{',
      '  if [ "$first" -gt 0 ]; then IFS= read -r line; fi',
      `  ${clientOf(object)} $sandbox --loose-skip-print-query-on-error --binary-mode --local-infile=0 --default-character-set=utf8mb4 --max-allowed-packet=1G`,
      `} <${file}`,
      `${clientOf(object)} --execute='FLUSH PRIVILEGES'`,
    ],
    programs: (object) => ['head', 'grep', clientOf(object)],
  },
  ldap: {
    words: [
      'The block below loads it into an empty OpenLDAP database **while slapd is stopped**, using its existing configuration.',
      'Run it as the user of slapd, or make that user the owner of the database files afterwards.',
    ],
    commands: (file) => ['PATH=$PATH:/usr/sbin:/sbin', `suffix=$(sed -n '1s/^dn: //p' ${file})`, `slapadd -q \${suffix:+-b "$suffix"} -l ${file}`],
    programs: () => ['sed', 'slapadd'],
  },
  sqlite: {
    words: [
      'It is a complete SQLite database. Replace the old one with it while no program uses the database,',
      'and remove the old files in the same folder whose names end in `-wal` and `-shm`.',
    ],
  },
}

/** How an object restored to `target` is loaded, if its kind is known. `setup`: the lines before. */
export function loadingFor(
  object: ObjectRecord,
  { target, setup }: { readonly target: string; readonly setup: readonly string[] },
): LoadingRecipe | undefined {
  const loading = isKnown(object.kind) ? LOADINGS[object.kind] : undefined
  if (loading === undefined) return undefined
  const lines = loading.commands?.(`"$DEST"/${printableShellWord(target)}`, object)
  return {
    words: loading.words.join(' '),
    programs: loading.programs?.(object) ?? [],
    ...(lines && { script: [...setup, ...(target.includes('\n') ? [NEWLINE_SETUP] : []), ...lines].join('\n') }),
  }
}

function isKnown(kind: string | undefined): kind is keyof typeof LOADINGS {
  return kind !== undefined && Object.hasOwn(LOADINGS, kind)
}

function clientOf({ stages }: ObjectRecord): string {
  return stages[0]?.program.startsWith('mysql') ? 'mysql' : 'mariadb'
}

/** The programs that the lines need. */
const PSQL_PROGRAMS: readonly string[] = ['awk', 'psql', 'runuser', 'prlimit', 'setpriv', 'od', 'grep']

// Only `\connect` in the form of pg_dump: its argument could also be the address of another server, which would receive the password.
const CONNECT = String.raw`/^\\connect ("?[A-Za-z0-9_.]+"?|-reuse-previous=on "dbname=\047([^\047\\"]|\\[\047\\]|"")*\047")$/`

/**
 * Shell lines that feed a dump in plain SQL to psql, one psql for each database to which it connects, and stop at the first error. If the version
 * supports it, each psql is in restricted mode with a key that the dump cannot know (CVE-2025-8714); the dump's own lines for that mode are removed,
 * because older versions do not know them. With `--nproc=1`, psql cannot start programs. A dump of a cluster also contains the server's predefined
 * roles: existing roles are skipped, but only before the first `\connect`, because data follows it.
 */
function psqlLines(file: string): readonly string[] {
  return [
    'PATH=$PATH:/usr/sbin:/sbin',
    `if [ -n "\${PGPASSWORD:-}" ]; then user=nobody; else user=postgres; fi`,
    "client='prlimit --nproc=1 setpriv --no-new-privs psql -X -q -v ON_ERROR_STOP=1 -d postgres >/dev/null'",
    `if [ "$(id -u)" -eq 0 ]; then client="cd / && runuser -u \${PSQL_USER:-$user} -- $client"; fi`,
    String.raw`key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')`,
    'restrict=',
    String.raw`if psql --help=commands </dev/null | grep -q '^ *\\restrict '; then restrict="\restrict $key"; fi`,
    `client=$client restrict=$restrict tag="\\$x$key\\$" LC_ALL=C awk '`,
    ...AWK.map((line) => `  ${line}`),
    `' ${file}`,
  ]
}

const AWK: readonly string[] = [
  'function feed(line) { print line | ENVIRON["client"] }',
  'function end() { if (close(ENVIRON["client"]) != 0) { failed = 1; exit 1 } }',
  'BEGIN { feed(ENVIRON["restrict"]) }',
  String.raw`own == "" && /^\\restrict [A-Za-z0-9]+$/ { own = $2; next }`,
  String.raw`own != "" && $0 == "\\unrestrict " own { own = ""; next }`,
  // Precedes the name of a database that must be quoted.
  String.raw`/^\\encoding [A-Za-z0-9_]+$/ { encoding = $0; next }`,
  `${CONNECT} { end(); parts++; feed(encoding); encoding = ""; feed($0); feed(ENVIRON["restrict"]); next }`,
  'parts == 0 && /^CREATE ROLE .*;$/ { $0 = "DO " ENVIRON["tag"] "BEGIN " $0 " EXCEPTION WHEN duplicate_object THEN NULL; END" ENVIRON["tag"] ";" }',
  'encoding != "" { feed(encoding); encoding = "" }',
  '{ feed($0) }',
  'END { if (!failed) end() }',
]
