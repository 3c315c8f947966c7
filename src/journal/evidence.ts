import { type Kysely, sql } from 'kysely'
import type { Tables } from './tables.ts'

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
