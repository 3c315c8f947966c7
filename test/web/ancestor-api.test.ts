import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { until } from '../support/time-limits.ts'
import { firstAdmin, openWebClient, openWebPlace, type WebClient, type WebPlace } from '../support/web-place.ts'

const RECORDED = readFileSync(new URL('../golden/krista/web/api-variants.txt', import.meta.url), 'utf8')

let place: WebPlace
let admin: WebClient

function config(folder: string, port: number): string {
  return `naming: {server_name: srv1, project: proj, region: reg}
logging: {logs_path: ${folder}/logs, trigger_filepath: ${folder}/trigger}
web: {host: 127.0.0.1, port: ${port}}
schedule:
  full: {cron: 00 23 * * 0, actions: [tar0, [pg, --dry]], descr: Полный, naming: {project: p2}}
  diff: {cron: 00 23 * * 1-6, actions: [tar0]}
actions:
  tar0: {type: tar, basename: etc, src_path: ${folder}/data, dest_path: ${folder}/root}
  pg: {type: pgdump, basename: db, databases: [app1], user: kb, host: 127.0.0.1, password: 'sec ret', dest_path: ${folder}/root, port: 54399}
`
}

const HASH = 'pbkdf2:sha256:260000$BkiUoxkDuLQVmQzg$b16e979d1594f6f6053f9892109c674a15854b2f84f4afb57b705cf20fed41a4'

before(async () => {
  place = await openWebPlace({ render: config, name: 'config.yaml' })
  for (const folder of ['2026', 'debug', 'krista_backup']) mkdirSync(join(place.folder, 'logs', folder), { recursive: true })
  const log = (name: string, text: string | Buffer) => writeFileSync(join(place.folder, 'logs', name), text)
  log('2026/reg-proj-srv1-20260302_020000.log', '2026-03-02 02:00:00.276 reg-proj-srv1 ERROR err oops\n')
  log('2026/reg-proj-srv1-20260301_020000.log', '2026-03-01 02:00:00.1   reg-proj-srv1 INFO a b\n')
  log('2026/bad-20260105_000000.log', Buffer.from([0xff, 0xfe, 0x0a]))
  log('krista_backup/krista_backup.log', 'x\n')
  writeFileSync(join(place.folder, 'users.yaml'), `users:\n  root: {email: root@x.y, pass: '${HASH}', adm: true}\n`, { mode: 0o600 })
  await new Promise<void>((resolve) => original.listen(0, '127.0.0.1', resolve))
  writeFileSync(join(place.folder, 'servers.yaml'), `# Moscow\nservers:\n  - ${originalUrl()} # the old one\n  - http://127.0.0.1:1\n`)
  await place.start(['--api']).catch(() => undefined)
  admin = openWebClient(place.url)
  await admin.request('POST', '/api/v1/session', { name: 'root', password: 'P@ss w0rd' })
})
after(async () => {
  original.close()
  await place.close()
})

/** Answers as the original did. */
const original = createServer(({ url }, response) => {
  const cf = { full_name: 'srv1', schedules: { full: { cron: '00 23 * * 0', actions: ['tar0'], active: null } }, actions: {}, logs: {} }
  response.setHeader('connection', 'close').end(url === '/api/si' ? recorded("'SUCCESS'") : JSON.stringify(cf))
})
const originalUrl = () => `http://127.0.0.1:${(original.address() as AddressInfo).port}`

/** The response of the original for a trigger file with this content. */
function recorded(content: string): string {
  const lines = RECORDED.split('\n')
  const at = lines.indexOf(`trigger file content: ${content}`)
  return (lines[at + 1] ?? '').trim().replace(/ \[HTTP 200\]$/u, '')
}

test('/api/si returns the same bytes as the original', async () => {
  for (const [content, text] of [
    ["'SUCCESS'", 'SUCCESS'],
    ["'WARNING'", 'WARNING'],
    ["'ERROR'", 'ERROR'],
    ["'ERROR\\n'", 'ERROR\n'],
    ["'x\\nERROR'", 'x\nERROR'],
    ["''", ''],
  ] as const) {
    writeFileSync(join(place.folder, 'trigger'), text)
    assert.equal((await admin.request('GET', '/api/si')).text, recorded(content), content)
  }
  rmSync(join(place.folder, 'trigger'))
  assert.equal(
    (await admin.request('GET', '/api/si')).text,
    '{"name": "srv1", "flask": true, "msg": "\\u043d\\u0435\\u0442 \\u0442\\u0440\\u0438\\u0433\\u0433\\u0435\\u0440-\\u0444\\u0430\\u0439\\u043b\\u0430", "errors": ""}',
  )
})

