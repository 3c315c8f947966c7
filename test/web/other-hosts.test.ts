import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { requires } from '../support/requires.ts'
import { firstAdmin, nativeConfig, openWebPlace, type WebClient, type WebPlace } from '../support/web-place.ts'

const golden = (name: string) => readFileSync(new URL(`../golden/krista/web/${name}`, import.meta.url), 'utf8')
const VARIANTS = golden('api-variants.txt').split('\n')

let place: WebPlace
let admin: WebClient
const servers: Server[] = []

before(async () => {
  place = await openWebPlace({
    render: (folder, port) => `${nativeConfig(folder, port)}logs: { folder: ${folder}/logs, trigger: { file: ${folder}/trigger } }\n`,
  })
  admin = await firstAdmin(place.url, await place.start())
})
after(async () => {
  await place.close()
  for (const server of servers) server.close()
})

async function listening(server: Server): Promise<string> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What the original sends: one answer for a connection, by HTTP/1.0, which the end of the connection ends. */
function original(bodies: Readonly<Record<string, string>>): Server {
  return createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (asked) => {
      const body = bodies[/^GET (?<path>\S+) /u.exec(String(asked))?.groups?.['path'] ?? '']
      const status = body === undefined ? '404 Not Found' : '200 OK'
      const headers = 'Date: Sat, 21 Nov 2026 20:45:40 GMT\r\nServer: WSGIServer/0.2 CPython/3.11.2\r\nContent-Type: application/json\r\n'
      socket.end(`HTTP/1.0 ${status}\r\n${headers}Content-Length: ${(body ?? '').length}\r\n\r\n${body ?? ''}`)
    })
  })
}

test('the recorded answers of the original are those of a host with its state', async () => {
  const entry = { debugname: 'x', exist: true, error: false, warning: false, msg: 'a b\n' }
  const logs = { 2026: [{ name: 'reg-proj-srv1-20260301_020000.log', ...entry }], krista_backup: [{ name: 'krista_backup.log', ...entry }] }
  const cf = JSON.stringify({ full_name: 'srv1', schedules: { full: { cron: '00 23 * * 0', actions: ['tar0'], active: null } }, actions: {}, logs })
  for (const [content, state, cause] of [
    ["'SUCCESS'", 'ok', undefined],
    ["'ERROR'", 'failed', 'a b'],
    ["'x\\nERROR'", 'failed', 'a b'],
    ['missing', 'unknown', 'нет триггер-файла'],
    ['path is a directory', 'unknown', "ошибка обработки запроса: IsADirectoryError(21, 'Is a directory')"],
  ] as const) {
    const at = VARIANTS.findIndex((it) => it.startsWith('trigger') && it.includes(content))
    const si = (VARIANTS[at + 1] ?? '').trim().replace(/ \[HTTP 200\]$/u, '')
    const url = await listening(original({ '/api/si': si, '/api/cf': cf }))
    const { json } = await admin.request('POST', '/api/v1/hosts', { url })
    assert.deepEqual([json.name, json.kind, json.state, json.cause?.text, json.tasks], ['srv1', 'krista', state, cause, 1], content)
    assert.equal((await admin.request('DELETE', `/api/v1/hosts/${json.id}`)).status, 204)
  }
})

test('a client in Python reads from this server what it read from the original', { skip: requires('python3') }, () => {
  mkdirSync(join(place.folder, 'logs/2026'), { recursive: true })
  writeFileSync(join(place.folder, 'logs/2026/a-20260301_020000.log'), '2026-03-01 02:00:00.1   a ERROR что-то\n')
  const ask = (path: string) => {
    const script = 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=60).read())'
    const { stdout, stderr } = spawnSync('python3', ['-c', script, `${place.url}${path}`], { encoding: 'utf8' })
    assert.equal(stderr, '')
    return stdout
  }
  // The name is that of the host in its configuration.
  const said = ask('/api/si').replace(/"name": "[^"]*"/u, '"name": "srv1"')
  assert.ok(golden('webapp-server.txt').includes(said), said)
  assert.match(
    ask('/api/cf'),
    /"name": "a-20260301_020000\.log", "debugname": "a-20260301_020000-debug\.log", "exist": \w+, "error": true, "warning": false/u,
  )
  assert.match(ask('/api/rl/2026/a-20260301_020000.log'), /"lines": \["2026-03-01 02:00:00\.1 {3}a ERROR \\\\u0447/u)
})

const HOSTILE: Readonly<Record<string, RequestListener>> = {
  'huge answer': (_, response) => {
    const chunk = `"${'x'.repeat(1_000_000)}",`
    response.on('error', () => undefined).write('[')
    const more = () => {
      while (response.writable && response.write(chunk));
    }
    response.on('drain', more)
    more()
  },
  'answer without an end': (_, response) => void response.write('{"name": "a"'),
  'no answer': () => undefined,
  'gzip bomb': (_, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(200_000_000))),
  'page for a login': (_, response) => response.setHeader('content-type', 'text/html').end('<html><form action=/login>'),
  'other shape': (_, response) => response.end('{"__proto__": {"name": 1}, "constructor": []}'),
  'long name': (_, response) => response.end(JSON.stringify({ name: 'x'.repeat(1_000_000), flask: true, msg: 'ок', errors: '' })),
  'deep nesting': (_, response) => response.end(`${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`),
  reset: (_, response) => response.destroy(),
  'redirect to a file': (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  'redirect to another address': (request, response) => {
    // What only this host can reach.
    if (request.url?.startsWith('/inner')) inner += 1
    response.writeHead(302, { location: '/inner' }).end()
  },
}
let inner = 0

test('a long message in the log of a host is shortened', async () => {
  const si = JSON.stringify({ name: 'long', flask: true, msg: 'ок', errors: '' }).replace('ок', '\\u043e\\u043a')
  const entry = { name: 'a-20260301_020000.log', debugname: '', exist: true, error: true, warning: false, msg: 'x'.repeat(1_000_000) }
  const url = await listening(original({ '/api/si': si, '/api/cf': JSON.stringify({ full_name: 'long', schedules: {}, logs: { 2026: [entry] } }) }))
  const { json } = await admin.request('POST', '/api/v1/hosts', { url })
  assert.deepEqual([json.state, json.cause.text.length], ['failed', 1001])
})

test('answers of hostile hosts are errors of these hosts, and the server continues with bounded memory', async () => {
  const residentMiB = () => Number(/^VmRSS:\s+(\d+)/mu.exec(readFileSync(`/proc/${place.pid()}/status`, 'utf8'))?.[1]) / 1024
  const before = residentMiB()
  await Promise.all(
    Object.entries(HOSTILE).map(async ([what, listener]) => {
      const url = await listening(createHttpServer(listener))
      const { status, json } = await admin.request('POST', '/api/v1/hosts', { url })
      assert.equal(status, 201, what)
      assert.deepEqual([json.isReachable, json.asOf], [false, null], what)
      assert.match(json.error.code, /^peer\/(?:unreachable|refused|invalid)$/u, what)
      assert.notEqual(json.state, 'ok', what)
    }),
  )
  assert.equal(inner, 0, 'redirects are not followed')
  assert.ok(residentMiB() - before < 200, String(residentMiB() - before))
  assert.equal((await admin.request('GET', '/healthz')).text, 'ok\n')
})
