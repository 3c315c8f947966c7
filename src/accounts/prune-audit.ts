import type { Database } from '../db/schema.ts'
import { DAY_MS } from '../lib/durations.ts'
import { recordAction } from './audit.ts'
import { change, rowOf } from './rows.ts'
import type { Store } from './store.ts'

/** How much of the audit log is kept. */
export interface AuditLimits {
  readonly keepMs: number
  readonly lines: number
}

export const AUDIT_LIMITS: AuditLimits = { keepMs: 730 * DAY_MS, lines: 1_000_000 }

// With a clock that is off by years, all lines would be too old.
const ALWAYS_KEPT = 1000
// Other writers must not wait for long.
const AT_ONCE = 20_000

/**
 * Removes the oldest lines beyond the limits, and what has expired: sessions and links. Each removal of lines is recorded as a line, in the same
 * transaction. Writes nothing if there is nothing to remove. Returns the number of removed lines. Rejects as `Store.write` does.
 */
export async function pruneAudit({ read, write, clock }: Store, limits: AuditLimits): Promise<number> {
  const now = clock()
  const at = now.toISOString()
  for (const table of ['sessions', 'links'] as const)
    if (read((db) => rowOf(db, `select 1 from ${table} where ends < ?`, at)) !== undefined)
      await write((db) => change(db, `delete from ${table} where ends < ?`, at))
  for (let removed = 0; ; ) {
    const last = read((db) => lastToRemove(db, now, limits))
    if (last === undefined) return removed
    removed += await write((db) => removeUpTo(db, now, last))
  }
}

interface Line {
  readonly id: number
  readonly at: string
}

/** The last of the oldest lines to remove now; undefined if none. */
function lastToRemove(db: Database, now: Date, { keepMs, lines }: AuditLimits): Line | undefined {
  const count = rowOf<{ n: number }>(db, 'select count(*) as n from audit')?.n ?? 0
  // A longer time than there is a date for keeps all.
  const oldest = new Date(Math.max(0, now.getTime() - keepMs)).toISOString()
  const recent = rowOf<{ id: number }>(db, 'select id from audit where at >= ? order by id limit 1', oldest)
  const old = recent === undefined ? count : (rowOf<{ n: number }>(db, 'select count(*) as n from audit where id < ?', recent.id)?.n ?? 0)
  // The line about the removal counts, too.
  const surplus = count > lines ? count - lines + 1 : 0
  const removable = count - ALWAYS_KEPT
  const wanted = Math.min(Math.max(old, surplus), removable, AT_ONCE)
  // One line would be replaced by the line about it, again and again.
  return wanted < 1 || removable < 2 ? undefined : rowOf<Line>(db, 'select id, at from audit order by id limit 1 offset ?', wanted - 1)
}

function removeUpTo(db: Database, now: Date, { id, at: to }: Line): number {
  const from = rowOf<Line>(db, 'select id, at from audit order by id limit 1')?.at
  const lines = change(db, 'delete from audit where id <= ?', id)
  // Another process can have removed them meanwhile.
  if (lines > 0)
    recordAction(
      db,
      now,
      { who: '', via: 'server', address: '' },
      { action: 'audit-pruned', target: '', outcome: 'done', before: { lines, from, to } },
    )
  return lines
}
