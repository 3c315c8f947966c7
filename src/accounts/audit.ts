import type { Database } from '../db/schema.ts'
import type { Listed, Page } from './account.ts'
import type { AuditName } from './audit-names.ts'
import { change, rowOf, rowsOf } from './rows.ts'
import type { Store } from './store.ts'

/** The user who acts, and the address. */
export interface Actor {
  /** Empty if the user is unknown. */
  readonly who: string
  readonly via: 'session' | 'token' | 'command-line' | 'server' | 'none'
  readonly address: string
}

/** `begun`: recorded before the action, which has no line of its own at its end unless it fails. */
export type AuditOutcome = 'begun' | 'done' | 'refused' | 'failed'

export interface AuditedAction {
  readonly action: AuditName
  readonly target: string
  readonly outcome: AuditOutcome
  /** Never contains a secret. */
  readonly before?: Readonly<Record<string, unknown>> | undefined
  readonly after?: Readonly<Record<string, unknown>> | undefined
}

export interface AuditRecord extends Actor, Omit<AuditedAction, 'action' | 'before' | 'after'> {
  readonly id: number
  /** An `AuditName`, or one of an earlier version. */
  readonly action: string
  readonly at: string
  readonly before: Readonly<Record<string, unknown>> | null
  readonly after: Readonly<Record<string, unknown>> | null
}

/** Adds a line to the audit log, in the transaction of the action. Lines are never changed; `pruneAudit` removes the oldest. */
export function recordAction(db: Database, at: Date, { who, via, address }: Actor, { action, target, outcome, before, after }: AuditedAction): void {
  const json = (it: object | undefined) => (it === undefined ? null : JSON.stringify(it))
  change(
    db,
    'insert into audit (at, who, via, address, action, target, outcome, before, after) values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ...[at.toISOString(), who, via, address, action, target, outcome, json(before), json(after)],
  )
}

export interface AuditFilter extends Page {
  readonly who?: string | undefined
  readonly action?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** The lines that match the filter, newest first. */
export function listAudit({ read }: Store, { who, action, from, to, after, limit }: AuditFilter): Listed<AuditRecord> {
  const wanted = [
    ...(who === undefined ? [] : [['who = ?', who] as const]),
    ...(action === undefined ? [] : [['action = ?', action] as const]),
    ...(from === undefined ? [] : [['at >= ?', from] as const]),
    ...(to === undefined ? [] : [['at < ?', to] as const]),
  ]
  const where = ['1', ...wanted.map(([sql]) => sql)].join(' and ')
  const values = wanted.map(([, value]) => value)
  return read((db) => {
    const total = rowOf<{ n: number }>(db, `select count(*) as n from audit where ${where}`, ...values)?.n ?? 0
    const before = Number(after ?? Number.MAX_SAFE_INTEGER)
    const rows = rowsOf<Raw>(db, `select * from audit where ${where} and id < ? order by id desc limit ?`, ...values, before, limit + 1)
    const page = rows.slice(0, limit).map(recordOf)
    return { total, rows: page, next: rows.length > limit ? String(page.at(-1)?.id) : null }
  })
}

type Raw = Omit<AuditRecord, 'before' | 'after'> & { readonly before: string | null; readonly after: string | null }

function recordOf({ before, after, ...row }: Raw): AuditRecord {
  const object = (text: string | null) => (text === null ? null : (JSON.parse(text) as Readonly<Record<string, unknown>>))
  return { ...row, before: object(before), after: object(after) }
}
