import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { cannotMount, mountSmallDisk } from '../faults/small-disk.ts'
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
  const ballast = join(state, 'ballast')
  spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4k'])
  for (const path of ['/hosts', '/tasks', '/runs', '/session', '/users', '/audit', '/storages']) {
    const { status, text } = await admin.ask('GET', `/api/v1${path}`)
    assert.equal(status, 200, `${path}: ${text}`)
  }
  const late = () => admin.ask('POST', '/api/v1/users', { name: 'late' })
  const refused = await late()
  assert.deepEqual([refused.status, refused.json?.code], [503, 'accounts/unusable'], refused.text)
  assert.match(refused.text, /disk is full/u)
  const login = await logIn(place.url)
  assert.deepEqual([login.status, login.json?.code], [503, 'accounts/unusable'], `not a wrong password: ${login.text}`)
  rmSync(ballast)
  assert.equal((await late()).status, 201)
  await place.end()
  await place.start()
  assert.equal((await logIn(place.url)).status, 200)
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
  return openWebClient(url).ask('POST', '/api/v1/session', { name: 'ada', password: PASSWORD })
}
