import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { HostList } from '../../src/api/schema/hosts.ts'
import { RunList } from '../../src/api/schema/runs.ts'
import { SetList } from '../../src/api/schema/sets.ts'
import { TaskList } from '../../src/api/schema/tasks.ts'
import { endThese, processesWith } from '../faults/processes-with.ts'
import { startDemo } from '../support/web-demo.ts'
import { openWebClient } from '../support/web-place.ts'

test('the demonstration has a host with a history and other hosts, and leaves no files', async (t) => {
  const top = mkdtempSync(join(tmpdir(), 'demo-'))
  t.after(() => {
    endThese(processesWith(top))
    rmSync(top, { recursive: true, force: true })
  })
  const [temporary, home, state] = ['tmp', 'home', 'state'].map((name) => join(top, name))
  for (const folder of [temporary, home, state]) mkdirSync(folder ?? '')
  const { url, password, process: child } = await startDemo({ hosts: 20, env: { PATH: process.env['PATH'], TMPDIR: top } })
  t.after(() => child.kill('SIGKILL'))
  const client = openWebClient(url)
  assert.equal((await client.request('POST', '/api/v1/session', { name: 'demo', password })).status, 200)
  const hosts = HostList.parse((await client.request('GET', '/api/v1/hosts')).json)
  assert.equal(hosts.total, 21)
  const tasks = TaskList.parse((await client.request('GET', '/api/v1/tasks')).json)
  assert.deepEqual(
    tasks.rows.map(({ name, state, schedule }) => [name, state, schedule?.isEnabled]),
    [
      ['nightly', 'ok', true],
      ['mail', 'ok', true],
      ['payroll', 'failed', true],
      ['housekeeping', 'ok', true],
    ],
  )
  assert.ok(RunList.parse((await client.request('GET', '/api/v1/runs')).json).total > 300)
  assert.equal(SetList.parse((await client.request('GET', '/api/v1/sets')).json).total, 7)
  const evidence = (await client.request('GET', '/api/v1/evidence')).json
  assert.deepEqual([evidence.faults, evidence.exceptionsTotal, evidence.steps.length], [[], 1, 2])
  const proven = evidence.steps.find((it: { readonly lastProven: unknown }) => it.lastProven !== null)?.lastProven.set
  const drilled = (await client.request('GET', `/api/v1/set?task=nightly&set=${proven}`)).json
  assert.deepEqual([drilled.claims.restored?.set, drilled.drills[0]?.end], [proven, 'proven'])
  const switched = await client.request('PUT', '/api/v1/schedule/enabled?task=nightly', { isEnabled: false })
  assert.ok(switched.status < 300, switched.text)
  const started = await client.request('POST', '/api/v1/runs', { task: 'mail' })
  assert.equal(started.status, 202, started.text)
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null])
  const programs = processesWith(top).filter(({ text }) => /main\.ts|urandom/u.test(text))
  assert.deepEqual(programs, [])
  assert.deepEqual(readdirSync(top, { recursive: true }).toSorted(), ['home', 'state', 'tmp'])
})
