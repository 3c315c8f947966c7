import { connect } from '../db/connection.ts'
import { databaseErrorOf } from '../db/database-error.ts'
import { type OpenedToRead, openToRead } from '../db/open-database.ts'
import type { Database } from '../db/schema.ts'
import { systemCode } from '../lib/errors.ts'
import { AccountError } from './account-error.ts'
import { ACCOUNTS } from './schema.ts'

/** The database of the accounts, as used by one process. */
export interface Store {
  /** Queries the database without writing, so that it works on a full disk and while other processes write. Throws a `DatabaseError`. */
  read<T>(query: (db: Database) => T): T
  /**
   * Runs `work` in one transaction, which is on disk when it resolves. `work` must not throw. Rejects with `account/busy`
   * if other processes keep the database locked, else with a `DatabaseError`.
   */
  write<T>(work: (db: Database) => T): Promise<T>
  readonly clock: () => Date
  close(): void
}

export interface StoreDeps {
  readonly clock: () => Date
  readonly note: (text: string) => void
}

const TRIES = 20
const RETRY_MS = 100
// An open reader does not detect that another file has this name now.
const REOPEN_MS = 5000

export function openStore(file: string, deps: StoreDeps): Store {
  const connection = connect(ACCOUNTS, file, deps)
  let reader: (OpenedToRead & { readonly openedMs: number }) | undefined
  const close = () => {
    reader?.close()
    reader = undefined
  }
  return {
    clock: deps.clock,
    read(query) {
      if (reader !== undefined && performance.now() - reader.openedMs > REOPEN_MS) close()
      try {
        reader ??= { ...openToRead(ACCOUNTS, file), openedMs: performance.now() }
        const found = query(reader.db)
        if (reader.isExclusive) close()
        return found
      } catch (error) {
        close()
        throw isOfDatabase(error) ? databaseErrorOf(error, ACCOUNTS, file) : error
      }
    },
    async write(work) {
      for (let tries = 1; ; tries += 1) {
        const outcome = connection.within(work)
        if ('done' in outcome) {
          // A reader opened before the file existed is empty.
          close()
          return outcome.done
        }
        if (outcome.kind !== 'busy') throw outcome
        if (tries === TRIES) throw new AccountError('busy', 'the accounts are locked by another process', { hint: 'Try again later.' })
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    },
    close() {
      close()
      connection.close()
    },
  }
}

function isOfDatabase(error: unknown): boolean {
  return systemCode(error) !== undefined
}
