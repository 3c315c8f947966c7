import assert from 'node:assert/strict'
import { request } from 'node:https'
import { connect as connectPlain, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { connect } from 'node:tls'
import { type Authority, openAuthority } from '../support/authority.ts'
import { openProxy, PROXIES, type ProxyName, type RunningProxy } from '../support/proxies.ts'
import { requires } from '../support/requires.ts'
import { someOf } from '../support/some-of.ts'
import { scaledMs, until } from '../support/time-limits.ts'
import { firstAdmin, nativeConfig, openWebPlace, PASSWORD, type WebClient, type WebPlace } from '../support/web-place.ts'

const API = '/holdfast/api/v1'
// Another address than that of the proxies, which are trusted.
const CLIENT = '127.0.0.2'
const CLEANUPS: (() => void)[] = []

let place: WebPlace
let admin: WebClient
let authority: Authority

before(async () => {
  authority = openAuthority({ after: (work) => CLEANUPS.push(work) })
  const settings = 'base-path: /holdfast, trusted-proxies: [127.0.0.1]'
  place = await openWebPlace({ render: (folder, port) => nativeConfig(folder, port).replace('web: {', `web: { ${settings},`) })
  admin = await firstAdmin(place.url, await place.start())
})
after(async () => {
  await place.close()
  for (const work of CLEANUPS) work()
})

interface Heard {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly text: string
}

interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string
  /** Called with what has arrived; true: it is enough. */
  readonly isEnough?: (text: string) => boolean
}

function ask(port: number, path: string, { method = 'GET', headers = {}, body, isEnough }: Sent = {}): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    const options = { host: '127.0.0.1', port, path, method, localAddress: CLIENT, ca: authority.cert, rejectUnauthorized: false, agent: false }
    const asked = request({ ...options, headers: { ...type, ...(headers as Record<string, string>) } }, (response) => {
      let text = ''
      const end = () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        if (!isEnough?.(text)) return
        end()
        asked.destroy()
      })
      response.on('end', end).on('error', end)
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

/** Sends bytes that no client library would send. Resolves when the proxy has closed the connection, or with what came until nothing more comes. */
function raw(port: number, bytes: string): Promise<string> {
  const plain = connectPlain({ host: '127.0.0.1', port, localAddress: CLIENT })
  return answerOf(connect({ socket: plain, rejectUnauthorized: false }), bytes)
}

function answerOf(socket: Socket, bytes: string, { quietMs = 700, isEnough = (_: string): boolean => false } = {}): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      answer += chunk
      if (isEnough(answer)) socket.destroy()
    })
    socket.on('close', () => resolve(answer)).on('error', () => resolve(answer))
    socket.setTimeout(quietMs, () => socket.destroy())
    // Before a TLS connection is established, they are kept.
    socket.write(bytes)
  })
}

