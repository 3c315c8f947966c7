import { type AccountRole, ROLES } from '../../accounts/account.ts'
import { findSession } from '../../accounts/sessions.ts'
import type { Store } from '../../accounts/store.ts'
import { findToken, type TokenScope } from '../../accounts/tokens.ts'
import type { Caller } from '../context.ts'

const COOKIE = 'holdfast-session'

/**
 * The secret of the session cookie. If there are two cookies of this name, neither is used: another site on the same domain can have set one of them.
 */
export function cookieOf(header: string | undefined): string | undefined {
  const found = (header ?? '').split(';').flatMap((part) => {
    const [name, ...value] = part.trim().split('=')
    return name === COOKIE ? [value.join('=')] : []
  })
  const [only, second] = found
  return second === undefined && only !== undefined && /^[\w-]{20,100}$/u.test(only) ? only : undefined
}

/** The caller; undefined if not authenticated. A token has precedence over a session. */
export function authenticate(
  accounts: Store,
  {
    authorization,
    cookie,
    isUsed = true,
  }: { readonly authorization: string | undefined; readonly cookie: string | undefined; readonly isUsed?: boolean },
): Caller | undefined {
  const secret = /^Bearer (?<secret>[\w-]{20,100})$/iu.exec(authorization ?? '')?.groups?.['secret']
  if (authorization !== undefined) {
    const found = secret === undefined ? undefined : findToken(accounts, secret)
    return found && { by: 'token', account: found.owner, role: lesser(found.token.scope, found.owner.role), scope: found.token.scope }
  }
  const found = cookie === undefined ? undefined : findSession(accounts, cookie, isUsed)
  return found && { by: 'session', session: found.id, account: found.account, role: found.account.role }
}

function lesser(scope: TokenScope, owner: AccountRole): AccountRole | undefined {
  if (scope === 'metrics' || scope === 'peer') return undefined
  return ROLES[Math.min(ROLES.indexOf(scope), ROLES.indexOf(owner))]
}

/**
 * The `Set-Cookie` header of a session; without a secret, the header that removes the cookie. The `Secure` flag depends on the scheme: otherwise a
 * login at a plain http address would fail without a message.
 */
export function sessionCookie(
  session: { readonly secret: string; readonly remember: boolean } | null,
  { isSecure, basePath }: { readonly isSecure: boolean; readonly basePath: string },
): string {
  const life = session === null ? '; Max-Age=0' : session.remember ? `; Max-Age=${30 * 86_400}` : ''
  return `${COOKIE}=${session?.secret ?? ''}; Path=${basePath === '' ? '/' : basePath}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}${life}`
}
