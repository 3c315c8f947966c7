import { counted, printable } from '../../lib/format.ts'
import { isOwnerUnknown } from './dump-owners.ts'
import { readStatements, type StatementReader } from './dump-statements.ts'
import type { DumpKind, Statement, StatementEvents } from './dump-tokens.ts'
import { isSelfContainedView } from './self-contained-view.ts'

/** Actions of the server beyond filling a database that a dump requests. Found in its text: a list, which may be incomplete. */
export interface DumpDangers extends Pick<StatementReader, 'see'> {
  /** Called at the end: each kind once, with its first occurrence. */
  end(): { readonly dangers: readonly string[]; readonly commands: readonly string[] }
}

interface Danger {
  readonly what: string
  readonly pattern: Pick<RegExp, 'test'>
  readonly exceptOf?: (statement: string) => boolean
}

/** What follows COPY in the same statement, also inside of the body of a function. In time in proportion to the text, which one pattern would not be. */
function afterCopy(pattern: RegExp): Danger['pattern'] {
  const follows = (part: string) => {
    const at = part.search(/\bCOPY\b/iu)
    return at !== -1 && pattern.test(part.slice(at))
  }
  return { test: (text) => /\bCOPY\b/iu.test(text) && text.split(';').some(follows) }
}

// Contrib modules that PostgreSQL itself declares trusted: an ordinary owner of a database can create them.
const TRUSTED_EXTENSIONS =
  'btree_gin|btree_gist|citext|cube|dict_int|fuzzystrmatch|hstore|intarray|isn|lo|ltree|pg_trgm|pgcrypto|plpgsql|seg|tablefunc|tcn|tsm_system_rows|tsm_system_time|unaccent|uuid-ossp'
