import type { SourceSpec } from '../../plan/plan.ts'
import type { ObjectRecord } from '../set/manifest.ts'
import { NEWLINE_SETUP, shellWord } from '../set/shell-word.ts'
import { PSQL_PROGRAMS, psqlLines } from './psql-recipe.ts'

/** How what was restored gets back to where it came from. `script` is absent where words are enough. */
export interface LoadingRecipe {
  readonly words: string
  readonly script?: string
  readonly programs: readonly string[]
}

interface Loading {
  readonly words: readonly string[]
  /** `file`: a word of the shell, where the object was restored. */
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
    commands: (file, object) => [
      `${clientOf(object)} --binary-mode --local-infile=0 --default-character-set=utf8mb4 <${file}`,
      `${clientOf(object)} --execute='FLUSH PRIVILEGES'`,
    ],
    programs: (object) => [clientOf(object)],
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

/** How an object restored to `target` is loaded, as far as we know what it is. `setup`: the lines before. */
export function loadingFor(
  object: ObjectRecord,
  { target, setup }: { readonly target: string; readonly setup: readonly string[] },
): LoadingRecipe | undefined {
  const loading = isKnown(object.kind) ? LOADINGS[object.kind] : undefined
  if (loading === undefined) return undefined
  const lines = loading.commands?.(`"$DEST"/${shellWord(target)}`, object)
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
