import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { HostList } from '../../src/api/schema/hosts.ts'
import { RunList } from '../../src/api/schema/runs.ts'
import { SetList } from '../../src/api/schema/sets.ts'
import { TaskList } from '../../src/api/schema/tasks.ts'
import { checkout } from '../palhm/place.ts'
import { freePort } from '../support/free-port.ts'
import { openWebClient } from '../support/web-place.ts'

test('the demonstration has a host with a history and other hosts, and leaves no files', async (t) => {
  const top = mkdtempSync(join(tmpdir(), 'demo-'))
  t.after(() => rmSync(top, { recursive: true, force: true }))
  const port = await freePort()
  const child = spawn(join(checkout, 'holdfast'), ['web', 'demo', '--hosts', '20', '--port', String(port)], {
    env: { PATH: process.env['PATH'], TMPDIR: top },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  let printed = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    printed += String(chunk)
    if (printed.includes('removed when')) break
  }
  const password = /password "(?<password>[^"]+)"/u.exec(printed)?.groups?.['password']
  const client = openWebClient(`http://127.0.0.1:${port}`)
  assert.equal((await client.ask('POST', '/api/v1/session', { name: 'demo', password })).status, 200)
  const hosts = HostList.parse((await client.ask('GET', '/api/v1/hosts')).json)
  assert.equal(hosts.total, 21)
  const tasks = TaskList.parse((await client.ask('GET', '/api/v1/tasks')).json)
  assert.deepEqual(
    tasks.rows.map(({ name, state, schedule }) => [name, state, schedule?.isEnabled]),
    [
      ['nightly', 'ok', true],
      ['mail', 'ok', true],
      ['payroll', 'failed', true],
      ['housekeeping', 'ok', true],
    ],
  )
  assert.ok(RunList.parse((await client.ask('GET', '/api/v1/runs')).json).total > 300)
  assert.equal(SetList.parse((await client.ask('GET', '/api/v1/sets')).json).total, 7)
  const switched = await client.ask('PUT', '/api/v1/schedule/enabled?task=nightly', { isEnabled: false })
  assert.ok(switched.status < 300, switched.text)
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null])
  assert.deepEqual(readdirSync(top), [])
})
