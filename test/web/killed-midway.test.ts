import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { requires } from '../support/requires.ts'
import { until } from '../support/time-limits.ts'
import { firstAdmin, openWebClient, openWebPlace, PASSWORD, type WebClient, type WebPlace } from '../support/web-place.ts'

let place: WebPlace
let admin: WebClient

before(async () => {
  place = await openWebPlace()
  admin = await firstAdmin(place.url, await place.start())
})
after(() => place.close())

test('kill -9 leaves a configuration that is whole, the last confirmed one or its successor, and all earlier ones in the history', async () => {
  const original = readFileSync(place.config, 'utf8')
  const texts = new Map([[0, original]])
  let confirmed = 0
  for (let round = 0; round < 4; round += 1) {
    const begun = confirmed
    const changing = (async () => {
      for (;;) {
        const { headers, json } = await admin.request('GET', '/api/v1/config')
        const next = confirmed + 1
        const text = json.text.replace(/^# The nights.*$/mu, `# The nights, change ${next} ${'x'.repeat(next)}`)
        texts.set(next, original.replace(/^# The nights.*$/mu, `# The nights, change ${next} ${'x'.repeat(next)}`))
        const { status } = await admin.request('PUT', '/api/v1/config', { text }, { 'if-match': headers.get('etag') ?? '' })
        if (status !== 200) return
        confirmed = next
      }
    })().catch(() => undefined)
    await until(() => confirmed > begun + 1 + round)
    await place.end('SIGKILL')
    await changing
    const present = readFileSync(place.config, 'utf8')
    assert.ok([texts.get(confirmed), texts.get(confirmed + 1)].includes(present), present)
    if (present === texts.get(confirmed + 1)) confirmed += 1
    await place.start()
    const { json } = await admin.request('GET', '/api/v1/config/versions?limit=1000')
    const kept = new Set<string>()
    for (const { id } of json.rows) kept.add((await admin.request('GET', `/api/v1/config/versions/${id}`)).json.text.split('\n')[0])
    for (let number = 0; number < confirmed; number += 1) assert.ok(kept.has(texts.get(number)?.split('\n')[0] ?? ''), String(number))
  }
})

test('kill -9 loses no confirmed host and no token of one', async () => {
  const added: string[] = []
  for (let round = 0; round < 3; round += 1) {
    const begun = added.length
    const adding = (async () => {
      for (;;) {
        // Nobody listens there: the answer comes at once.
        const url = `http://127.0.0.1:1/${added.length}-${round}`
        const { status } = await admin.request('POST', '/api/v1/hosts', { url, token: `token-of-${url.slice(-3)}-${'x'.repeat(20)}` })
        if (status !== 201) return
        added.push(url)
      }
    })().catch(() => undefined)
    await until(() => added.length > begun + 2)
    await place.end('SIGKILL')
    await adding
    const tokens = JSON.parse(readFileSync(join(place.folder, 'state/web/peer-tokens.json'), 'utf8'))
    const servers = readFileSync(join(place.folder, 'state/servers.yaml'), 'utf8')
    for (const url of added) {
      assert.ok(url in tokens, url)
      assert.match(servers, new RegExp(`^ *- ${url}$`, 'mu'))
    }
    await place.start()
    const { json } = await admin.request('GET', '/api/v1/hosts?limit=1000')
    assert.ok(json.total > added.length)
  }
})

test('while another program locks the databases, pages are served, and changes are refused with the cause', {
  skip: requires('sqlite3'),
}, async (t) => {
  const locks = ['accounts.db', 'journal.db'].map((name) =>
    spawn('sqlite3', [join(place.folder, 'state', name)], { stdio: ['pipe', 'pipe', 'inherit'] }),
  )
  t.after(() => {
    for (const lock of locks) lock.kill()
  })
  await admin.request('POST', '/api/v1/runs', { task: 'nightly' })
  await until(async () => (await admin.request('GET', '/api/v1/runs')).json.total > 0)
  for (const lock of locks) {
    lock.stdin.write('begin immediate; select 1;\n')
    await once(lock.stdout, 'data')
  }
  for (const path of ['/hosts', '/tasks', '/runs', '/session', '/users', '/audit', '/storages']) {
    const { status, text } = await admin.request('GET', `/api/v1${path}`)
    assert.equal(status, 200, `${path}: ${text}`)
  }
  const refused = await admin.request('POST', '/api/v1/users', { name: 'late' })
  assert.deepEqual([refused.status, refused.json.code], [503, 'account/busy'], refused.text)
  const login = await openWebClient(place.url).request('POST', '/api/v1/session', { name: 'ada', password: PASSWORD })
  assert.equal(login.json.code, 'account/busy', 'not a wrong password')
  for (const lock of locks) lock.kill()
  await until(async () => (await admin.request('POST', '/api/v1/users', { name: 'late' })).status === 201)
})
