import { hostname } from 'node:os'
import type { Account } from '../../accounts/account.ts'
import { AccountError } from '../../accounts/account-error.ts'
import { recordAction } from '../../accounts/audit.ts'
import type { AuditName } from '../../accounts/audit-names.ts'
import { logIn } from '../../accounts/login.ts'
import { changePassword, confirmTotp, offerTotp, removeTotp, setUp, usePasswordLink } from '../../accounts/own-account.ts'
import { endSessions, listSessions } from '../../accounts/sessions.ts'
import { totpUri } from '../../accounts/totp.ts'
import { listUsers } from '../../accounts/users.ts'
import { VERSION } from '../../lib/assets.ts'
import { csrfOf } from '../access/csrf.ts'
import { actorOf, type Call } from '../context.ts'
import type { accountRoutes } from '../routes/account-routes.ts'
import type { Session } from '../schema/session.ts'
import { accountOf, type Handlers } from './handler.ts'
import { zone } from './views.ts'

type Names = Exclude<
  keyof typeof accountRoutes,
  `${string}User` | `${string}Users` | `${string}Token` | `${string}Tokens` | 'listAudit' | 'recordExport'
>

/** The session as returned to the page; `secret` is that of a new session. */
function sessionFor(
  { api, origin, cookie, caller }: Call<unknown, unknown>,
  fresh?: { readonly account: Account; readonly secret: string },
): Session {
  const account = fresh?.account ?? caller?.account
  const { name, role, email, hasTotp } = account ?? {}
  return {
    user: name === undefined || role === undefined ? null : { name, role, email: email ?? '', hasTotp: hasTotp ?? false },
    needsSetup: account === undefined && listUsers(api.web.accounts, { limit: 1 }).total === 0,
    csrf: csrfOf(fresh?.secret ?? cookie),
    now: api.web.host.clock().toISOString(),
    isExposed: !origin.isSecure && !origin.isLocal,
    ...(account && { server: { version: VERSION, build: api.build, host: hostname(), timeZone: zone(), hasPages: api.hasPages } }),
  }
}

async function begun(
  call: Call<unknown, unknown>,
  logging: Promise<{ readonly account: Account; readonly secret: string }>,
  remember = false,
): Promise<Session> {
  const fresh = await logging
  call.reply.session = { secret: fresh.secret, remember }
  return sessionFor(call, fresh)
}

export const sessionHandlers: Handlers<Names> = {
  readSession: (call) => sessionFor(call),
  async logIn(call) {
    call.api.loginLimiter.take(call.origin.address)
    return begun(call, logIn(call.api.web.accounts, { ...call.body, ...call.origin }), call.body.remember)
  },
  async logOut(call) {
    const { caller, reply } = call
    if (caller?.by === 'session') await endOwn(call, { id: caller.session }, 'logout')
    reply.session = null
    return null
  },
  async setUp(call) {
    call.api.loginLimiter.take(call.origin.address)
    return begun(call, setUp(call.api.web.accounts, { ...call.body, ...call.origin }))
  },
  async resetPassword(call) {
    call.api.loginLimiter.take(call.origin.address)
    return begun(call, usePasswordLink(call.api.web.accounts, { ...call.body, ...call.origin }))
  },
  async changePassword(call) {
    call.api.loginLimiter.take(call.origin.address)
    return begun(call, changePassword(call.api.web.accounts, { ...call.body, ...call.origin, name: accountOf(call).name }))
  },
  offerTotp(call) {
    const { name } = accountOf(call)
    const secret = offerTotp(name)
    return { secret, uri: totpUri({ secret, user: name, host: hostname() }) }
  },
  async confirmTotp(call) {
    call.api.loginLimiter.take(call.origin.address)
    const codes = await confirmTotp(call.api.web.accounts, { ...call.body, name: accountOf(call).name }, actorOf(call))
    return { codes: [...codes] }
  },
  async removeTotp(call) {
    call.api.loginLimiter.take(call.origin.address)
    await removeTotp(call.api.web.accounts, { name: accountOf(call).name, password: call.body.password }, actorOf(call))
    return null
  },
  listSessions(call) {
    const { caller, api } = call
    const rows = listSessions(api.web.accounts, accountOf(call).name).map((it) => ({
      ...it,
      isCurrent: caller?.by === 'session' && caller.session === it.id,
    }))
    return { asOf: api.web.host.clock().toISOString(), total: rows.length, rows, next: null }
  },
  async endSession(call) {
    const count = await endOwn(call, { id: call.params['session'] ?? '' }, 'session-ended')
    if (count === 0) throw new AccountError('unknown-session', 'unknown session')
    return null
  },
  async endSessions(call) {
    await endOwn(call, {}, 'sessions-ended')
    call.reply.session = null
    return null
  },
}

function endOwn(call: Call<unknown, unknown>, which: { readonly id?: string }, action: AuditName): Promise<number> {
  const { accounts, host } = call.api.web
  const { name } = accountOf(call)
  return accounts.write((db) => {
    recordAction(db, host.clock(), actorOf(call), { action, target: name, outcome: 'done' })
    return endSessions(db, name, which)
  })
}
