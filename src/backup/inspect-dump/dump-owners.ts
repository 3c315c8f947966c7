/** A statement of a dump that gives an object to a role. */
export interface OwnerStatement {
  /** In UTF-8, complete, without a semicolon. */
  readonly sql: string
  /** The name of the role. */
  readonly role: string
}

// Nothing that could end the statement, or that psql would replace, outside of quoted names.
const OWNER =
  /^ALTER\s+(?:TABLE|SEQUENCE|VIEW|MATERIALIZED\s+VIEW|FUNCTION|PROCEDURE|ROUTINE|AGGREGATE|SCHEMA|TYPE|DOMAIN|COLLATION|CONVERSION|OPERATOR|STATISTICS|PUBLICATION|LARGE\s+OBJECT|TEXT\s+SEARCH\s+(?:DICTIONARY|CONFIGURATION))\s+(?:"(?:[^"\\]|"")*"|[^'"$\\:;`])+\sOWNER\s+TO\s+(?<role>"(?:[^"\\]|"")+"|[a-z_][\w$]*)$/iu
const LONGEST = 8192
const NO_ROLE = /^(?:current_user|session_user|current_role|public|none)$/iu

/** Reads `ALTER … OWNER TO role` as pg_dump writes it, from text with one character for each byte. Undefined for all other statements. */
export function ownerStatement(text: string): OwnerStatement | undefined {
  if (text.length > LONGEST || !/^ALTER\s/iu.test(text)) return undefined
  const sql = utf8(text)
  const role = sql === undefined || /--|\/\*/u.test(sql.replaceAll(/"(?:[^"]|"")*"/gu, '')) ? undefined : OWNER.exec(sql)?.groups?.['role']
  if (sql === undefined || role === undefined || NO_ROLE.test(role)) return undefined
  return { sql, role: role.startsWith('"') ? role.slice(1, -1).replaceAll('""', '"') : role.toLowerCase() }
}

/** Whether it changes an owner in another form. */
export function isOwnerUnknown(text: string): boolean {
  return /^ALTER\s/iu.test(text) && /\bOWNER\s+TO\b/iu.test(text) && ownerStatement(text) === undefined
}

function utf8(text: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'latin1'))
  } catch {
    return undefined
  }
}
