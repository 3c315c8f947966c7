import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import type { AncestorApi } from '../../app/web/ancestor/open-ancestor-api.ts'
import { readMetrics } from '../../app/web/metrics/read-metrics.ts'
import { renderOpenMetrics } from '../../app/web/metrics/render-metrics.ts'
import type { Pages } from '../../app/web/pages.ts'
import { AppError } from '../../lib/errors.ts'
import { readNetworks } from '../../lib/networks.ts'
import { authenticate, cookieOf } from '../access/authenticate.ts'
import { type OriginSettings, originOf, originRules } from '../access/origin.ts'
import type { Api, Env } from '../context.ts'
import { ApiError, problemOf } from '../problems.ts'
import { OPENAPI_PAGE_POLICY, renderOpenapiPage } from '../routes/openapi-page.ts'
import { apiRouter } from './router.ts'
import { servePages } from './serve-pages.ts'

export interface AppParts {
  readonly api: Api
  readonly ancestor: AncestorApi
  readonly pages: Pages | undefined
  readonly onUntrustedProxy: OriginSettings['onUntrustedProxy']
}

/** The server's request listener for Node.js. Paths with and without the prefix of the proxy are equivalent. */
export function openApp(parts: AppParts): RequestListener {
  const { api, pages } = parts
  const app = new Hono<Env>()
  const rules = originRules({ ...api.web.spec, onUntrustedProxy: parts.onUntrustedProxy })
  app.use('*', async (context, next) => {
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value)
    context.set('origin', originOf(context.env.incoming, rules))
    if (context.get('origin').isSecure) context.header('strict-transport-security', 'max-age=31536000')
    await next()
  })
  app.get('/healthz', (context) => context.text('ok\n', 200, { 'cache-control': 'no-store' }))
  app.get('/api/v1/', (context) =>
    context.html(renderOpenapiPage(api.basePath), 200, { 'content-security-policy': OPENAPI_PAGE_POLICY, 'cache-control': 'no-cache' }),
  )
  app.route('/api/v1', apiRouter(api))
  mountAncestor(app, parts)
  app.get('/metrics', async (context) => {
    refuseUnlessMayRead(context, api, 'metrics')
    const { data, plans, sets, host } = api.web
    return context.body(renderOpenMetrics(await readMetrics({ data, plans, sets }, host.clock())), 200, {
      'content-type': 'application/openmetrics-text; version=1.0.0; charset=utf-8',
      'cache-control': 'no-store',
    })
  })
  app.all('/api/*', () => {
    throw new ApiError('not-found', 'unknown path')
  })
  if (pages) servePages(app, pages, api.basePath)
  app.notFound(() => {
    throw new ApiError('not-found', 'unknown path')
  })
  app.onError((error, context) => {
    const problem = problemOf(error)
    if (problem.status >= 500)
      api.web.host.note(`request ${problem.request}: ${error instanceof AppError ? error.message : (error.stack ?? error.message)}`)
    const retry = problem.retryAfter === undefined ? {} : { 'retry-after': String(problem.retryAfter) }
    // The unread part of a body must not be parsed as the next request.
    const close = problem.status === 413 || problem.status === 415 ? { connection: 'close' } : {}
    return context.body(JSON.stringify(problem), problem.status as 400, {
      ...HEADERS,
      ...retry,
      ...close,
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
    })
  })
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  return (incoming, outgoing) => {
    const prefix = api.basePath
    const url = incoming.url ?? '/'
    if (prefix !== '' && (url === prefix || url.startsWith(`${prefix}?`))) {
      outgoing.writeHead(308, { location: `${prefix}/` }).end()
      return
    }
    if (prefix !== '' && url.startsWith(`${prefix}/`)) incoming.url = url.slice(prefix.length)
    void listener(incoming, outgoing)
  }
}

const HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

/**
 * The API of KristaBackup: without authentication from this host, as in KristaBackup; otherwise it requires a token, or an address listed in the
 * configuration.
 */
function mountAncestor(app: Hono<Env>, { api, ancestor }: AppParts): void {
  const json = (context: Context<Env>, text: string) => context.body(text, 200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  const guarded = (render: (context: Context<Env>) => Promise<string>) => async (context: Context<Env>) => {
    refuseUnlessMayRead(context, api, 'peer')
    return json(context, await render(context))
  }
  app.get(
    '/api/si',
    guarded(() => ancestor.info()),
  )
  app.get(
    '/api/cf',
    guarded(() => ancestor.config()),
  )
  app.get(
    '/api/rl/:folder/:name',
    guarded((context) => ancestor.log(context.req.param('folder') ?? '', context.req.param('name') ?? '')),
  )
}

function refuseUnlessMayRead(context: Context<Env>, { web }: Api, scope: 'metrics' | 'peer'): void {
  const { address, isLocal } = context.get('origin')
  const { incoming } = context.env
  if (isLocal || readNetworks(web.spec.allow).contain(address)) return
  const caller = authenticate(web.accounts, { authorization: incoming.headers.authorization, cookie: cookieOf(incoming.headers.cookie) })
  if (caller === undefined)
    throw new ApiError('login-required', 'a token is required from this address', { hint: 'Send a token, or add the address to "allow" of "web".' })
  if (caller.role === undefined && !(caller.by === 'token' && caller.scope === scope))
    throw new ApiError('forbidden', `the token does not have the scope "${scope}"`, { hint: `Use a token with the scope "${scope}".` })
}
