import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { cannotMount, mountSmallDisk } from '../faults/small-disk.ts'
import { until } from '../support/time-limits.ts'
import { firstAdmin, openWebClient, openWebPlace, PASSWORD } from '../support/web-place.ts'

test('on a full disk, pages are served, changes are refused with the cause, and nothing is lost', { skip: cannotMount() }, async (t) => {
  const place = await openWebPlace()
  const state = join(place.folder, 'state')
  const disk = mountSmallDisk(state, 'size=8m,mode=0700')
  t.after(async () => {
    await place.end('SIGKILL')
    disk.unmount()
    await place.close()
  })
  const admin = await firstAdmin(place.url, await place.start())
  const { run } = (await admin.request('POST', '/api/v1/runs', { task: 'nightly' })).json
  await until(async () => (await admin.request('GET', `/api/v1/runs/${run}`)).json?.state === 'ok')
  await withoutSharedFile(join(state, 'journal.db'))
  const ballast = join(state, 'ballast')
  spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4k'])
  for (const path of ['/hosts', '/tasks', '/runs', '/session', '/users', '/audit', '/storages']) {
    const { status, text } = await admin.request('GET', `/api/v1${path}`)
    assert.equal(status, 200, `${path}: ${text}`)
  }
  const late = () => admin.request('POST', '/api/v1/users', { name: 'late' })
  assert.equal((await admin.request('GET', '/api/v1/config')).status, 200)
  assert.equal((await admin.request('GET', `/api/v1/runs/${run}/log.txt`)).status, 200)
  assert.equal((await admin.request('GET', '/api/v1/evidence/archive.tar')).status, 200)
  const refused = await late()
  assert.deepEqual([refused.status, refused.json?.code], [503, 'accounts/unusable'], refused.text)
  assert.match(refused.text, /disk is full/u)
  const login = await logIn(place.url)
  assert.deepEqual([login.status, login.json?.code], [503, 'accounts/unusable'], `not a wrong password: ${login.text}`)
  const freed = new Date().toISOString()
  rmSync(ballast)
  assert.equal((await late()).status, 201)
  await place.end()
  await place.start()
  const again = openWebClient(place.url)
  assert.equal((await again.request('POST', '/api/v1/session', { name: 'ada', password: PASSWORD })).status, 200)
  // What was read on the full disk has been recorded since, with the time at which it was read.
  const lines: readonly { readonly action: string; readonly at: string }[] = (await again.request('GET', '/api/v1/audit?limit=20')).json.rows
  for (const action of ['configuration-read', 'log-downloaded', 'evidence-exported']) {
    const at = lines.find((it) => it.action === action)?.at
    assert.ok(at !== undefined && at < freed, `${action}: ${at}, ${freed}`)
  }
})

test('damaged accounts are reported at the start and are left as they are', async (t) => {
  const place = await openWebPlace()
  t.after(() => place.close())
  await firstAdmin(place.url, await place.start())
  await place.end()
  const file = join(place.folder, 'state/accounts.db')
  for (const name of ['-wal', '-shm']) rmSync(`${file}${name}`, { force: true })
  const damaged = Buffer.alloc(8192, 'not a database ')
  writeFileSync(file, damaged)
  const { status, stderr } = spawnSync(join(import.meta.dirname, '../../holdfast'), ['-f', place.config, 'web', 'start', '--foreground'], {
    encoding: 'utf8',
    env: place.env,
    timeout: 60_000,
  })
  assert.equal(status, 1, stderr)
  assert.match(stderr, /^error: could not use the accounts ".*accounts\.db": file is not a database\n.*Restore the file/mu)
  assert.deepEqual(readFileSync(file), damaged)
})

function logIn(url: string) {
  return openWebClient(url).request('POST', '/api/v1/session', { name: 'ada', password: PASSWORD })
}

/** Makes the last process that has the journal open one that writes, which then removes the file that readers share. */
async function withoutSharedFile(file: string): Promise<void> {
  await until(() => {
    const db = new DatabaseSync(file)
    db.exec('begin immediate; commit')
    db.close()
    return !existsSync(`${file}-shm`)
  })
}
