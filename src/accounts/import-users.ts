import { recordAction } from './audit.ts'
import { change, rowOf, userRow } from './rows.ts'
import type { Store } from './store.ts'
import { insertUser } from './users.ts'

/** A user as stored by an ancestor. */
export interface ImportedUser {
  readonly name: string
  readonly email: string
  /** In the format of Werkzeug. */
  readonly hash: string
  readonly isAdmin: boolean
}

/** Imports the users that were never imported before; users removed since then are not imported again. Returns the number of new users. */
export async function importUsers(store: Store, users: readonly ImportedUser[]): Promise<number> {
  const isNew = store.read((db) => users.filter(({ name }) => !rowOf(db, 'select 1 from imported_users where name = ?', name)))
  if (isNew.length === 0) return 0
  const now = store.clock()
  return store.write((db) => {
    let count = 0
    for (const { name, email, hash, isAdmin } of isNew) {
      if (change(db, 'insert or ignore into imported_users (name) values (?)', name) === 0 || userRow(db, name)) continue
      const role = isAdmin ? 'admin' : 'viewer'
      insertUser(db, now, { name, email, role, hash, isImported: true })
      recordAction(
        db,
        now,
        { who: '', via: 'server', address: '' },
        { action: 'user-imported', target: name, outcome: 'done', after: { email, role } },
      )
      count += 1
    }
    return count
  })
}
