import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ROUTES } from '../../src/api/routes/all-routes.ts'
import type { Route } from '../../src/api/routes/route.ts'
import { firstAdmin, openWebClient, openWebPlace, PASSWORD, userOf, type WebAnswer, type WebClient, type WebPlace } from '../support/web-place.ts'

const ROLES = ['nobody', 'viewer', 'operator', 'admin'] as const
type Who = (typeof ROLES)[number]

let place: WebPlace
let clients: Readonly<Record<Who, WebClient>>
const tokens: Record<string, string> = {}

before(async () => {
  place = await openWebPlace()
  const admin = await firstAdmin(place.url, await place.start())
  clients = {
    nobody: openWebClient(place.url),
    viewer: await userOf(admin, place.url, 'viewer'),
    operator: await userOf(admin, place.url, 'operator'),
    admin,
  }
  for (const scope of ['metrics', 'peer', 'viewer', 'operator', 'admin'])
    tokens[scope] = (await admin.request('POST', '/api/v1/tokens', { name: scope, scope })).json.token
})
after(() => place.close())

// None of these exist: a caller with permission gets "not found" or "invalid", and nothing is changed.
const MISSING = {
  run: '20000101T000000Z-00000000',
  host: 'no-such-host',
  job: 'no-such-job-0000',
  token: 'no-such',
  session: 'no-such',
  version: 'no-such',
}

function ask(client: WebClient, { method, path, answer }: Route, headers: Readonly<Record<string, string>> = {}): Promise<WebAnswer> {
  const filled = path.replaceAll(/\{(\w+)\}/gu, (_, name: keyof typeof MISSING) => MISSING[name])
  const names = 'name=no-such&task=no-such&set=no-such&q=x&folder=x'
  if (answer === 'stream') return beginning(`/api/v1${filled}`, { ...client.headers, ...headers })
  return client.request(method.toUpperCase(), `/api/v1${filled}?${names}`, method === 'get' ? undefined : {}, headers)
}

/** The status of a stream, which does not end if access is granted. */
async function beginning(path: string, headers: Readonly<Record<string, string>>): Promise<WebAnswer> {
  const response = await fetch(`${place.url}${path}`, { headers })
  const isStream = response.headers.get('content-type') === 'text/event-stream'
  if (isStream) await response.body?.cancel()
  const text = isStream ? '' : await response.text()
  return { status: response.status, headers: response.headers, text, json: isStream ? undefined : JSON.parse(text) }
}

// They end sessions that other tests use, and therefore get users of their own.
const LEAVING: ReadonlySet<string> = new Set(['logOut', 'endSessions'])

async function leaver(route: string, who: Who): Promise<WebClient> {
  const client = openWebClient(place.url)
  if (who === 'nobody') return client
  const name = `${route} ${who}`
  await clients.admin.request('POST', '/api/v1/users', { name, role: who, password: PASSWORD })
  assert.equal((await client.request('POST', '/api/v1/session', { name, password: PASSWORD })).status, 200)
  return client
}

function isRefused({ status, json }: WebAnswer): boolean {
  return (status === 401 && json?.code === 'api/login-required') || (status === 403 && json?.code === 'api/forbidden')
}

for (const [name, route] of Object.entries<Route>(ROUTES)) {
  test(`${name}: requires the role ${route.role}`, async () => {
    for (const [rank, who] of ROLES.entries()) {
      const client = LEAVING.has(name) ? await leaver(name, who) : clients[who]
      const answer = await ask(client, route)
      const isAllowed = route.role === 'anyone' || rank >= ROLES.indexOf(route.role)
      assert.equal(isRefused(answer), !isAllowed, `${who}: ${answer.status} ${answer.text.slice(0, 200)}`)
      assert.notEqual(answer.status, 500, answer.text)
      if (!LEAVING.has(name) || who === 'nobody') continue
      assert.equal(answer.status, 204, answer.text)
      assert.equal((await client.request('GET', '/api/v1/session')).json.user, null, `${who} is logged out`)
    }
  })

  test(`${name}: a token has the permissions of its scope, and none that require a session`, { skip: route.role === 'anyone' }, async () => {
    for (const [scope, token] of Object.entries(tokens)) {
      const answer = await ask(openWebClient(place.url), route, { authorization: `Bearer ${token}` })
      const rank = ROLES.indexOf(scope as Who)
      const isAllowed = route.by !== 'session' && rank > 0 && rank >= ROLES.indexOf(route.role as Who)
      assert.equal(isRefused(answer), !isAllowed, `${scope}: ${answer.status} ${answer.text.slice(0, 200)}`)
    }
  })

  test(`${name}: a change requires the CSRF token`, { skip: route.method === 'get' || route.role === 'anyone' }, async () => {
    const { 'x-csrf-token': _, ...headers } = clients.admin.headers
    const client = openWebClient(place.url)
    Object.assign(client.headers, headers)
    assert.equal((await ask(client, route)).json.code, 'api/csrf')
    assert.equal((await ask(client, route, { 'x-csrf-token': 'AAAA' })).json.code, 'api/csrf')
    assert.equal((await ask(clients.admin, route, { 'sec-fetch-site': 'cross-site' })).json.code, 'api/csrf')
  })
}

test('what is open on this host requires a role or a token of its scope elsewhere', async () => {
  const elsewhere = { 'x-forwarded-for': '192.0.2.1' }
  for (const [path, scope] of [
    ['/metrics', 'metrics'],
    ['/api/si', 'peer'],
    ['/api/cf', 'peer'],
    ['/api/rl/2026/no-such', 'peer'],
  ] as const) {
    assert.equal((await clients.nobody.request('GET', path)).status, 200, path)
    for (const who of ROLES)
      assert.equal((await clients[who].request('GET', path, undefined, elsewhere)).status, who === 'nobody' ? 401 : 200, `${who} ${path}`)
    for (const [kind, token] of Object.entries(tokens)) {
      const { status } = await clients.nobody.request('GET', path, undefined, { ...elsewhere, authorization: `Bearer ${token}` })
      assert.equal(status, kind === scope || ROLES.includes(kind as Who) ? 200 : 403, `${kind} ${path}`)
    }
  }
  const page = await clients.nobody.request('GET', '/api/v1/', undefined, elsewhere)
  assert.equal(page.status, 200)
  assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'; style-src 'sha256-/u)
  assert.match(page.text, /Holdfast API/u)
})

test('unknown paths and methods return problems, not pages', async () => {
  for (const [method, path, status] of [
    ['GET', '/api/v1/nothing', 404],
    ['GET', '/api/nothing', 404],
    ['GET', '/assets/nothing.js', 404],
    ['PUT', '/api/v1/hosts', 405],
    ['POST', '/api/si', 404],
  ] as const) {
    const answer = await clients.admin.request(method, path, method === 'GET' ? undefined : {})
    assert.equal(answer.status, status, `${method} ${path}`)
    assert.equal(answer.headers.get('content-type'), 'application/problem+json')
  }
})
