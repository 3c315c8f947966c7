import { createHash } from 'node:crypto'
import type { Statement } from '../inspect-dump/dump-tokens.ts'
import type { DumpFacts } from '../set/dump-facts.ts'

/** Digests the statements that define the structure of a database. */
export interface SchemaWatch {
  readonly see: (statement: Statement, database: string | undefined) => void
  end(): Required<Pick<DumpFacts, 'schema' | 'created'>>
}

// Data, the settings of a session, and what depends on the server: a restore need not repeat it.
const NOT_SCHEMA =
  /^(?:INSERT|REPLACE|SET|USE|BEGIN|COMMIT|START|LOCK|UNLOCK|SELECT\s+pg_catalog\.(?:set_config|setval|lo\w*)|(?:CREATE|ALTER|DROP)\s+(?:DATABASE|ROLE|USER|TABLESPACE)|(?:GRANT|REVOKE|COMMENT|SECURITY\s+LABEL)\b.*\sON\s+DATABASE)\b/isu

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
export function watchSchema(): SchemaWatch {
  const digests: string[] = []
  const created = new Map<string, number>()
  return {
    see({ text }, database) {
      const what = CREATED.find(([, begin]) => begin.test(text))?.[0]
      if (what !== undefined) created.set(what, (created.get(what) ?? 0) + 1)
      if (NOT_SCHEMA.test(text)) return
      const words = text.replaceAll(/\s+/gu, ' ').replace(/ AUTO_INCREMENT=\d+/u, '')
      digests.push(
        createHash('sha256')
          .update(`${database ?? ''}\n${words}`, 'latin1')
          .digest('hex'),
      )
    },
    end: () => ({
      schema: createHash('sha256').update(digests.toSorted().join('\n')).digest('hex'),
      created: Object.fromEntries(created),
    }),
  }
}
