import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { StreamEvent } from '../../src/api/schema/events.ts'
import { HostList } from '../../src/api/schema/hosts.ts'
import { JobList } from '../../src/api/schema/jobs.ts'
import { Run, RunList } from '../../src/api/schema/runs.ts'
import { BackupSet, SetList } from '../../src/api/schema/sets.ts'
import { StorageList } from '../../src/api/schema/storages.ts'
import { TaskList } from '../../src/api/schema/tasks.ts'
import { until } from '../support/time-limits.ts'
import { firstAdmin, openWebClient, openWebPlace, PASSWORD, type WebClient, type WebPlace } from '../support/web-place.ts'

const HOLDFAST = fileURLToPath(new URL('../../holdfast', import.meta.url))

let place: WebPlace
let admin: WebClient

before(async () => {
  place = await openWebPlace()
  admin = await firstAdmin(place.url, await place.start())
})
after(() => place.close())

test('a requested run is started once, and its responses match the schema', async () => {
  const key = { 'idempotency-key': 'one press' }
  const [first, second] = await Promise.all([
    admin.request('POST', '/api/v1/runs', { task: 'nightly' }, key),
    admin.request('POST', '/api/v1/runs', { task: 'nightly' }, key),
  ])
  assert.equal(first.status, 202, first.text)
  assert.equal(second.json.run, first.json.run)
  const run = await until(async () => {
    const { json } = await admin.request('GET', `/api/v1/runs/${first.json.run}`)
    return json.state === 'running' ? undefined : Run.parse(json)
  })
  assert.equal(run.state, 'ok')
  assert.equal(RunList.parse((await admin.request('GET', '/api/v1/runs')).json).total, 1)
  // The overview is read again when the journal has changed, a moment later.
  await until(async () => {
    const { rows: tasks } = TaskList.parse((await admin.request('GET', '/api/v1/tasks')).json)
    return tasks.find(({ name }) => name === 'nightly')?.state === 'ok'
  })
  assert.equal(HostList.parse((await admin.request('GET', '/api/v1/hosts')).json).rows[0]?.kind, 'local')
  assert.equal(JobList.parse((await admin.request('GET', '/api/v1/jobs')).json).rows[0]?.startedBy, 'ada')
  const [set] = SetList.parse((await admin.request('GET', '/api/v1/sets')).json).rows
  const whole = BackupSet.parse((await admin.request('GET', `/api/v1/set?task=nightly&set=${encodeURIComponent(set?.name ?? '')}`)).json)
  assert.deepEqual(
    whole.contains.map(({ path }) => path),
    ['a.txt'],
  )
  assert.match(whole.guide ?? '', /a\.txt/u)
  assert.equal(StorageList.parse((await admin.request('GET', '/api/v1/storages')).json).rows[0]?.sets, 1)
  const target = `${place.folder}/back it's`
  const { json: restore } = await admin.request('POST', '/api/v1/restore-command', { task: 'nightly', set: set?.name, object: 'a.txt', target })
  const done = spawnSync('sh', ['-c', restore.command.replace(/^holdfast/u, HOLDFAST)], { env: place.env, encoding: 'utf8' })
  assert.equal(done.status, 0, done.stderr)
  assert.equal(spawnSync('cat', [`${target}/a.txt`], { encoding: 'utf8' }).stdout, 'content\n')
  const log = await admin.request('GET', `/api/v1/runs/${run.id}/log?count=5`)
  assert.ok(log.json.total > 0)
})

test('the stream sends changes, and is resumed after an interruption', async () => {
  const response = await fetch(`${place.url}/api/v1/events`, { headers: admin.headers })
  assert.equal(response.headers.get('x-accel-buffering'), 'no')
  await admin.request('POST', '/api/v1/users', { name: 'carl', password: PASSWORD })
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString('utf8')
    if (text.includes('"changed"')) break
  }
  const events = [...text.matchAll(/^data: (?<json>.*)$/gmu)].map(({ groups }) => StreamEvent.parse(JSON.parse(groups?.['json'] ?? '')))
  assert.equal(events[0]?.kind, 'hello')
  const id = [...text.matchAll(/^id: (?<id>.*)$/gmu)][0]?.groups?.['id'] ?? ''
  for (const [last, kind] of [
    [id, 'changed'],
    ['another life-5', 'resync'],
  ] as const) {
    const again = await fetch(`${place.url}/api/v1/events`, { headers: { ...admin.headers, 'last-event-id': last } })
    let more = ''
    for await (const chunk of again.body ?? []) {
      more += Buffer.from(chunk).toString('utf8')
      if (more.includes(`"kind":"${kind}"`)) break
    }
    assert.match(more, new RegExp(`"kind":"${kind}"`, 'u'))
  }
})

