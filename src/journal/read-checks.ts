import type { Kysely } from 'kysely'
import { checkOf } from './rows-read.ts'
import type { CheckRecord } from './run-record.ts'
import type { Tables } from './tables.ts'

export interface CheckFilter {
  readonly storage?: string
  readonly set?: string
}

/** What came of looking at sets, newest first. */
export async function readChecks(db: Kysely<Tables>, { storage, set }: CheckFilter): Promise<readonly CheckRecord[]> {
  let query = db.selectFrom('checks').selectAll().orderBy('began', 'desc').orderBy('id')
  if (storage !== undefined) query = query.where('storage', '=', storage)
  if (set !== undefined) query = query.where('name', '=', set)
  return (await query.execute()).map(checkOf)
}
