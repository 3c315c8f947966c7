import type { Connection } from '../db/connection.ts'
import type { EvidenceRow, Tables } from './tables.ts'

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
