import { quotedName, quotedText } from './database-server.ts'

/** The contents of a database of MariaDB that can be moved by renaming (tables), and all others, by the statements that create them. */
export interface DatabaseContents {
  readonly tables: readonly string[]
  readonly others: readonly Definition[]
}

export interface Definition {
  readonly kind: 'VIEW' | 'TRIGGER' | 'FUNCTION' | 'PROCEDURE' | 'PACKAGE' | 'PACKAGE BODY' | 'EVENT'
  readonly name: string
  /** As printed by SHOW CREATE. */
  readonly sql: string
  /** The settings of the session in which it was created, which belong to it. */
  readonly settings: Readonly<Record<string, string>>
}

export type Query = (sql: string) => Promise<string>

const name = (text: string) => quotedName('mariadb', text)
const SHOW_IN = 'SET NAMES utf8mb4'
/** The time limit of the server is below that of the client: a statement without a client would be executed later. */
export const SHORT_WAIT = 'SET SESSION lock_wait_timeout = 30'

/** Reads the contents of the database, not in one transaction: the result is consistent only if no other client changes the database. */
export async function readContents(database: string, query: Query): Promise<DatabaseContents> {
  const schema = quotedText('mariadb', database)
  const list = async (sql: string) => rowsOf(await query(`${SHOW_IN}; ${sql}`))
  const tables = await list(`SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${schema} ORDER BY 1`)
  const wanted: (readonly [Definition['kind'], string])[] = [
    ...(await list(
      `SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ${schema} ORDER BY FIELD(ROUTINE_TYPE, 'PACKAGE', 'PACKAGE BODY') DESC, 2`,
    )),
    ...tables.filter(([, type]) => type === 'VIEW').map(([it]) => ['VIEW', it]),
    ...(await list(`SELECT 'TRIGGER', TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ${schema} ORDER BY ACTION_ORDER, 2`)),
    ...(await list(`SELECT 'EVENT', EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ${schema} ORDER BY 2`)),
  ] as never
  const others: Definition[] = []
  for (const [kind, it] of wanted) {
    const [row = []] = await list(`USE ${name(database)}; SHOW CREATE ${kind} ${name(it)}`)
    others.push(definition(kind, it, row))
  }
  return { tables: tables.filter(([, type]) => type !== 'VIEW').map(([it = '']) => it), others }
}

// The columns of SHOW CREATE, by kind.
function definition(kind: Definition['kind'], its: string, row: readonly string[]): Definition {
  const [, second = '', third = '', fourth = '', fifth = '', sixth = ''] = row
  if (kind === 'VIEW') return { kind, name: its, sql: second, settings: { character_set_client: third, collation_connection: fourth } }
  if (kind === 'EVENT')
    return {
      kind,
      name: its,
      sql: fourth,
      settings: { sql_mode: second, time_zone: third, character_set_client: fifth, collation_connection: sixth },
    }
  return { kind, name: its, sql: third, settings: { sql_mode: second, character_set_client: fourth, collation_connection: fifth } }
}

/** The statements that create it in a database. Its text is no part of them, whatever it contains. */
export function creating({ sql, settings }: Definition, database: string): string {
  const set = Object.entries(settings).map(([key, value]) => `${key} = ${quotedText('mariadb', value)}`)
  const hex = Buffer.from(sql).toString('hex')
  return `${SHORT_WAIT}; SET NAMES utf8mb4; USE ${name(database)}; SET @holdfast = CONVERT(0x${hex} USING utf8mb4); SET SESSION ${set.join(', ')}; PREPARE holdfast FROM @holdfast; EXECUTE holdfast`
}

export function dropping({ kind, name: its }: Definition, database: string): string {
  return `${SHORT_WAIT}; DROP ${kind} IF EXISTS ${name(database)}.${name(its)}`
}

/** The rows of an answer in batch mode, whose values are escaped. */
function rowsOf(answer: string): readonly (readonly string[])[] {
  const lines = answer.split('\n').filter((line) => line !== '')
  return lines.map((line) => line.split('\t').map((value) => value.replaceAll(/\\([0nt\\])/gu, (_, it: string) => ESCAPES[it] ?? it)))
}

const ESCAPES: Readonly<Record<string, string>> = { '0': '\0', n: '\n', t: '\t' }
