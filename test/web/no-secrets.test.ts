import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { totpCode } from '../../src/accounts/totp.ts'
import { ROUTES } from '../../src/api/routes/all-routes.ts'
import type { Route } from '../../src/api/routes/route.ts'
import { until } from '../support/patience.ts'
import { firstAdmin, openWebClient, openWebPlace, type WebClient, type WebPlace } from '../support/web-place.ts'

const WEB_PASSWORD = 'canary-web horse'
const PLANTED = ['canary-s3-4711', 'canary-db-4711', 'canary-env-4711', 'canary-mail-4711', 'canary-token-of-a-host', WEB_PASSWORD]

function config(folder: string, port: number): string {
  return `version: 1
defaults: { compress: none }
storages:
  local: { type: localfs, root: ${folder}/root }
  far: { type: s3, bucket: b, region: r, endpoint: "http://127.0.0.1:${(store.address() as AddressInfo).port}", access-key: AKIA0815, secret-key: canary-s3-4711 }
notifiers:
  mail: { type: smtp, host: 127.0.0.1, port: 1, security: none, user: u, password: canary-mail-4711, from: a@example.org, to: b@example.org, timeout: 5s }
logs: { folder: ${folder}/logs }
web: { port: ${port} }
tasks:
  nightly:
    schedule: "30 2 * * *"
    steps: [{ backup: { to: local, keep: { last: 3 }, objects: { a.txt: { exec: [cat, ${folder}/data/a.txt] } } } }]
  db:
    steps: [{ backup: { to: [local, far], keep: { last: 3 }, objects: { db: { postgresql: { databases: [app], host: 127.0.0.1, port: 1, user: u, password: canary-db-4711 } } } } }]
  secret:
    steps: [{ exec: { argv: [cat, ${folder}/missing], environment: { DB_PASSWORD: canary-env-4711 } } }]
`
}

/** Refuses every request, and repeats what was sent. */
const store = createServer((request, response) => {
  const message = `${request.method} ${request.url} ${JSON.stringify(request.headers)}`.replaceAll(/[<>&]/gu, '')
  response.writeHead(403, { 'content-type': 'application/xml' }).end(`<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`)
})

let place: WebPlace
let admin: WebClient
const secrets = [...PLANTED]
const ids: Record<string, string> = {}
let set = ''
let totp = ''

async function asked(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) {
  const answer = await admin.ask(method, `/api/v1/${path}`, body, headers)
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
  return answer.json
}

/** Everything that a secret is used for, or sent to, once. */
before(async () => {
  await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve))
  place = await openWebPlace({ render: config })
  admin = await firstAdmin(place.url, await place.start())
  await asked('POST', 'users', { name: 'max', role: 'viewer', password: WEB_PASSWORD })
  secrets.push((await asked('POST', 'user/reset?name=max', { totp: false })).link.split('#')[1])
  const { id, token } = await asked('POST', 'tokens', { name: 'a program', scope: 'viewer' })
  ids['token'] = id
  secrets.push(token)
  await asked('POST', 'hosts', { url: 'http://127.0.0.1:1', token: 'canary-token-of-a-host' })
  for (const task of ['nightly', 'db', 'secret']) {
    const { run } = await asked('POST', 'runs', { task })
    await until(async () => (await asked('GET', `runs/${run}`)).state !== 'running')
    ids['run'] = run
  }
  await asked('POST', 'storage/check?name=far')
  await admin.ask('POST', '/api/v1/notifier/test?name=mail')
  await asked('POST', 'doctor')
  await until(async () => (await asked('GET', 'doctor?host=local')).state !== 'running')
  const { headers, json } = await admin.ask('GET', '/api/v1/config')
  await asked('PUT', 'config', { text: `${json.text}# changed\n` }, { 'if-match': headers.get('etag') ?? '' })
  ids['version'] = (await asked('GET', 'config/versions')).rows[0].id
  set = (await asked('GET', 'sets?task=nightly')).rows[0].name
  ids['job'] = (await asked('GET', 'jobs')).rows[0].id
  ids['host'] = 'local'
  // A wrong password is not recorded either.
  await openWebClient(place.url).ask('POST', '/api/v1/session', { name: 'max', password: `${WEB_PASSWORD} ` })
  totp = (await asked('POST', 'session/totp')).secret
  secrets.push(totp)
  const confirmed = await asked('PUT', 'session/totp', { code: totpCode(totp, Math.floor(Date.now() / 30_000)), password: 'correct horse' })
  secrets.push(...confirmed.codes, /=(?<cookie>[\w-]+)/u.exec(admin.headers['cookie'] ?? '')?.groups?.['cookie'] ?? 'none')
})
after(async () => {
  store.close()
  await place.close()
})

function assertNone(text: string, where: string): void {
  assert.deepEqual(
    secrets.filter((it) => text.includes(it)),
    [],
    where,
  )
}

for (const [name, route] of Object.entries<Route>(ROUTES)) {
  if (route.method !== 'get' || route.answer === 'stream') continue
  test(`${name}: the answer contains no secret`, async () => {
    const path = route.path.replaceAll(/\{(\w+)\}/gu, (_, key: string) => ids[key] ?? assert.fail(`no id of a ${key}`))
    const log = { folder: '', name: '' }
    if (name === 'readLogFile') Object.assign(log, (await asked('GET', 'log-files')).rows[0])
    const query = new URLSearchParams({ task: 'nightly', set, q: 'a', ...log, ...(name === 'readUser' && { name: 'max' }) })
    if (['listRuns', 'listAudit', 'listVerifications'].includes(name)) query.delete('task')
    if (log.folder === '') query.delete('folder')
    const { status, text } = await admin.ask('GET', `/api/v1${path}?${query}`)
    assert.equal(status, 200, `${path}?${query}: ${text}`)
    assertNone(text, path)
  })
}

test('the answers of the API of KristaBackup, and the metrics, contain no secret', async () => {
  for (const path of ['/api/si', '/api/cf', '/metrics', '/']) assertNone((await admin.ask('GET', path)).text, path)
})

test('logs, the journal, jobs and the records of changes contain no secret', () => {
  // Only these files have to contain some, and are readable by their user only: sessions, tokens and links are in them as digests.
  const kept = /\/(?:accounts\.db.*|peer-tokens\.json|config-history\/.*|\.?secret[^/]*)$/u
  const files = globSync(['state/**', 'logs/**'], { cwd: place.folder, withFileTypes: true })
    .filter((it) => it.isFile())
    .map((it) => join(it.parentPath, it.name))
  assert.ok(files.length > 4, files.join('\n'))
  for (const file of files) if (!kept.test(file)) assertNone(readFileSync(file, 'latin1'), file)
  // The key of a second factor cannot be a digest: codes are computed with it.
  for (const file of globSync('state/accounts.db*', { cwd: place.folder }))
    for (const secret of secrets) if (secret !== totp) assert.ok(!readFileSync(join(place.folder, file), 'latin1').includes(secret), secret)
})
