import { type AuditedAction, recordAction } from '../../accounts/audit.ts'
import { AppError } from '../../lib/errors.ts'
import { actorOf, type Call } from '../context.ts'
import type { Route } from '../routes/route.ts'

type AnyCall = Pick<Call<unknown, unknown>, 'api' | 'caller' | 'origin' | 'params' | 'query' | 'body' | 'reply'>

/** Records an action before it is executed: if the server is killed meanwhile, the line is there. If the action fails, the router adds a line. */
export async function recordBegun(call: AnyCall, action: Omit<AuditedAction, 'outcome'>): Promise<void> {
  await record(call, { ...action, outcome: 'begun' })
  call.reply.begun = action
}

/** The same for an operation that only reads: it must work on a full disk, so that a line that cannot be written is held. */
export async function recordRead(call: AnyCall, action: Omit<AuditedAction, 'outcome'>): Promise<void> {
  await recordOrHold(call, { ...action, outcome: 'begun' })
  call.reply.begun = action
}

/** Records that the action begun last was not executed, though it is no error. */
export async function recordUndone(call: AnyCall, reason: string): Promise<void> {
  const { begun } = call.reply
  if (begun) await record(call, { ...begun, after: { reason }, outcome: 'refused' })
}

/** Records the failure of an operation; without an `action`, the operation is none that is recorded. */
export async function recordFailure(call: AnyCall, { method, role, action }: Route, error: unknown): Promise<void> {
  const { begun } = call.reply
  if (action === undefined || (method === 'get' && begun === undefined)) return
  // A login records its refusal by itself.
  if (role === 'anyone' && codeOf(error) !== 'account/invalid-link') return
  const after = { reason: codeOf(error) }
  const outcome = role === 'anyone' ? 'refused' : 'failed'
  await recordOrHold(call, { action, target: targetOf(call), ...begun, after, outcome }).catch(() => undefined)
}

/** Records that an operation was refused. */
export async function recordRefused(call: AnyCall, { action }: Route, error: AppError): Promise<void> {
  if (action === undefined) return
  await recordOrHold(call, { action, target: targetOf(call), outcome: 'refused', after: { reason: error.code } }).catch(() => undefined)
}

async function record(call: AnyCall, action: AuditedAction): Promise<void> {
  const { web, heldLines } = call.api
  await heldLines.flush()
  await web.accounts.write((db) => recordAction(db, web.host.clock(), actorOf(call), action))
}

/** Records something that needs no other write. A line that cannot be written is held. */
export async function recordOrHold(call: AnyCall, action: AuditedAction): Promise<void> {
  try {
    await record(call, action)
  } catch (error) {
    call.api.heldLines.hold(actorOf(call), action, error)
  }
}

function codeOf(error: unknown): string {
  return error instanceof AppError ? error.code : 'internal'
}

/** What an operation is about, in its parameters: a task, a user, a host, a run. */
function targetOf({ params, query, body }: AnyCall): string {
  const parts = [params, query, body].filter((it): it is Readonly<Record<string, unknown>> => typeof it === 'object' && it !== null)
  for (const part of parts) {
    const found = [...TARGETS, ...Object.keys(params)].map((key) => part[key]).find((it) => typeof it === 'string')
    if (typeof found === 'string') return found.slice(0, 256)
  }
  return ''
}

const TARGETS = ['task', 'name', 'url', 'table']
