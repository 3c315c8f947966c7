import type { HttpBindings } from '@hono/node-server'
import type { Account, AccountRole } from '../accounts/account.ts'
import type { Actor, AuditedAction } from '../accounts/audit.ts'
import type { TokenScope } from '../accounts/tokens.ts'
import type { Web } from '../app/web/open-web.ts'
import type { HeldLines } from './access/held-lines.ts'
import type { Limiter } from './access/limiter.ts'
import type { Streams } from './stream/send-events.ts'

/** The environment that Hono passes to each handler. */
export type Env = { Bindings: HttpBindings; Variables: { origin: Origin } }

/** The user or token that sends the request. */
export type Caller =
  | { readonly by: 'session'; readonly session: string; readonly account: Account; readonly role: AccountRole }
  /** `role`: the permissions that both the token and its owner have; absent if the token serves another purpose. */
  | { readonly by: 'token'; readonly account: Account; readonly role: AccountRole | undefined; readonly scope: TokenScope }

/** The properties of the connection over which a request arrived. */
export interface Origin {
  /** The address of the client, determined through trusted proxies. */
  readonly address: string
  /** Whether the client uses https, to this server or to a trusted proxy. */
  readonly isSecure: boolean
  /** Whether the client is on this host, without a proxy. */
  readonly isLocal: boolean
  readonly device: string
}

/** The parameters of a handler. */
export interface Call<Query, Body> {
  readonly api: Api
  readonly params: Readonly<Record<string, string>>
  readonly query: Query
  readonly body: Body
  /** Always present if the route requires a role. */
  readonly caller: Caller | undefined
  readonly origin: Origin
  /** The secret of the session cookie, for the CSRF token. */
  readonly cookie: string | undefined
  readonly headers: { get(name: string): string | undefined }
  /** The headers of the response. */
  readonly reply: Reply
}

export interface Reply {
  /** The action that was recorded last, before it was executed. */
  begun?: Pick<AuditedAction, 'action' | 'target'>
  etag?: string
  /** A new secret for the session cookie; null removes the cookie. */
  session?: { readonly secret: string; readonly remember: boolean } | null
  headers: Record<string, string>
}

/** The state of the server that handlers use. */
export interface Api {
  readonly web: Web
  readonly streams: Streams
  readonly hasPages: boolean
  /** Changes whenever the pages change. */
  readonly build: string
  readonly basePath: string
  /** Limits all requests with which a password could be guessed. */
  readonly loginLimiter: Limiter
  readonly heldLines: HeldLines
}

/** The caller as recorded in the audit log. */
export function actorOf({ caller, origin }: Pick<Call<unknown, unknown>, 'caller' | 'origin'>): Actor {
  return { who: caller?.account.name ?? '', via: caller?.by ?? 'none', address: origin.address }
}
