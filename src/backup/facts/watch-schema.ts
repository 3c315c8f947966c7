import { createHash } from 'node:crypto'
import type { Statement } from '../inspect-dump/dump-tokens.ts'
import type { DumpFacts } from '../set/dump-facts.ts'

/** Digests the statements that define the structure of a database. */
export interface SchemaWatch {
  readonly see: (statement: Statement, database: string | undefined) => void
  /** Without a digest if there were too many statements. */
  end(): Pick<DumpFacts, 'schema' | 'created'>
}

/** Digests of more statements are not kept in memory. */
const MOST_STATEMENTS = 500_000

// Data (with large objects, of which there may be millions), the settings of a session, and what depends on the server: a restore need not repeat it.
const NOT_SCHEMA =
  /^(?:INSERT|REPLACE|SET|USE|BEGIN|COMMIT|START|LOCK|UNLOCK|SELECT\s+pg_catalog\.(?:set_config|setval|lo\w*)|(?:CREATE|ALTER|DROP)\s+(?:DATABASE|ROLE|USER|TABLESPACE|LARGE\s+OBJECT)|(?:GRANT|REVOKE|COMMENT|SECURITY\s+LABEL)\b.*\sON\s+(?:DATABASE|LARGE\s+OBJECT))\b/isu

const CREATED: readonly (readonly [string, RegExp])[] = [
  ['table', /^CREATE\s+(?:\w+\s+)?TABLE\b/iu],
  ['index', /^CREATE\s+(?:UNIQUE\s+)?INDEX\b/iu],
  ['constraint', /^ALTER\s+TABLE\b[\s\S]*\sADD\s+CONSTRAINT\b/iu],
  ['view', /^CREATE\s+(?:OR\s+REPLACE\s+|MATERIALIZED\s+|ALGORITHM\s*=\s*\w+\s+|DEFINER\s*=\s*\S+\s+|SQL\s+SECURITY\s+\w+\s+)*VIEW\b/iu],
  ['routine', /^CREATE\s+(?:OR\s+REPLACE\s+|DEFINER\s*=\s*\S+\s+)*(?:FUNCTION|PROCEDURE)\b/iu],
  ['trigger', /^CREATE\s+(?:OR\s+REPLACE\s+|CONSTRAINT\s+|DEFINER\s*=\s*\S+\s+)*TRIGGER\b/iu],
  ['event', /^CREATE\s+(?:OR\s+REPLACE\s+|DEFINER\s*=\s*\S+\s+)*EVENT\b/iu],
  ['sequence', /^CREATE\s+(?:UNLOGGED\s+)?SEQUENCE\b/iu],
  ['type', /^CREATE\s+(?:TYPE|DOMAIN)\b/iu],
  ['extension', /^CREATE\s+EXTENSION\b/iu],
  ['schema', /^CREATE\s+SCHEMA\b/iu],
  ['large-object', /^SELECT\s+pg_catalog\.lo_create\b/iu],
  ['role', /^CREATE\s+(?:ROLE|USER)\b/iu],
]

/** Statements of equal dumps may have another order: objects without dependencies are ordered by internal numbers. */
export function watchSchema(mostStatements = MOST_STATEMENTS): SchemaWatch {
  // As strings of 32 bytes.
  const digests: string[] = []
  let areTooMany = false
  const created = new Map<string, number>()
  return {
    see({ text }, database) {
      const what = CREATED.find(([, begin]) => begin.test(text))?.[0]
      if (what !== undefined) created.set(what, (created.get(what) ?? 0) + 1)
      areTooMany ||= digests.length >= mostStatements
      if (areTooMany || NOT_SCHEMA.test(text)) return
      const words = text.replaceAll(/\s+/gu, ' ').replace(/ AUTO_INCREMENT=\d+/u, '')
      digests.push(
        createHash('sha256')
          .update(`${database ?? ''}\n${words}`, 'latin1')
          .digest()
          .toString('latin1'),
      )
    },
    end: () => ({ ...(!areTooMany && { schema: digestOf(digests) }), created: Object.fromEntries(created) }),
  }
}

/** Of their hexadecimal forms, sorted, one per line. */
function digestOf(digests: string[]): string {
  const hash = createHash('sha256')
  for (const [index, it] of digests.sort().entries()) hash.update(`${index === 0 ? '' : '\n'}${Buffer.from(it, 'latin1').toString('hex')}`)
  return hash.digest('hex')
}
