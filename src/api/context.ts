import type { HttpBindings } from '@hono/node-server'
import type { Account, AccountRole } from '../accounts/account.ts'
import type { Actor } from '../accounts/audit.ts'
import type { TokenScope } from '../accounts/tokens.ts'
import type { Web } from '../app/web/open-web.ts'
import type { Limiter } from './access/limiter.ts'
import type { Streams } from './stream/streams.ts'

/** What Hono hands to each handler. */
export type Env = { Bindings: HttpBindings; Variables: { origin: Origin } }

/** Who asks. */
export type Caller =
  | { readonly by: 'session'; readonly session: string; readonly account: Account; readonly role: AccountRole }
  /** `role`: what the token may, and its owner may too; absent: it is for something else. */
  | { readonly by: 'token'; readonly account: Account; readonly role: AccountRole | undefined; readonly scope: TokenScope }

/** What the server knows of a request besides its words. */
export interface Origin {
  /** Of the client, as far as the proxies between are trusted. */
  readonly address: string
  /** `https` here or at a trusted proxy. */
  readonly isSecure: boolean
  /** Whether the client is on this host, without a proxy. */
  readonly isLocal: boolean
  readonly device: string
}

/** Everything that a handler works with. */
export interface Call<Query, Body> {
  readonly api: Api
  readonly params: Readonly<Record<string, string>>
  readonly query: Query
  readonly body: Body
  /** Never absent where the route needs a role. */
  readonly caller: Caller | undefined
  readonly origin: Origin
  /** The secret of the session cookie, for the CSRF token. */
  readonly cookie: string | undefined
  readonly headers: { get(name: string): string | undefined }
  /** What is answered besides the value. */
  readonly reply: Reply
}

export interface Reply {
  etag?: string
  /** A new secret for the session cookie; null takes it away. */
  session?: { readonly secret: string; readonly remember: boolean } | null
  headers: Record<string, string>
}

/** The server as its handlers see it. */
export interface Api {
  readonly web: Web
  readonly streams: Streams
  readonly hasPages: boolean
  /** Changes when the pages do. */
  readonly build: string
  readonly basePath: string
  /** Of everything that a password could be guessed by. */
  readonly loginLimiter: Limiter
}

/** The caller as the audit log names them. */
export function actorOf({ caller, origin }: Pick<Call<unknown, unknown>, 'caller' | 'origin'>): Actor {
  return { who: caller?.account.name ?? '', via: caller?.by ?? 'none', address: origin.address }
}
