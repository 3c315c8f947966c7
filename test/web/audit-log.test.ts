import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ROUTES } from '../../src/api/routes/all-routes.ts'
import type { Route } from '../../src/api/routes/route.ts'
import type { AuditLine } from '../../src/api/schema/audit.ts'
import { until } from '../support/time-limits.ts'
import { firstAdmin, openWebClient, openWebPlace, PASSWORD, userOf, type WebClient, type WebPlace } from '../support/web-place.ts'

let place: WebPlace
let admin: WebClient

before(async () => {
  place = await openWebPlace()
  admin = await firstAdmin(place.url, await place.start())
})
after(() => place.close())

async function lines(action: string): Promise<readonly AuditLine[]> {
  return (await admin.request('GET', `/api/v1/audit?limit=1000&action=${action}`)).json.rows
}

/** The newest line of an action, without its number and time. */
async function newest(action: string) {
  const [line] = await lines(action)
  if (line === undefined) return undefined
  const { id: _, at: __, address: ___, ...rest } = line
  return rest
}

test('every operation that changes something, or that somebody may not use, has a name in the audit log', () => {
  const reads = new Set(['composeRestore', 'previewSchedule'])
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    const isOpen = route.by === undefined && (route.role === 'anyone' || route.role === 'viewer')
    if (!reads.has(name) && (route.method !== 'get' || !isOpen)) assert.ok(route.action, name)
  }
})

test('what a user may not do is recorded with its target', async () => {
  const viewer = await userOf(admin, place.url, 'viewer')
  const line = { who: 'some viewer', via: 'session', action: 'task-removed', target: 'nightly', outcome: 'refused', before: null }
  await viewer.request('DELETE', '/api/v1/task?task=nightly')
  assert.deepEqual(await newest('task-removed'), { ...line, after: { reason: 'api/forbidden' } })
  await viewer.request('DELETE', '/api/v1/task?task=nightly', undefined, { 'x-csrf-token': 'AAAA' })
  assert.deepEqual(await newest('task-removed'), { ...line, after: { reason: 'api/csrf' } })
  await viewer.request('GET', '/api/v1/audit')
  assert.equal((await newest('audit-read'))?.outcome, 'refused')
})

test('an action that failed has a line of the same name and target, after the one of its beginning', async () => {
  assert.equal((await admin.request('POST', '/api/v1/runs', { task: 'no-such' })).status, 404)
  const [failed, begun] = await lines('run-started')
  assert.deepEqual([begun?.outcome, begun?.target], ['begun', 'no-such'])
  assert.deepEqual([failed?.outcome, failed?.target, failed?.after], ['failed', 'no-such', { reason: 'cli/unknown-task' }])
  await admin.request('PATCH', '/api/v1/user?name=ada', { role: 'viewer' })
  const last = await newest('user-changed')
  assert.deepEqual([last?.outcome, last?.target, last?.after], ['failed', 'ada', { reason: 'account/last-admin' }])
  await admin.request('POST', '/api/v1/schedules/preview', { words: ['nonsense'] })
  assert.equal((await lines('previewSchedule')).length, 0, 'typing is no action')
})

test('a run that is in progress already is not recorded as started a second time', async () => {
  const operator = await userOf(admin, place.url, 'operator')
  const { run } = (await admin.request('POST', '/api/v1/runs', { task: 'slow' })).json
  assert.equal((await operator.request('POST', '/api/v1/runs', { task: 'slow' })).json.isOther, true)
  const line = await newest('run-started')
  assert.deepEqual([line?.who, line?.outcome, line?.after], ['some operator', 'refused', { reason: 'already running, started by ada' }])
  assert.equal((await admin.request('POST', `/api/v1/runs/${run}/stop`)).status, 202)
})

test('of examinations that are requested at once, one is started, and the others are not recorded as such', async () => {
  const operators = await Promise.all(Array.from({ length: 4 }, () => userOf(admin, place.url, 'operator')))
  const jobs = await Promise.all([admin, ...operators].map(async (it) => (await it.request('POST', '/api/v1/doctor', {})).json.id))
  assert.equal(new Set(jobs).size, 1)
  const outcomes = (await lines('host-examined')).map(({ outcome }) => outcome)
  assert.deepEqual(outcomes.toSorted(), ['begun', 'begun', 'begun', 'begun', 'begun', 'refused', 'refused', 'refused', 'refused'])
})

