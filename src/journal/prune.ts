import type { Connection } from '../db/connection.ts'
import { numberOf } from '../db/open-database.ts'
import type { Database } from '../db/schema.ts'
import { unconfirmedJump } from '../lib/clock-jump.ts'
import { DAY_MS } from '../lib/durations.ts'
import type { Tables } from './tables.ts'

export interface JournalLimits {
  readonly maxAgeDays: number
  /** The size of the file, without the temporary files of SQLite. */
  readonly maxBytes: number
}

export const JOURNAL_LIMITS: JournalLimits = { maxAgeDays: 400, maxBytes: 100 * 1024 * 1024 }

/**
 * Removes the oldest runs and checks: those that began too long ago, and as many as necessary while the file is too large. The newest run is always
 * kept. Resolves with the number of removed runs; stops early if other processes keep the journal locked.
 */
export async function pruneJournal(connection: Connection<Tables>, { maxAgeDays, maxBytes }: JournalLimits, now: Date): Promise<number> {
  const confirmed = connection.within((db) => confirmedTime(db, now))
  const oldest = 'done' in confirmed ? new Date(confirmed.done - maxAgeDays * DAY_MS).toISOString() : ''
  let runs = 0
  for (;;) {
    const batch = connection.within((db) => removeBatch(db, { oldest, maxBytes }))
    if (!('done' in batch) || batch.done.runs + batch.done.checks === 0) return runs
    runs += batch.done.runs
    // Lets timers and signals be processed first.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

// The last run of each day, newest first: those of one night, one after another, do not confirm the clock of each other.
const DAYS = `with recursive days(last) as (
  select max(began) from runs where began <= ?
  union all select (select max(began) from runs where began < substr(last, 1, 10)) from days where last is not null limit 60)
  select last from days where last is not null`

/** The time until which runs have grown old. If the clock seems to have jumped ahead, before the last run or during it, that of the last run before. */
function confirmedTime(db: Database, now: Date): number {
  const rows = db.prepare(DAYS).all(now.toISOString())
  const times = rows.map(({ last }) => Date.parse(String(last))).toReversed()
  return (unconfirmedJump(times) ?? unconfirmedJump([...times, now.getTime()]))?.beforeMs ?? now.getTime()
}

interface Removed {
  readonly runs: number
  readonly checks: number
}

const NEWEST = 'select id from runs order by began desc, id desc limit 1'
const BATCH = 20
const LAST_OF_BATCH = `select max(began) as last from (
  select began from runs where began < ?1 and id not in (${NEWEST}) union all select began from checks where began < ?1 order by began limit ${BATCH})`

// One transaction each, so that other processes can write in between. A running run whose rows were removed writes them again.
function removeBatch(db: Database, { oldest, maxBytes }: { readonly oldest: string; readonly maxBytes: number }): Removed {
  const isTooLarge = numberOf(db, 'page_count') * numberOf(db, 'page_size') > maxBytes
  const last = db.prepare(LAST_OF_BATCH).get(isTooLarge ? 'z' : oldest)?.['last']
  if (typeof last !== 'string') return { runs: 0, checks: 0 }
  const runs = Number(db.prepare(`delete from runs where began <= ? and id not in (${NEWEST})`).run(last).changes)
  const checks = Number(db.prepare('delete from checks where began <= ?').run(last).changes)
  // Not the last one, to which the next one is chained.
  db.prepare('delete from evidence where at <= ? and number < (select max(number) from evidence)').run(last)
  // Freed pages are returned to the file system incrementally, so that the file need not be rewritten.
  db.exec('pragma incremental_vacuum')
  return { runs, checks }
}
