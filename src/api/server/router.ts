import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { mayAs } from '../../accounts/account.ts'
import { authenticate, cookieOf, sessionCookie } from '../access/authenticate.ts'
import { isCsrf } from '../access/csrf.ts'
import { recordFailure, recordRead, recordRefused } from '../access/record.ts'
import type { Api, Call, Env, Origin, Reply } from '../context.ts'
import type { Handler } from '../handlers/handler.ts'
import { HANDLERS } from '../handlers/handlers.ts'
import { LOCAL } from '../handlers/views.ts'
import { ApiError } from '../problems.ts'
import { ROUTES } from '../routes/all-routes.ts'
import type { Route } from '../routes/route.ts'
import { openEventStream } from '../stream/open-stream.ts'
import { readBody } from './read-body.ts'

/** The operations of the table below `/api/v1`, each with the checks that the table requires. */
export function apiRouter(api: Api): Hono<Env> {
  const router = new Hono<Env>()
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    const path = route.path.replaceAll(/\{(\w+)\}/gu, ':$1')
    router.on(route.method.toUpperCase(), path, async (context) => answer(context, { name, route, api }))
  }
  const paths = new Set(Object.values<Route>(ROUTES).map(({ path }) => path.replaceAll(/\{(\w+)\}/gu, ':$1')))
  for (const path of paths)
    router.all(path, () => {
      throw new ApiError('method', 'this method is not supported here')
    })
  router.all('/*', () => {
    throw new ApiError('not-found', 'unknown path', { hint: 'See /api/v1/openapi.json.' })
  })
  return router
}

interface Operation {
  readonly name: string
  readonly route: Route
  readonly api: Api
}

async function answer(context: Context<Env>, { name, route, api }: Operation): Promise<Response> {
  const { incoming } = context.env
  const cookie = cookieOf(incoming.headers.cookie)
  const origin = context.get('origin')
  const caller = authenticate(api.web.accounts, { authorization: incoming.headers.authorization, cookie })
  const reply: Reply = { headers: {} }
  const headers = { get: (header: string) => context.req.header(header) }
  const base = { api, params: context.req.param() as Readonly<Record<string, string>>, caller, origin, cookie, headers, reply }
  await refuseUnless({ ...base, query: context.req.query(), body: undefined }, { route, incoming })
  const query = parsed(route.query, context.req.query(), 'query')
  if (route.answer === 'stream') return openEventStream({ ...base, query, body: undefined }, context)
  const host = (query as { readonly host?: string } | undefined)?.host
  // Also of another host, which only knows the token that is used for it.
  if (route.answer === 'text' && route.action !== undefined)
    await recordRead({ ...base, query, body: undefined }, { action: route.action, target: base.params['run'] ?? '', after: { host } })
  if (host !== undefined && host !== LOCAL) {
    const path = pathOf(route, base.params)
    return forwarded(context, { api, host, path, search: incoming.url ?? '', isText: route.answer === 'text' })
  }
  const body = route.body ? parsed(route.body, await readBody(incoming, { isLarge: name.includes('Config') }), 'body') : undefined
  const handler = HANDLERS[name as keyof typeof HANDLERS] as unknown as Handler<Route>
  const call = { ...base, query, body }
  try {
    const value: unknown = await handler(call as Call<never, never>)
    return await rendered(context, { value, route, reply, origin, api })
  } catch (error) {
    await recordFailure(call, route, error)
    throw error
  }
}

interface Guarded {
  readonly route: Route
  readonly incoming: HttpBindings['incoming']
}

/** Checks all requirements before the handler is called. Throws an `ApiError`; what a known caller was refused is recorded. */
async function refuseUnless(call: Call<unknown, unknown>, { route, incoming }: Guarded): Promise<void> {
  const refusal = refusalOf(call, { route, incoming })
  if (refusal === undefined) return
  if (call.caller !== undefined) await recordRefused(call, route, refusal)
  throw refusal
}

function refusalOf({ caller, cookie }: Call<unknown, unknown>, { route: { role, by, method }, incoming }: Guarded): ApiError | undefined {
  if (method !== 'get' && incoming.headers['sec-fetch-site'] === 'cross-site')
    return new ApiError('csrf', 'the request comes from a page of another site')
  const isCsrfSent = () => isCsrf(incoming.headers['x-csrf-token'] as string | undefined, cookie)
  // A login requires no cookie, but ending a session does.
  if (role === 'anyone') return method === 'delete' && caller?.by === 'session' && !isCsrfSent() ? wrongCsrf() : undefined
  if (caller === undefined) return new ApiError('login-required', 'a login is required', { hint: 'Log in, or send a token that is valid.' })
  if (caller.by === 'session' && method !== 'get' && !isCsrfSent()) return wrongCsrf()
  if (caller.role !== undefined && mayAs(caller.role, role) && (by !== 'session' || caller.by === 'session')) return undefined
  return new ApiError('forbidden', by === 'session' && caller.by === 'token' ? 'tokens cannot be used for this' : `this needs the role "${role}"`)
}