test('what began before the first client was connected is sent to it', async () => {
  await place.end('SIGTERM')
  await place.start()
  await admin.request('POST', '/api/v1/runs', { task: 'nightly' })
  const response = await fetch(`${place.url}/api/v1/events`, { headers: admin.headers })
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString('utf8')
    if (text.includes('"kind":"runs"')) break
  }
  assert.match(text, /"kind":"runs".*"task":"nightly"/u)
})

test('a run survives the end of the server, and the next server finds and stops it', async () => {
  const { json } = await admin.request('POST', '/api/v1/runs', { task: 'slow' })
  const { json: other } = await admin.request('POST', '/api/v1/runs', { task: 'slow' })
  assert.deepEqual([other.isOther, other.run, other.startedBy], [true, json.run, 'ada'])
  await place.end('SIGKILL')
  await place.start()
  const run = Run.parse((await admin.request('GET', `/api/v1/runs/${json.run}`)).json)
  assert.equal(run.state, 'running')
  assert.deepEqual([run.startedBy, run.user], ['web', 'ada'])
  assert.equal(run.progress?.steps[0]?.state, 'running')
  assert.equal((await admin.request('POST', `/api/v1/runs/${json.run}/stop`, {})).status, 202)
  const ended = await until(async () => {
    const { json: now } = await admin.request('GET', `/api/v1/runs/${run.id}`)
    return now.state === 'running' ? undefined : now.state
  })
  assert.equal(ended, 'interrupted')
})

test('a run whose process was killed is not shown as running, also by a server that did not start it', async () => {
  // The run that was stopped before may still be ending.
  const json = await until(async () => {
    const { json: begun } = await admin.request('POST', '/api/v1/runs', { task: 'slow' })
    return begun.isOther ? undefined : begun
  })
  const run = Run.parse((await admin.request('GET', `/api/v1/runs/${json.run}`)).json)
  assert.equal(run.state, 'running')
  process.kill(run.pid, 'SIGKILL')
  const stateOf = async () => {
    const { json: now } = await admin.request('GET', `/api/v1/runs/${run.id}`)
    return now.state === 'running' ? undefined : now.state
  }
  assert.equal(await until(stateOf), 'killed')
  await place.end('SIGKILL')
  await place.start()
  assert.equal(await stateOf(), 'killed')
  const { json: tasks } = await admin.request('GET', '/api/v1/tasks')
  assert.equal(tasks.rows.find(({ name }: { name: string }) => name === 'slow').running, null)
})

test('a confirmed change is durable: kill -9 loses no account and no line of the audit log', async () => {
  for (let round = 0; round < 3; round += 1) {
    const names: string[] = []
    const adding = (async () => {
      for (let count = 0; count < 50; count += 1) {
        const name = `user-${round}-${count}`
        const answer = await admin.request('POST', '/api/v1/users', { name }).catch(() => undefined)
        if (answer?.status !== 201) return
        names.push(name)
      }
    })()
    await until(() => names.length > 5)
    await place.end('SIGKILL')
    await adding
    await place.start()
    const { json } = await admin.request('GET', '/api/v1/audit?action=user-added&limit=1000')
    const told = new Set(json.rows.map(({ target }: { target: string }) => target))
    for (const name of names) {
      assert.equal((await admin.request('GET', `/api/v1/user?name=${name}`)).status, 200, name)
      assert.ok(told.has(name), name)
    }
  }
})

test('at most one server of each kind: a second one is rejected, and status and stop find the first', async () => {
  const second = spawnSync(HOLDFAST, ['-f', place.config, 'web', 'start', '--foreground'], { env: place.env, encoding: 'utf8' })
  assert.match(second.stderr, /already running \(process \d+, http:\/\/127\.0\.0\.1:/u)
  assert.equal(second.status, 1)
  const status = spawnSync(HOLDFAST, ['web', 'status', '--json'], { env: place.env, encoding: 'utf8' })
  assert.equal(JSON.parse(status.stdout).running, true)
  const anonymous = await openWebClient(place.url).request('GET', '/api/v1/session')
  assert.equal(anonymous.json.server, undefined, 'nobody is told the version')
  assert.equal(spawnSync(HOLDFAST, ['web', 'stop'], { env: place.env }).status, 0)
  assert.equal(spawnSync(HOLDFAST, ['web', 'status'], { env: place.env }).status, 1)
})
