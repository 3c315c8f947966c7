import { DAY_MS } from '../lib/durations.ts'
import type { Account, Listed, Page } from './account.ts'
import { AccountError } from './account-error.ts'
import { type Actor, recordAction } from './audit.ts'
import { accountOf, change, rowOf, rowsOf, type UserRow } from './rows.ts'
import { digestOf, newSecret } from './secrets.ts'
import type { Store } from './store.ts'

/** The maximum permissions of a token, regardless of those of its owner. */
export type TokenScope = 'metrics' | 'peer' | 'viewer' | 'operator' | 'admin'

export interface TokenRecord {
  readonly id: string
  readonly name: string
  readonly scope: TokenScope
  readonly owner: string
  readonly created: string
  readonly expires: string | null
  readonly lastUsed: string | null
}

export interface FoundToken {
  readonly token: TokenRecord
  readonly owner: Account
}

const COLUMNS = 'id, name, scope, owner, created, expires, last_used as lastUsed'
const TOUCH_MS = 60_000

export interface TokenRequest {
  readonly name: string
  readonly scope: TokenScope
  readonly days: number | null
}

/** Creates a token for its owner. The secret is returned only once. */
export async function addToken(store: Store, { name, scope, days }: TokenRequest, actor: Actor): Promise<TokenRecord & { readonly token: string }> {
  const token = `hf_${newSecret()}`
  const now = store.clock()
  const expires = days === null ? null : new Date(now.getTime() + days * DAY_MS).toISOString()
  const record = { id: digestOf(`id of ${token}`).slice(0, 16), name, scope, owner: actor.who, created: now.toISOString(), expires, lastUsed: null }
  await store.write((db) => {
    const values = [record.id, digestOf(token), name, scope, actor.who, record.created, expires]
    change(db, 'insert into tokens (id, hash, name, scope, owner, created, expires) values (?, ?, ?, ?, ?, ?, ?)', ...values)
    recordAction(db, now, actor, { action: 'token-created', target: name, outcome: 'done', after: { scope, expires } })
  })
  return { ...record, token }
}

/** The token with this secret, unless it has expired or its owner is disabled. */
export function findToken({ read, write, clock }: Store, secret: string): FoundToken | undefined {
  const hash = digestOf(secret)
  const now = clock()
  const found = read((db) => {
    const token = rowOf<TokenRecord>(db, `select ${COLUMNS} from tokens where hash = ? and (expires is null or expires > ?)`, hash, now.toISOString())
    const owner = token && rowOf<UserRow>(db, 'select * from users where name = ? and enabled = 1', token.owner)
    return token && owner ? { token, owner: accountOf(owner) } : undefined
  })
  const isFresh = found?.token.lastUsed != null && now.getTime() - Date.parse(found.token.lastUsed) < TOUCH_MS
  if (found && !isFresh)
    void write((db) => change(db, 'update tokens set last_used = ? where hash = ?', now.toISOString(), hash)).catch(() => undefined)
  return found
}

/** The tokens of one owner, or of all owners, newest first. */
export function listTokens({ read }: Store, owner: string | undefined, { limit, after }: Page): Listed<TokenRecord> {
  return read((db) => {
    const where = owner === undefined ? '1 or ? is null' : 'owner = ?'
    const total = rowOf<{ n: number }>(db, `select count(*) as n from tokens where ${where}`, owner ?? null)?.n ?? 0
    const offset = Number(after ?? 0)
    const rows = rowsOf<TokenRecord>(
      db,
      `select ${COLUMNS} from tokens where ${where} order by created desc, id limit ? offset ?`,
      owner ?? null,
      limit,
      offset,
    )
    return { total, rows, next: offset + rows.length < total ? String(offset + rows.length) : null }
  })
}

/** Removes a token; if `owner` is given, only a token of that owner. Rejects with `account/unknown-token`. */
export async function removeToken(store: Store, { id, owner }: { readonly id: string; readonly owner?: string }, actor: Actor): Promise<void> {
  const name = await store.write((db) => {
    const row = rowOf<Pick<TokenRecord, 'name' | 'owner' | 'scope' | 'expires'>>(
      db,
      'select name, owner, scope, expires from tokens where id = ?',
      id,
    )
    if (row === undefined || (owner !== undefined && row.owner !== owner)) return undefined
    change(db, 'delete from tokens where id = ?', id)
    const { name: target, ...before } = row
    recordAction(db, store.clock(), actor, { action: 'token-removed', target, outcome: 'done', before })
    return target
  })
  if (name === undefined) throw new AccountError('unknown-token', 'unknown token')
}