function wrongCsrf(): ApiError {
  return new ApiError('csrf', 'missing or outdated X-CSRF-Token', { hint: 'Read /api/v1/session again, and send its "csrf".' })
}

function parsed(schema: Route['body'], value: unknown, where: string): unknown {
  if (schema === undefined) return undefined
  const result = schema.safeParse(value ?? (where === 'body' ? {} : value))
  if (result.success) return result.data
  const issues = result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  throw new ApiError('invalid', `the ${where} is invalid`, { issues, hint: 'See /api/v1/openapi.json.' })
}

/** The path of an operation with its parameters, none of which can lead to a different operation of the other instance. */
function pathOf({ path }: Route, params: Readonly<Record<string, string>>): string {
  return `/api/v1${path.replaceAll(/\{(?<name>\w+)\}/gu, (_, name: string) => {
    const value = params[name] ?? ''
    if (/^\.{1,2}$|[\\/]/u.test(value)) throw new ApiError('not-found', 'not found')
    return encodeURIComponent(value)
  })}`
}

interface Forwarding {
  readonly api: Api
  readonly host: string
  readonly path: string
  readonly search: string
  readonly isText: boolean
}

/** Forwards the request to another instance, which responds with its own data. */
async function forwarded(context: Context<Env>, { api: { web }, host, path, search, isText }: Forwarding): Promise<Response> {
  const { facts } = web.peers.read(host)
  if (facts?.kind !== 'holdfast')
    throw new ApiError('peer', 'no details are available from this host', { hint: 'They require an instance of Holdfast on it, and its token.' })
  const query = new URLSearchParams(search.split('?')[1] ?? '')
  query.delete('host')
  const target = `${path}?${query.toString()}`
  if (!isText) return context.json((await web.peers.request(host, target)) as object)
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-disposition': 'attachment', 'cache-control': 'no-store' }
  return context.body(await web.peers.requestText(host, target), 200, headers)
}

interface Rendering {
  readonly value: unknown
  readonly route: Route
  readonly reply: Reply
  readonly origin: Origin
  readonly api: Api
}

async function rendered(
  context: Context<Env>,
  { value, route: { status = 200, method, answer: kind }, reply, origin, api }: Rendering,
): Promise<Response> {
  for (const [name, text] of Object.entries(reply.headers)) context.header(name, text)
  if (reply.session !== undefined) context.header('set-cookie', sessionCookie(reply.session, { isSecure: origin.isSecure, basePath: api.basePath }))
  context.header('cache-control', 'no-store')
  if (status === 204) return context.body(null, 204)
  if (kind === 'text') {
    const body = value instanceof ReadableStream ? value : String(value)
    return context.body(body, 200, { 'content-type': 'text/plain; charset=utf-8' })
  }
  if (kind === 'file') return context.body(value as Uint8Array<ArrayBuffer>, 200, { 'content-type': 'application/x-tar' })
  const text = JSON.stringify(value)
  if (method === 'get') {
    const etag = reply.etag ?? etagOf(text)
    context.header('etag', etag)
    context.header('cache-control', 'no-cache, private')
    if (context.req.header('if-none-match') === etag) return context.body(null, 304)
  } else if (reply.etag !== undefined) context.header('etag', reply.etag)
  context.header('content-type', 'application/json')
  if (text.length < COMPRESSED_LENGTH || !/\bgzip\b/u.test(context.req.header('accept-encoding') ?? '')) return context.body(text, status)
  context.header('content-encoding', 'gzip')
  context.header('vary', 'accept-encoding')
  return context.body(new Uint8Array(await compress(text, { level: 4 })), status)
}

// Shorter responses are sent as they are, such as those with the CSRF token, which must not be compressed together with what others choose.
const COMPRESSED_LENGTH = 8192
const compress = promisify<string, { readonly level: number }, Buffer>(gzip)

/** Computed without the time of the response: unchanged data is not sent again. */
function etagOf(text: string): string {
  return `W/"${createHash('sha256')
    .update(text.replace(/"asOf":"[^"]*"/u, ''))
    .digest('base64url')
    .slice(0, 22)}"`
}
