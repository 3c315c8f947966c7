import type { Account } from '../../accounts/account.ts'
import { AccountError } from '../../accounts/account-error.ts'
import { listAudit } from '../../accounts/audit.ts'
import type { Link } from '../../accounts/links.ts'
import { addToken, listTokens, removeToken } from '../../accounts/tokens.ts'
import { addUser, changeUser, findUser, listUsers, removeUser, resetUser } from '../../accounts/users.ts'
import { recordOrHold } from '../access/record.ts'
import { actorOf, type Call } from '../context.ts'
import type { accountRoutes } from '../routes/account-routes.ts'
import { accountOf, type Handlers } from './handler.ts'

type Names = Extract<
  keyof typeof accountRoutes,
  `${string}User` | `${string}Users` | `${string}Token` | `${string}Tokens` | 'listAudit' | 'recordExport'
>

export const userHandlers: Handlers<Names> = {
  listUsers: ({ api, query: { limit, cursor } }) => ({ ...asOf(api), ...plain(listUsers(api.web.accounts, { limit, after: cursor })) }),
  async addUser(call) {
    const { link, ...user } = await addUser(call.api.web.accounts, call.body, actorOf(call))
    call.api.streams.send({ kind: 'changed', what: 'users' })
    return withLink(user, link)
  },
  readUser({ api, query: { name } }) {
    const found = findUser(api.web.accounts, name)
    if (found === undefined) throw new AccountError('unknown-user', 'unknown user')
    return found
  },
  async changeUser(call) {
    const user = await changeUser(call.api.web.accounts, { ...call.body, name: call.query.name }, actorOf(call))
    call.api.streams.send({ kind: 'changed', what: 'users' })
    return user
  },
  async removeUser(call) {
    await removeUser(call.api.web.accounts, call.query.name, actorOf(call))
    call.api.streams.send({ kind: 'changed', what: 'users' })
    return null
  },
  async resetUser(call) {
    const { link, ...user } = await resetUser(call.api.web.accounts, { name: call.query.name, totp: call.body.totp }, actorOf(call))
    return withLink(user, link)
  },
  listTokens: (call) => {
    const { api, query } = call
    const { name, role } = accountOf(call)
    return { ...asOf(api), ...plain(listTokens(api.web.accounts, role === 'admin' ? undefined : name, { limit: query.limit, after: query.cursor })) }
  },
  async addToken(call) {
    const token = await addToken(call.api.web.accounts, call.body, actorOf(call))
    call.api.streams.send({ kind: 'changed', what: 'tokens' })
    return token
  },
  async removeToken(call) {
    const { name, role } = accountOf(call)
    await removeToken(call.api.web.accounts, { id: call.params['token'] ?? '', ...(role !== 'admin' && { owner: name }) }, actorOf(call))
    call.api.streams.send({ kind: 'changed', what: 'tokens' })
    return null
  },
  async recordExport(call) {
    const { table, ...after } = call.body
    await recordOrHold(call, { action: 'table-exported', target: table, outcome: 'done', after })
    return null
  },
  listAudit({ api, query: { cursor, ...filter } }) {
    const { rows, ...rest } = listAudit(api.web.accounts, { ...filter, after: cursor })
    return { ...asOf(api), ...rest, rows: rows.map((it) => ({ ...it, before: it.before && { ...it.before }, after: it.after && { ...it.after } })) }
  },
}

function asOf({ web }: Call<unknown, unknown>['api']): { readonly asOf: string } {
  return { asOf: web.host.clock().toISOString() }
}

function plain<T>({ rows, total, next }: { readonly rows: readonly T[]; readonly total: number; readonly next: string | null }) {
  return { total, next, rows: [...rows] }
}

function withLink(user: Account, link: Link | undefined) {
  return { ...user, link: link === undefined ? null : `reset#${link.code}`, linkEnds: link?.ends.toISOString() ?? null }
}
