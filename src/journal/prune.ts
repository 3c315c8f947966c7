import type { Connection } from '../db/connection.ts'
import { numberOf } from '../db/open-database.ts'
import type { Database } from '../db/schema.ts'
import { DAY_MS } from '../lib/durations.ts'
import type { Tables } from './tables.ts'

export interface JournalLimits {
  readonly maxAgeDays: number
  /** Of the file, without what SQLite keeps beside it for a while. */
  readonly maxBytes: number
}

export const JOURNAL_LIMITS: JournalLimits = { maxAgeDays: 400, maxBytes: 100 * 1024 * 1024 }

/**
 * Removes the oldest runs and checks: what began too long ago, and as many as it takes while the file is too large. The newest run stays in any
 * case. Resolves with how many runs went; ends early when others keep the journal locked.
 */
export async function pruneJournal(connection: Connection<Tables>, { maxAgeDays, maxBytes }: JournalLimits, now: Date): Promise<number> {
  const oldest = new Date(now.getTime() - maxAgeDays * DAY_MS).toISOString()
  let runs = 0
  for (;;) {
    const batch = connection.within((db) => removeBatch(db, { oldest, maxBytes }))
    if (batch === undefined || batch.runs + batch.checks === 0) return runs
    runs += batch.runs
    // Timers and signals come first.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

interface Removed {
  readonly runs: number
  readonly checks: number
}

const NEWEST = 'select id from runs order by began desc, id desc limit 1'
const BATCH = 20
const LAST_OF_BATCH = `select max(began) as last from (
  select began from runs where began < ?1 and id not in (${NEWEST}) union all select began from checks where began < ?1 order by began limit ${BATCH})`

// One transaction each: others write in between. A run that is still going on and lost its rows writes its own anew.
function removeBatch(db: Database, { oldest, maxBytes }: { readonly oldest: string; readonly maxBytes: number }): Removed {
  const isTooLarge = numberOf(db, 'page_count') * numberOf(db, 'page_size') > maxBytes
  const last = db.prepare(LAST_OF_BATCH).get(isTooLarge ? 'z' : oldest)?.['last']
  if (typeof last !== 'string') return { runs: 0, checks: 0 }
  const runs = Number(db.prepare(`delete from runs where began <= ? and id not in (${NEWEST})`).run(last).changes)
  const checks = Number(db.prepare('delete from checks where began <= ?').run(last).changes)
  // What was freed goes back to the file system page by page, so that nothing has to be rewritten.
  db.exec('pragma incremental_vacuum')
  return { runs, checks }
}
