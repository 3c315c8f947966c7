import assert from 'node:assert/strict'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { cannotMount, mountSmallDisk } from './faults/small-disk.ts'
import { openPlace } from './palhm/place.ts'
import { noRclone } from './support/rclone.ts'
import { noSshd, type Sshd, startSshd } from './support/sshd.ts'

describe('a full disk of an SFTP server', { skip: noRclone || noSshd || cannotMount() }, () => {
  let sshd: Sshd
  before(async () => {
    sshd = await startSshd()
  })
  after(() => sshd.stop())

  function open(t: TestContext, options: string) {
    const place = openPlace(t)
    const root = join(place.run, 'disk')
    const disk = mountSmallDisk(root, options)
    place.atEnd(() => disk.unmount())
    const nas = `{ type: sftp, host: 127.0.0.1, port: ${sshd.port}, user: ${sshd.user}, key-file: ${sshd.keyFile}, known-hosts: ${sshd.knownHosts}, root: ${root} }`
    const write = (last: number, bytes: number) =>
      place.write(
        'holdfast.yaml',
        `version: 1\nstorages: { nas: ${nas} }\ntasks: { t: { steps: [{ backup: { keep: { last: ${last} }, objects: { a: { exec: [head, -c, "${bytes}", /dev/urandom] } } } }] } }\n`,
      )
    const config = write(2, 100_000)
    const run = (...words: readonly string[]) => place.start(['-f', config, ...words], { as: 'holdfast', env: { HOME: place.run } })
    return { root, write, run, sets: () => readdirSync(join(root, 't')).filter((name) => !name.startsWith('.')) }
  }

  it('is the reason of a failed run, and sets can be removed from it', async (t) => {
    const { root, write, run, sets } = open(t, 'size=1m')
    for (const _ of [1, 2]) assert.equal((await run('-q', 'run', 't')).code, 0)
    write(2, 2_000_000)
    const full = await run('-q', 'run', 't')
    assert.equal(full.code, 1)
    assert.match(full.stderr, /no space left on the server, or its file system is read-only/u)
    assert.match(full.stderr, /Free some space there, or keep fewer sets/u)
    assert.throws(() => writeFileSync(join(root, 'filler'), Buffer.alloc(2_000_000)), { code: 'ENOSPC' })
    const checked = await run('storage', 'check', 'nas')
    assert.equal(checked.code, 1)
    assert.match(checked.stdout, /no space left on the server/u)
    write(1, 100_000)
    const rotated = await run('rotate', 't', '--yes')
    assert.equal(rotated.code, 0, rotated.stdout + rotated.stderr)
    assert.equal(sets().length, 1)
    rmSync(join(root, 'filler'))
    assert.equal((await run('-q', 'verify', 't')).code, 0)
  })

  it('without free inodes is distinguished from one without space, and sets can be removed from it, too', async (t) => {
    const { root, write, run, sets } = open(t, 'size=8m,nr_inodes=60')
    for (const _ of [1, 2]) assert.equal((await run('-q', 'run', 't')).code, 0)
    assert.throws(() => {
      for (let count = 0; ; count++) writeFileSync(join(root, `filler-${count}`), '')
    })
    const failed = await run('-q', 'run', 't')
    assert.equal(failed.code, 1)
    assert.match(failed.stderr, /refused to write without giving a reason \(SSH_FX_FAILURE; [\d.]+ MiB free\)/u)
    assert.match(failed.stderr, /free space, the quota of the user, permissions/u)
    write(1, 1000)
    const rotated = await run('rotate', 't', '--yes')
    assert.equal(rotated.code, 0, rotated.stdout + rotated.stderr)
    assert.equal(sets().length, 1)
  })
})