/** A request that would add this user, as an administrator; the proxy refuses its path. */
function addition(user: string): string {
  const body = JSON.stringify({ name: user, role: 'admin', password: PASSWORD })
  const headers = Object.entries({ ...admin.headers, 'content-type': 'application/json', 'content-length': String(body.length) })
  return `POST ${API}/users HTTP/1.1\r\nHost: localhost\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
}

/** Requests with another one inside, which a proxy and a server could delimit differently. */
function smuggling(hidden: string): Readonly<Record<string, string>> {
  const start = `POST ${API}/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`
  const chunked = `0\r\n\r\n${hidden}`
  const size = hidden.length.toString(16)
  const both = (coding: string) => `${start}Content-Length: ${chunked.length}\r\n${coding}\r\n\r\n${chunked}`
  return {
    'length and coding': both('Transfer-Encoding: chunked'),
    'coding after a blank': both('Transfer-Encoding : chunked'),
    'coding with a tab': both('Transfer-Encoding:\tchunked'),
    'coding with a form feed': both('Transfer-Encoding: \fchunked'),
    'folded coding': both('Transfer-Encoding:\r\n chunked'),
    'unknown coding': both('Transfer-Encoding: xchunked'),
    'two codings': both('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity'),
    'coding behind a bare newline': both('X: y\nTransfer-Encoding: chunked'),
    'coding behind a bare return': both('X: y\rTransfer-Encoding: chunked'),
    'two lengths': `${start}Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    'signed length': `${start}Content-Length: +0\r\n\r\n${hidden}`,
    'chunk longer than its size': `${start}Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx\r\n${chunked}`,
    'chunk extension with a newline': `${start}Transfer-Encoding: chunked\r\n\r\n2;a\n{}\r\n${size}\r\n${hidden}\r\n0\r\n\r\n`,
    'chunk size with a prefix': `${start}Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n${hidden}`,
    'body of a GET': `GET ${API}/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    'body after a rejection': `${start.replace('json', 'xml')}Content-Length: ${hidden.length}\r\n\r\n${hidden}`,
    upgrade: `GET ${API}/session HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n${hidden}`,
  }
}

async function users(): Promise<readonly string[]> {
  return (await admin.request('GET', '/api/v1/users?limit=1000')).json.rows.map(({ name }: { name: string }) => name)
}

async function attemptToSmuggle({ port }: RunningProxy, name: string): Promise<void> {
  for (const how of someOf(Object.keys(smuggling('')))) {
    const user = `${name}: ${how}`
    await raw(port, smuggling(addition(user))[how] ?? '')
    // What was left on a connection to the server is read as the beginning of the next request.
    await ask(port, `${API}/session`)
    assert.ok(!(await users()).includes(user), how)
  }
}

test('the smuggled request is a valid one: the server accepts its bytes on a connection of its own, also behind another request', async () => {
  const port = Number(new URL(place.url).port)
  const first = `GET ${API}/session HTTP/1.1\r\nHost: localhost\r\n\r\n`
  for (const [user, before] of [
    ['control', ''],
    ['control behind another', first],
  ] as const) {
    assert.equal((await users()).includes(user), false)
    const created = /HTTP\/1\.1 201 /u
    const untilCreated = { quietMs: scaledMs(60_000), isEnough: (answer: string) => created.test(answer) }
    assert.match(await answerOf(connectPlain({ host: '127.0.0.1', port }), before + addition(user), untilCreated), created)
    assert.equal((await users()).includes(user), true)
  }
})

for (const name of Object.keys(PROXIES) as ProxyName[])
  describe(`behind ${name}, configured as in the guide`, { skip: requires(PROXIES[name], 'openssl') }, () => {
    let proxy: RunningProxy
    before(async () => {
      proxy = await openProxy(name, { authority, behind: Number(new URL(place.url).port), denied: `${API}/users` })
    })
    after(() => proxy.close())

    test('a login works, its cookie is only sent encrypted, and forged headers change neither address nor scheme', async () => {
      for (const [index, forged] of [
        {},
        { 'x-forwarded-for': '192.0.2.7' },
        { 'x-forwarded-for': ['192.0.2.7', '127.0.0.1'] },
        { 'x-forwarded-proto': 'http', forwarded: 'for=192.0.2.7;proto=http', 'x-real-ip': '192.0.2.7', 'x-forwarded-host': 'evil.example' },
      ].entries()) {
        const body = JSON.stringify({ name: 'ada', password: PASSWORD })
        const { status, headers, text } = await ask(proxy.port, `${API}/session`, { method: 'POST', headers: forged, body })
        assert.equal(status, 200, text)
        assert.match(
          String(headers['set-cookie']),
          /^holdfast-session=[\w-]{43}; Path=\/holdfast; HttpOnly; SameSite=Strict; Secure$/u,
          String(index),
        )
        assert.match(String(headers['strict-transport-security']), /max-age/u)
      }
      const { json } = await admin.request('GET', '/api/v1/audit?action=login&limit=4')
      assert.deepEqual([...new Set(json.rows.map(({ address }: { address: string }) => address))], [CLIENT])
    })

    test('what is open on the host itself is not open through the proxy', async () => {
      for (const path of ['/holdfast/api/cf', '/holdfast/api/si', '/holdfast/api/rl/2026/x', '/holdfast/metrics'])
        for (const forged of [{}, { 'x-forwarded-for': '127.0.0.1' }, { host: 'localhost' }, { host: '127.0.0.1', 'x-real-ip': '127.0.0.1' }])
          assert.equal((await ask(proxy.port, path, { headers: forged })).status, 401, `${path} ${JSON.stringify(forged)}`)
      assert.equal((await ask(proxy.port, '/holdfast/healthz')).text, 'ok\n')
      assert.equal((await ask(proxy.port, `${API}/users`)).status, 403, 'refused by the proxy')
    })

    test('events arrive as they occur', async () => {
      let seen = ''
      const stream = ask(proxy.port, `${API}/events`, {
        headers: admin.headers,
        isEnough(text) {
          seen = text
          return text.includes('"changed"')
        },
      })
      await until(() => seen.includes('"hello"'))
      await admin.request('POST', '/api/v1/users', { name: `seen through ${name}`, password: PASSWORD })
      const { headers } = await stream
      assert.equal(headers['content-type'], 'text/event-stream')
    })

    test('a body that is too large is rejected with a problem', async () => {
      const { status } = await ask(proxy.port, `${API}/session`, { method: 'POST', body: `{"name":"${'x'.repeat(200_000)}"}` })
      assert.equal(status, 413)
    })

    test('no request can be smuggled past the proxy', () => attemptToSmuggle(proxy, name))
  })

describe('behind nginx in other configurations', { skip: requires('nginx', 'openssl') }, () => {
  const open = (snippet: string) => openProxy('nginx', { authority, behind: Number(new URL(place.url).port), denied: `${API}/users`, snippet })

  test('with nothing but proxy_pass, events arrive, and what is open on the host itself is not open', async () => {
    const proxy = await open('location / { proxy_pass http://127.0.0.1:5555; }')
    try {
      for (const path of ['/holdfast/api/cf', '/api/cf', '/metrics'])
        assert.equal((await ask(proxy.port, path, { headers: { host: 'localhost' } })).status, 401, path)
      const { text } = await ask(proxy.port, '/api/v1/events', { headers: admin.headers, isEnough: (it) => it.includes('"hello"') })
      assert.match(text, /"hello"/u)
    } finally {
      await proxy.close()
    }
  })

  test('with connections to the server that are used again, no request can be smuggled', async () => {
    const proxy = await open(
      'location /holdfast/ { proxy_pass http://kept; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_request_buffering off; }\n}\nupstream kept { server 127.0.0.1:5555; keepalive 1;',
    )
    try {
      await attemptToSmuggle(proxy, 'kept')
    } finally {
      await proxy.close()
    }
  })
})
