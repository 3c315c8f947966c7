import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { firstAdmin, nativeConfig, openWebClient, openWebPlace, PASSWORD, userOf, type WebClient, type WebPlace } from '../support/web-place.ts'

const HOLDFAST = fileURLToPath(new URL('../../holdfast', import.meta.url))

let place: WebPlace
let admin: WebClient

before(async () => {
  place = await openWebPlace({ render: (folder, port) => `${nativeConfig(folder, port)}logs: { folder: ${folder}/logs }\n` })
  admin = await firstAdmin(place.url, await place.start())
})
after(() => place.close())

/** Sends bytes that no client library would send; returns the response. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(Number(new URL(place.url).port), '127.0.0.1', () => socket.write(bytes))
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      answer += chunk
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', () => resolve(answer))
    setTimeout(() => socket.destroy(), 3000).unref()
  })
}

test('a foreign host name for the loopback address is rejected', async () => {
  for (const host of ['evil.example', 'evil.example:5555', '127.0.0.1.evil.example', 'localhost.evil.example'])
    for (const path of ['/api/cf', '/api/v1/session', '/metrics', '/'])
      assert.match(await raw(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`), /^HTTP\/1\.1 421 /u, `${host} ${path}`)
  assert.match(await raw('GET /api/si HTTP/1.1\r\nHost: localhost:1\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 200 /u)
})

test('headers of untrusted proxies change neither the address nor the scheme of a request', async () => {
  const forged = { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' }
  const client = openWebClient(place.url)
  assert.equal((await client.request('GET', '/api/cf', undefined, forged)).status, 401, 'what a proxy hands on is not from this host')
  const { headers } = await client.request('POST', '/api/v1/session', { name: 'ada', password: PASSWORD }, forged)
  assert.doesNotMatch(headers.get('set-cookie') ?? '', /Secure/u)
  const { json } = await admin.request('GET', '/api/v1/audit?action=login')
  assert.ok(json.rows.every(({ address }: { address: string }) => address === '127.0.0.1'))
})

test('a login replaces an existing session', async () => {
  const client = openWebClient(place.url)
  const planted = 'A'.repeat(43)
  client.headers['cookie'] = `holdfast-session=${planted}`
  const { headers } = await client.request('POST', '/api/v1/session', { name: 'ada', password: PASSWORD })
  const cookie = headers.get('set-cookie') ?? ''
  assert.match(cookie, /^holdfast-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/u)
  assert.ok(!cookie.includes(planted))
  const two = openWebClient(place.url)
  two.headers['cookie'] = `holdfast-session=${planted}; ${client.headers['cookie']}`
  assert.equal((await two.request('GET', '/api/v1/session')).json.user, null, 'of two cookies none counts')
})

test('paths and symbolic links cannot lead outside the folder of the logs', async () => {
  const logs = join(place.folder, 'logs')
  mkdirSync(join(logs, '2026'), { recursive: true })
  writeFileSync(join(logs, '2026', 'a.log'), 'all is well\n')
  writeFileSync(join(logs, 'top.log'), 'canary-0815\n')
  writeFileSync(join(place.folder, 'data', 'out.log'), 'canary-0815\n')
  symlinkSync('../../data/out.log', join(logs, '2026', 'link.log'))
  symlinkSync('../data', join(logs, 'linked'))
  const reads = async (folder: string, name: string): Promise<readonly string[]> => {
    // Sent as bytes: a client library resolves "..".
    const ancestor = await raw(`GET /api/rl/${folder}/${name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    const file = await admin.request('GET', `/api/v1/log-file?folder=${folder}&name=${name}`)
    return [ancestor, file.text]
  }
  for (const text of await reads('2026', 'a.log')) assert.match(text, /all is well/u)
  const outside = ['out.log', '..%2fdata%2fout.log', '..%2f..%2fdata%2fout.log', `${encodeURIComponent(place.folder)}%2fdata%2fout.log`]
  const folders = ['..', '%2e%2e', '.', '2026', '..%2fdata', '2026%2f..', 'linked', '']
  for (const folder of folders)
    for (const name of [...outside, 'top.log', 'link.log'])
      for (const text of await reads(folder, name)) assert.doesNotMatch(text, /canary-0815/u, `${folder}/${name}: ${text.slice(0, 200)}`)
  for (const path of ['/api/v1/log-files', '/api/cf']) assert.doesNotMatch((await admin.request('GET', path)).text, /canary-0815|link/u, path)
})

test('passwords in the configuration are in no response, and are preserved when the text is changed', async () => {
  const { text, headers, json } = await admin.request('GET', '/api/v1/config')
  assert.ok(!text.includes('canary-4711'))
  assert.match(json.text, /DB_PASSWORD: holdfast-secret-[0-9a-f]{16}/u)
  const changed = json.text.replace('# The nights of this host.', '# The nights.')
  assert.equal((await admin.request('PUT', '/api/v1/config', { text: changed })).status, 428)
  assert.equal((await admin.request('PUT', '/api/v1/config', { text: changed }, { 'if-match': `"${'0'.repeat(32)}"` })).status, 412)
  const written = await admin.request('PUT', '/api/v1/config', { text: changed }, { 'if-match': headers.get('etag') ?? '' })
  assert.equal(written.status, 200, written.text)
  const file = execFileSync('cat', [place.config], { encoding: 'utf8' })
  assert.match(file, /^# The nights\.$/mu)
  assert.match(file, /DB_PASSWORD: canary-4711/u)
  const bad = await admin.request('PUT', '/api/v1/config', { text: 'version: 2\n' }, { 'if-match': written.headers.get('etag') ?? '' })
  assert.equal(bad.status, 422, bad.text)
  for (const path of ['/api/cf', '/api/si', '/metrics', '/api/v1/tasks', '/api/v1/config/versions', '/api/v1/audit', '/api/v1/jobs'])
    assert.ok(!(await admin.request('GET', path)).text.includes('canary-4711'), path)
  const [version] = (await admin.request('GET', '/api/v1/config/versions')).json.rows
  assert.ok(!(await admin.request('GET', `/api/v1/config/versions/${version.id}`)).text.includes('canary-4711'))
})

test('a schedule is changed in the file, and the rest of the file is preserved', async () => {
  const { headers } = await admin.request('GET', '/api/v1/config')
  const before = execFileSync('cat', [place.config], { encoding: 'utf8' })
  const answer = await admin.request('PUT', '/api/v1/schedule?task=nightly', { words: ['15 4 * * *'] }, { 'if-match': headers.get('etag') ?? '' })
  assert.equal(answer.status, 200, answer.text)
  assert.deepEqual(answer.json.schedule.words, ['15 4 * * *'])
  assert.equal(execFileSync('cat', [place.config], { encoding: 'utf8' }), before.replace('30 2 * * *', '15 4 * * *'))
  const times = await admin.request('POST', '/api/v1/schedules/preview', { words: ['99 99 * * *'] })
  assert.equal(times.status, 422, times.text)
})

test('bodies that are too large, too slow or not JSON are rejected, and the server continues', async () => {
  const large = await admin.request('POST', '/api/v1/session', `{"name":"${'x'.repeat(100_000)}"}`)
  assert.equal(large.status, 413)
  assert.equal((await admin.request('POST', '/api/v1/session', 'name=ada', { 'content-type': 'application/x-www-form-urlencoded' })).status, 415)
  assert.equal((await admin.request('POST', '/api/v1/session', '{')).status, 422)
  assert.match(
    await raw('POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
    /^HTTP\/1\.1 400 /u,
  )
  assert.match(await raw(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 4(?:00|31) /u)
  assert.equal((await admin.request('GET', '/healthz')).text, 'ok\n')
})

test('the sessions of a removed user end', async () => {
  const reset = spawnSync(HOLDFAST, ['-f', place.config, 'web', 'users', 'add', 'bob', 'b@x', '--role', 'operator'], {
    env: place.env,
    input: 'tr0ub4dor\n',
    encoding: 'utf8',
  })
  assert.equal(reset.status, 0, reset.stderr)
  assert.match(spawnSync(HOLDFAST, ['-f', place.config, 'web', 'users', 'list'], { env: place.env, encoding: 'utf8' }).stdout, /bob +operator +b@x/u)
  const typed = spawnSync(HOLDFAST, ['-f', place.config, 'web', 'users', 'upd', 'bob', 'b@y', 'other pass'], { env: place.env, encoding: 'utf8' })
  assert.match(typed.stderr, /password on the command line/u)
  const viewer = await userOf(admin, place.url, 'viewer')
  assert.equal((await viewer.request('GET', '/api/v1/hosts')).status, 200)
  await admin.request('DELETE', '/api/v1/user?name=some%20viewer')
  assert.equal((await viewer.request('GET', '/api/v1/hosts')).status, 401)
  const last = await admin.request('DELETE', '/api/v1/user?name=ada')
  assert.equal(last.json.code, 'account/last-admin')
})

test('password guesses are limited by address, and unknown users cannot be distinguished from known ones', async () => {
  const guesses = await Promise.all(
    Array.from({ length: 30 }, (_, at) => openWebClient(place.url).request('POST', '/api/v1/session', { name: `user${at}`, password: 'guess' })),
  )
  const codes = new Set(guesses.map(({ json }) => json.code))
  assert.ok(codes.has('api/too-many-requests'), [...codes].join())
  assert.ok(guesses.some(({ headers }) => Number(headers.get('retry-after')) > 0))
})
