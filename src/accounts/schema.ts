import type { Schema } from '../db/schema.ts'
import { MIGRATIONS } from './migrations.ts'

/** Only this room writes the rows. */
export const ACCOUNTS: Schema<unknown> = {
  name: 'accounts',
  // "HOLA"
  applicationId: 0x484f4c41,
  migrations: MIGRATIONS,
  keys: {} as Schema<unknown>['keys'],
  // An empty database would have no users: a user who sees the output of the server could then create the first account.
  ifDamaged: 'keep',
  without: 'Runs work without the accounts; nobody can log in.',
}
