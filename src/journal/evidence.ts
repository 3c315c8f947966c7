import { type Kysely, sql } from 'kysely'
import type { Connection } from '../db/connection.ts'
import type { EvidenceRow, Tables } from './tables.ts'

/** Selects records; absent properties select all. */
export interface EvidenceFilter {
  readonly task?: string
  readonly step?: string
  readonly set?: string
  readonly kinds?: readonly string[]
  /** Recorded at this moment or later, and before that one. */
  readonly from?: Date
  readonly to?: Date
  /** The numbers from this one to that one. */
  readonly numbers?: readonly [from: number, to: number]
  readonly limit?: number
}

/** The place of the last record. */
export interface LastEvidence {
  readonly chain: string
  readonly number: number
  readonly sha256: string
}

const TRIES = 10
const RETRY_MS = 100

/** Adds the record that `make` creates after the last one; nothing can come between. Resolves with whether it is in the journal. Never rejects. */
export async function appendEvidence(connection: Connection<Tables>, make: (last: LastEvidence | undefined) => EvidenceRow): Promise<boolean> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const outcome = connection.within((db) => {
      const last = db.prepare('select chain, number, sha256 from evidence order by number desc limit 1').get() as LastEvidence | undefined
      const row = make(last)
      const columns = Object.keys(row)
      const places = columns.map(() => '?').join(', ')
      db.prepare(`insert into evidence (${columns.join(', ')}) values (${places})`).run(...(Object.values(row) as (string | number)[]))
    })
    if ('done' in outcome) return true
    if (outcome.kind !== 'busy') return false
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
  return false
}

/** The texts of records, newest first. */
export async function readEvidence(
  db: Kysely<Tables>,
  { task, step, set, kinds, from, to, numbers, limit }: EvidenceFilter,
): Promise<readonly string[]> {
  let query = db.selectFrom('evidence').select('text').orderBy('number', 'desc')
  if (task !== undefined) query = query.where('task', '=', task)
  if (step !== undefined) query = query.where('step', '=', step)
  if (set !== undefined) query = query.where('name', '=', set)
  if (kinds !== undefined) query = query.where('kind', 'in', kinds)
  if (from !== undefined) query = query.where('at', '>=', from.toISOString())
  if (to !== undefined) query = query.where('at', '<', to.toISOString())
  if (numbers !== undefined) query = query.where('number', '>=', numbers[0]).where('number', '<=', numbers[1])
  if (limit !== undefined) query = query.limit(limit)
  return (await query.execute()).map(({ text }) => text)
}

// The public key as in the text of a record: `"key": "` and 60 digits of base64. Quotation marks within other texts are escaped.
const KEY = '"key": "'
const KEY_CHARS = 60

/** The keys that are named in records, each once. */
export async function readEvidenceKeys(db: Kysely<Tables>): Promise<readonly string[]> {
  const key = sql<string>`substr(text, instr(text, ${KEY}) + ${KEY.length}, ${KEY_CHARS})`
  const found = await db.selectFrom('evidence').select(key.as('key')).distinct().where(sql<boolean>`instr(text, ${KEY}) > 0`).execute()
  return found.map((it) => it.key)
}