test('/api/cf returns the unchanged records with masked passwords, and all logs, including an invalid one', async () => {
  const { text, json } = await openWebClient(place.url).request('GET', '/api/cf')
  assert.ok(!text.includes('sec ret'))
  assert.deepEqual(Object.keys(json), ['full_name', 'schedules', 'actions', 'logs'])
  assert.deepEqual(json.schedules, {
    diff: { cron: '00 23 * * 1-6', actions: ['tar0'], active: json.schedules.diff.active },
    full: { cron: '00 23 * * 0', actions: ['tar0', ['pg', '--dry']], descr: 'Полный', naming: { project: 'p2' }, active: json.schedules.full.active },
  })
  assert.equal(json.actions.pg.password, '***')
  assert.equal(json.actions.pg.port, 54399)
  // JavaScript objects would sort keys that look like numbers first.
  assert.match(text, /"logs": \{"krista_backup": .*"2026": /u)
  assert.deepEqual(json.logs['2026'][0], {
    name: 'reg-proj-srv1-20260302_020000.log',
    debugname: 'reg-proj-srv1-20260302_020000-debug.log',
    ...{ exist: true, error: true, warning: false },
    msg: '2026-03-02 02:00:00.276 reg-proj-srv1 ERROR err oops\n',
  })
  assert.deepEqual(
    json.logs['2026'].map(({ name }: { name: string }) => name),
    ['reg-proj-srv1-20260302_020000.log', 'reg-proj-srv1-20260301_020000.log', 'bad-20260105_000000.log'],
  )
})

test('/api/rl returns lines, and none for a missing log', async () => {
  const name = 'reg-proj-srv1-20260302_020000.log'
  const { json } = await admin.request('GET', `/api/rl/2026/${name}`)
  assert.deepEqual(json, { filename: `${place.folder}/logs/2026/${name}`, lines: ['2026-03-02 02:00:00.276 reg-proj-srv1 ERROR err oops\n'] })
  for (const path of ['2026/x', 'x/x']) assert.equal((await admin.request('GET', `/api/rl/${path}`)).text, '{"lines": []}')
  assert.equal((await admin.request('GET', '/api/rl/2026/bad-20260105_000000.log')).status, 200)
})

test('users of users.yaml can log in with their passwords', async () => {
  const { json } = await admin.request('GET', '/api/v1/session')
  assert.deepEqual([json.user.name, json.user.role], ['root', 'admin'])
})

test('the hosts of servers.yaml are polled from the start, each by itself', async () => {
  const others = await until(async () => {
    const { json } = await admin.request('GET', '/api/v1/hosts')
    const rows = json.rows.filter(({ url }: { url: string | null }) => url !== null)
    return rows.every(({ isReachable, error }: { isReachable: boolean; error: unknown }) => isReachable || error !== null) && rows
  })
  const facts = others.map(({ url, name, isReachable, tasks }: Record<string, unknown>) => [url, isReachable && name, tasks])
  assert.deepEqual(facts.toSorted(), [
    ['http://127.0.0.1:1', false, 0],
    [originalUrl(), 'srv1', 1],
  ])
})

test('instances of the original and of Holdfast are polled; facts of an unreachable one are kept', async () => {
  const other = await openWebPlace()
  try {
    const theirs = await firstAdmin(other.url, await other.start())
    const { json: made } = await theirs.request('POST', '/api/v1/tokens', { name: 'peer', scope: 'viewer' })
    const ours = await admin.request('POST', '/api/v1/hosts', { url: other.url, token: made.token })
    assert.deepEqual([ours.status, ours.json.kind, ours.json.tasks], [201, 'holdfast', 3], ours.text)
    const plain = await admin.request('POST', '/api/v1/hosts', { url: `${other.url}/` })
    assert.equal(plain.json.kind, 'krista')
    assert.match(
      readFileSync(join(place.folder, 'servers.yaml'), 'utf8'),
      /^# Moscow\nservers:\n {2}- \S+ # the old one\n {2}- http:\/\/127\.0\.0\.1:1\n(?: {2}- http:\/\/127\.0\.0\.1:\d+\/?\n){2}$/u,
    )
    const tasks = await admin.request('GET', `/api/v1/tasks?host=${ours.json.id}`)
    assert.deepEqual(
      tasks.json.rows.map(({ name }: { name: string }) => name),
      ['nightly', 'slow', 'secret'],
    )
    assert.ok(!(await admin.request('GET', '/api/v1/hosts')).text.includes(made.token))
    const { json: started } = await theirs.request('POST', '/api/v1/runs', { task: 'nightly' })
    const log = `/api/v1/runs/${started.run}/log.txt`
    await until(async () => (await theirs.request('GET', `/api/v1/runs/${started.run}`)).json.state !== 'running')
    const handed = await admin.request('GET', `${log}?host=${ours.json.id}`)
    assert.deepEqual([handed.status, handed.headers.get('content-type')], [200, 'text/plain; charset=utf-8'], handed.text)
    assert.equal(handed.text, (await theirs.request('GET', log)).text)
    assert.match(handed.text, /nightly/u)
    assert.equal((await admin.request('GET', `/api/v1/runs/20000101T000000Z-00000000/log.txt?host=${ours.json.id}`)).json.code, 'peer/refused')
    await other.end('SIGKILL')
    // After it is added again, it is polled immediately.
    await admin.request('POST', '/api/v1/hosts', { url: other.url })
    const { json } = await admin.request('GET', `/api/v1/hosts/${ours.json.id}`)
    assert.deepEqual([json.isReachable, json.tasks, json.error.code], [false, 3, 'peer/unreachable'])
    assert.equal((await admin.request('DELETE', `/api/v1/hosts/${ours.json.id}`)).status, 204)
    assert.equal((await admin.request('GET', `/api/v1/hosts/${ours.json.id}`)).status, 404)
  } finally {
    await other.close()
  }
})
