import type { Schema } from '../db/schema.ts'
import { MIGRATIONS } from './migrations.ts'
import { KEYS, type Tables } from './tables.ts'

export const JOURNAL: Schema<Tables> = {
  name: 'journal',
  // "HOLD"
  applicationId: 0x484f4c44,
  migrations: MIGRATIONS,
  keys: KEYS,
  without: 'Runs work without the journal.',
}
