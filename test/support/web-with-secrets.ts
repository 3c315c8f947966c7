import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { totpCode } from '../../src/accounts/totp.ts'
import { until } from './time-limits.ts'
import { firstAdmin, openWebClient, openWebPlace, type WebClient, type WebPlace } from './web-place.ts'

const WEB_PASSWORD = 'canary-web horse'
const PLANTED = ['canary-s3-4711', 'canary-db-4711', 'canary-env-4711', 'canary-mail-4711', 'canary-token-of-a-host', WEB_PASSWORD]

/** A server whose configuration contains secrets, each of which was used once: sent to a storage, a database, a program, a mail server and a host. */
export interface WebWithSecrets {
  readonly place: WebPlace
  /** An administrator with a second factor. */
  readonly admin: WebClient
  readonly secrets: readonly string[]
  /** The key of the second factor, one of the secrets. */
  readonly totp: string
  /** One of each: `run`, `job`, `host`, `token`, `version`. `other` is a host that cannot be reached, `failed` a run that failed. */
  readonly ids: Readonly<Record<string, string>>
  /** A set of the task "nightly". */
  readonly set: string
  /** An answer of the API, which has to be a success. */
  readonly asked: Asked
  /** A user of that role, logged in. */
  enter(role: 'viewer' | 'operator' | 'admin'): Promise<WebClient>
  close(): Promise<void>
}

// biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
type Asked = (method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<any>

/** The run of the task "drip" ends when there is a file "end" in the folder. */
function configFor(store: Server): (folder: string, port: number) => string {
  return (folder, port) => `version: 1
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
  drip:
    steps:
      - backup:
          to: local
          keep: { last: 3 }
          objects: { lines: { pipeline: [ { shell: "while [ ! -e ${folder}/end ] && [ -e ${folder}/data ]; do echo line; sleep 0.2; done" }, [cat] ] } }
`
}

/** Refuses every request, and repeats what was sent. */
async function startRefusing(): Promise<Server> {
  const server = createServer((request, response) => {
    const message = `${request.method} ${request.url} ${JSON.stringify(request.headers)}`.replaceAll(/[<>&]/gu, '')
    response.writeHead(403, { 'content-type': 'application/xml' }).end(`<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

export async function openWebWithSecrets(): Promise<WebWithSecrets> {
  const store = await startRefusing()
  const place = await openWebPlace({ render: configFor(store) })
  const admin = await firstAdmin(place.url, await place.start())
  const asked: Asked = async (method, path, body, headers) => {
    const answer = await admin.request(method, `/api/v1/${path}`, body, headers)
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
    return answer.json
  }
  const secrets = [...PLANTED]
  const ids: Record<string, string> = { host: 'local' }
  await asked('POST', 'users', { name: 'max', role: 'viewer', password: WEB_PASSWORD })
  secrets.push((await asked('POST', 'user/reset?name=max', { totp: false })).link.split('#')[1])
  const { id, token } = await asked('POST', 'tokens', { name: 'a program', scope: 'viewer' })
  ids['token'] = id
  secrets.push(token)
  ids['other'] = (await asked('POST', 'hosts', { url: 'http://127.0.0.1:1', token: 'canary-token-of-a-host' })).id
  for (const task of ['nightly', 'db', 'secret']) {
    const { run } = await asked('POST', 'runs', { task })
    await until(async () => (await asked('GET', `runs/${run}`)).state !== 'running')
    ids[task === 'db' ? 'failed' : 'run'] = run
  }
  await asked('POST', 'storage/check?name=far')
  await admin.request('POST', '/api/v1/notifier/test?name=mail')
  await asked('POST', 'doctor')
  await until(async () => (await asked('GET', 'doctor?host=local')).state !== 'running')
  const { headers, json } = await admin.request('GET', '/api/v1/config')
  await asked('PUT', 'config', { text: `${json.text}# changed\n` }, { 'if-match': headers.get('etag') ?? '' })
  ids['version'] = (await asked('GET', 'config/versions')).rows[0].id
  const set = (await asked('GET', 'sets?task=nightly')).rows[0].name
  ids['job'] = (await asked('GET', 'jobs')).rows[0].id
  // A wrong password is not recorded either.
  await openWebClient(place.url).request('POST', '/api/v1/session', { name: 'max', password: `${WEB_PASSWORD} ` })
  const totp = (await asked('POST', 'session/totp')).secret
  secrets.push(totp)
  const confirmed = await asked('PUT', 'session/totp', { code: totpCode(totp, Math.floor(Date.now() / 30_000)), password: 'correct horse' })
  secrets.push(...confirmed.codes, cookieOf(admin))
  return {
    ...{ place, admin, secrets, totp, ids, set, asked },
    async enter(role) {
      const name = `some ${role}`
      await asked('POST', 'users', { name, role, password: WEB_PASSWORD })
      const client = openWebClient(place.url)
      const { status, text } = await client.request('POST', '/api/v1/session', { name, password: WEB_PASSWORD })
      assert.equal(status, 200, text)
      secrets.push(cookieOf(client))
      return client
    },
    async close() {
      store.close()
      await place.close()
    },
  }
}

/** The secret of its session. */
export function cookieOf({ headers }: WebClient): string {
  return /=(?<cookie>[\w-]+)/u.exec(headers['cookie'] ?? '')?.groups?.['cookie'] ?? assert.fail('no cookie')
}