test('changes are recorded with the values before and after, and never with a secret', async () => {
  const etag = async () => (await admin.request('GET', '/api/v1/config')).headers.get('etag') ?? ''
  const added = { task: 'weekly', words: ['0 4 * * 0'], description: 'On Sundays', runs: ['nightly'] }
  assert.equal((await admin.request('POST', '/api/v1/tasks', added, { 'if-match': await etag() })).status, 201)
  assert.deepEqual((await newest('task-added'))?.after, { words: ['0 4 * * 0'], description: 'On Sundays', runs: ['nightly'] })
  const change = { words: ['0 5 * * 0'], description: 'On Sundays, later' }
  assert.equal((await admin.request('PUT', '/api/v1/schedule?task=weekly', change, { 'if-match': await etag() })).status, 200)
  const changed = await newest('schedule-changed')
  assert.deepEqual(changed?.before, { words: ['0 4 * * 0'], description: 'On Sundays' })
  assert.deepEqual(changed?.after, change)
  assert.equal((await admin.request('DELETE', '/api/v1/task?task=weekly', undefined, { 'if-match': await etag() })).status, 204)
  assert.deepEqual((await newest('task-removed'))?.before, change)

  const { text } = (await admin.request('GET', '/api/v1/config')).json
  const written = await admin.request('PUT', '/api/v1/config', { text: text.replace('every night', 'each night') }, { 'if-match': await etag() })
  assert.equal(written.status, 200, written.text)
  assert.deepEqual((await newest('configuration-written'))?.after, { linesAdded: 1, linesRemoved: 1 })
  const [version] = (await admin.request('GET', '/api/v1/config/versions')).json.rows
  await admin.request('GET', `/api/v1/config/versions/${version.id}`)
  assert.equal((await newest('configuration-read'))?.target, version.id)

  const token = (await admin.request('POST', '/api/v1/tokens', { name: 'prometheus', scope: 'metrics' })).json
  await admin.request('DELETE', `/api/v1/tokens/${token.id}`)
  const removed = await newest('token-removed')
  assert.deepEqual(removed?.before, { owner: 'ada', scope: 'metrics', expires: token.expires })
  await admin.request('POST', '/api/v1/hosts', { url: 'http://127.0.0.1:1/', token: 'token-of-that-host-0000' })
  assert.deepEqual((await newest('host-added'))?.after, { token: 'given' })
  const all = await admin.request('GET', '/api/v1/audit?limit=1000')
  for (const secret of [token.token, 'canary-4711', 'token-of-that-host-0000', PASSWORD]) assert.ok(!all.text.includes(secret), secret)
})

test('what leaves the pages is recorded: logs of runs, and tables', async () => {
  const { run } = (await admin.request('POST', '/api/v1/runs', { task: 'nightly' })).json
  await until(async () => (await admin.request('GET', `/api/v1/runs/${run}`)).json.state !== 'running')
  assert.equal((await admin.request('GET', `/api/v1/runs/${run}/log.txt`)).status, 200)
  const downloaded = await newest('log-downloaded')
  assert.deepEqual([downloaded?.outcome, downloaded?.target, downloaded?.after], ['begun', run, { host: 'local' }])
  const table = { table: 'hosts', format: 'csv', rows: 12, page: '/?state=problems' }
  assert.equal((await admin.request('POST', '/api/v1/exports', table)).status, 204)
  const { table: target, ...after } = table
  assert.deepEqual(await newest('table-exported'), {
    who: 'ada',
    via: 'session',
    action: 'table-exported',
    target,
    outcome: 'done',
    before: null,
    after,
  })
})

test('logins that were refused are recorded with their reason, and links that were not valid', async () => {
  const stranger = openWebClient(place.url)
  await stranger.request('POST', '/api/v1/session', { name: 'nobody', password: PASSWORD })
  assert.deepEqual((await newest('login'))?.after, { reason: 'unknown user' })
  await stranger.request('POST', '/api/v1/session', { name: 'ada', password: 'wrong horse' })
  const refused = { who: '', via: 'none', action: 'login', target: 'ada', outcome: 'refused', before: null, after: { reason: 'wrong password' } }
  assert.deepEqual(await newest('login'), refused)
  await admin.request('POST', '/api/v1/users', { name: 'eve', role: 'viewer', password: PASSWORD })
  for (let count = 0; count < 6; count += 1) await stranger.request('POST', '/api/v1/session', { name: 'eve', password: 'wrong horse' })
  assert.deepEqual((await newest('login'))?.after, { reason: 'locked' })
  await stranger.request('POST', '/api/v1/reset', { code: 'x'.repeat(30), password: PASSWORD })
  assert.deepEqual(
    [(await newest('password-changed'))?.outcome, (await newest('password-changed'))?.after],
    ['refused', { reason: 'account/invalid-link' }],
  )
  for (let count = 0; count < 30; count += 1)
    await stranger.request('POST', '/api/v1/session', { name: 'eve', password: 'wrong horse' }, { 'x-forwarded-for': '1.2.3.4' })
  assert.equal((await lines('login')).filter((it) => it.after?.['reason'] === 'too many attempts').length, 1, 'a flood is one line')
})