const TRUSTED_LANGUAGES = 'sql|plpgsql|plperl|pltcl'
const USUAL =
  /^(?:SET|RESET|CREATE|ALTER|COMMENT|COPY|INSERT|GRANT|REVOKE|DROP|SECURITY\s+LABEL|REFRESH\s+MATERIALIZED\s+VIEW|LOCK|BEGIN|COMMIT|END|START\s+TRANSACTION|SELECT\s+pg_catalog\.(?:set_config|setval|lo_create|lo_open|lo_close|lo_unlink|lowrite)\s*\()/iu

const POSTGRESQL: readonly Danger[] = [
  { what: 'COPY … PROGRAM, which starts a program on the server', pattern: afterCopy(/\b(?:TO|FROM)\s+PROGRAM\b/iu) },
  { what: 'COPY with a file on the server', pattern: afterCopy(/\b(?:TO|FROM)\s+(?:E|U&)?'/iu) },
  {
    what: 'functions that read or write files on the server',
    pattern: /\b(?:lo_export|lo_import|pg_read_\w+|pg_ls_\w+|pg_stat_file|pg_file_\w+|pg_logdir_ls)\b/iu,
  },
  {
    what: 'an untrusted language',
    pattern: new RegExp(
      `^(?:CREATE\\s+(?:OR\\s+REPLACE\\s+)?(?:FUNCTION|PROCEDURE|(?:TRUSTED\\s+)?(?:PROCEDURAL\\s+)?LANGUAGE)|DO)\\b[\\s\\S]*?\\bLANGUAGE\\s+(?!["']?(?:${TRUSTED_LANGUAGES})\\b)["'A-Za-z_]`,
      'iu',
    ),
  },
  {
    what: 'an untrusted language',
    pattern: new RegExp(`^CREATE\\s+(?:OR\\s+REPLACE\\s+)?(?:TRUSTED\\s+)?(?:PROCEDURAL\\s+)?LANGUAGE\\s+(?!"?(?:${TRUSTED_LANGUAGES})\\b)`, 'iu'),
  },
  {
    what: 'an untrusted extension',
    pattern: new RegExp(`^CREATE\\s+EXTENSION\\s+(?!(?:IF\\s+NOT\\s+EXISTS\\s+)?"?(?:${TRUSTED_EXTENSIONS})(?:"|\\s|$))`, 'iu'),
  },
  { what: 'SECURITY DEFINER, which runs code with the privileges of its owner', pattern: /\bSECURITY\s+DEFINER\b/iu },
  { what: 'event triggers', pattern: /\bEVENT\s+TRIGGER\b/iu },
  { what: 'server settings', pattern: /\b(?:ALTER\s+SYSTEM|pg_reload_conf|dynamic_library_path|\w+_preload_libraries)\b|^LOAD\s/iu },
  {
    what: 'connections to other servers',
    pattern: /^CREATE\s+(?:SERVER|FOREIGN\s+DATA\s+WRAPPER|USER\s+MAPPING|SUBSCRIPTION)\b|\b(?:dblink|postgres_fdw)\w*\b/iu,
  },
  {
    what: 'other roles',
    pattern:
      /^(?:SET\s+(?:SESSION|LOCAL)?\s*(?:ROLE|AUTHORIZATION)|(?:CREATE|ALTER|DROP)\s+(?:ROLE|USER|GROUP))\b|\bGRANT\s+"?pg_\w+|^ALTER\s+DEFAULT\s+PRIVILEGES\b/iu,
  },
  { what: 'an owner that is not understood', pattern: { test: isOwnerUnknown } },
  {
    what: 'objects that only a superuser can create',
    pattern:
      /^CREATE\s+(?:ACCESS\s+METHOD|OPERATOR\s+(?:CLASS|FAMILY)|TEXT\s+SEARCH\s+(?:TEMPLATE|PARSER)|TRANSFORM|PUBLICATION\b[\s\S]*\bFOR\s+(?:ALL\s+TABLES|TABLES\s+IN\s+SCHEMA))\b|\bLEAKPROOF\b/iu,
  },
]

const MARIADB: readonly Danger[] = [
  { what: 'INTO OUTFILE, which writes a file on the server', pattern: /\bINTO\s+(?:OUTFILE|DUMPFILE)\b/iu },
  { what: 'LOAD DATA or LOAD_FILE, which read a file', pattern: /\bLOAD\s+(?:DATA|XML)\b|\bLOAD_FILE\s*\(/iu },
  { what: 'server plugins or libraries', pattern: /\bINSTALL\s+(?:PLUGIN|SONAME)\b|\bSONAME\b/iu },
  { what: 'DEFINER, which runs code with the privileges of another account', pattern: /\bDEFINER\s*=/iu, exceptOf: isSelfContainedView },
  // A view or trigger of another account gives them the privileges of that account.
  {
    what: 'views of other databases',
    pattern: /^(?:CREATE|ALTER)\s+(?:OR\s+REPLACE\s+)?(?:ALGORITHM\s*=\s*\w+\s+)?(?:SQL\s+SECURITY\s+\w+\s+)?VIEW\b/iu,
    exceptOf: isSelfContainedView,
  },
  { what: 'functions without a definer', pattern: /^CREATE\s+(?:OR\s+REPLACE\s+)?(?:AGGREGATE\s+)?(?:FUNCTION|PROCEDURE|PACKAGE)\b/iu },
  { what: 'statements that are made from text', pattern: /^(?:PREPARE|EXECUTE)\b/iu },
  { what: 'events, which the server runs on a schedule', pattern: /\b(?:CREATE|ALTER)\s+(?:OR\s+REPLACE\s+)?(?:\S+\s+)?EVENT\b/iu },
  { what: 'server settings', pattern: /\bSET\s+(?:GLOBAL|PERSIST)\b|@@GLOBAL\s*\./iu },
  { what: 'accounts', pattern: /^(?:GRANT|REVOKE)\b|\b(?:CREATE|ALTER|DROP|RENAME)\s+(?:OR\s+REPLACE\s+)?(?:USER|ROLE)\b|\bSET\s+PASSWORD\b/iu },
  {
    what: 'tables that use files or other servers',
    pattern: /\bENGINE\s*=\s*(?:FEDERATED|CONNECT|SPIDER)\b|\b(?:DATA|INDEX)\s+DIRECTORY\b|^CREATE\s+SERVER\b/iu,
  },
]

/** Inspects a dump as a stream. With `rewriting`, also passes it on. */
export function watchDangers(server: DumpKind, rewriting: Pick<StatementEvents, 'replace' | 'onText'> = {}): DumpDangers {
  const found = new Map<string, { count: number; readonly first: string }>()
  const commands: string[] = []
  const note = (what: string, text: string) => {
    const known = found.get(what) ?? { count: 0, first: excerpt(text) }
    known.count += 1
    found.set(what, known)
  }
  const reader = readStatements(server, {
    ...rewriting,
    onStatement(statement) {
      for (const what of dangersOf(server, statement)) note(what, statement.text)
    },
    onCommand(line) {
      if (commands.length < 3) commands.push(excerpt(line))
    },
  })
  return {
    see: reader.see,
    end() {
      reader.end()
      return { dangers: [...found].map(([what, { count, first }]) => `${what} (${counted(count, 'statement')}, the first: ${first})`), commands }
    },
  }
}

function* dangersOf(server: DumpKind, { text, isCut, isOddData }: Statement) {
  if (isCut) yield 'a statement that is too long to inspect, or has no end'
  if (isOddData) yield 'INSERT with something other than values'
  for (const { what, pattern, exceptOf } of server === 'mariadb' ? MARIADB : POSTGRESQL)
    if (pattern.test(text) && exceptOf?.(text) !== true) yield what
  if (server === 'postgresql' && !USUAL.test(text)) yield 'a statement that pg_dump never writes'
}

function excerpt(text: string): string {
  const line = printable(text.replaceAll(/\s+/gu, ' ').trim())
  return `"${line.length > 80 ? `${line.slice(0, 79)}…` : line}"`
}
