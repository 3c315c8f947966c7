import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { call, closeLocalfs, exitCodeOf, nextRun, openLocalfs, publishFiles } from '../../../test/support/localfs.ts'
import { skipHere } from '../../../test/support/requires.ts'
import { decideMount } from './mount-guard.ts'
import { isBelow, mountOf } from './mountinfo.ts'

const SET = '2026-01-02T03:04:05+00:00'
const mount = (mountPoint: string, source = '/dev/sdb1') => ({ mountPoint, fsType: 'ext4', source })

describe('mountOf', () => {
  const text = [
    '22 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
    '30 22 8:1 / /srv rw - xfs /dev/sda1 rw',
    '31 30 8:17 /sub /srv/back\\040up rw shared:1 master:2 - ext4 /dev/sdb1 rw',
    '32 22 0:40 / /srv-other rw - nfs4 server:/x\\011y rw',
    '33 30 8:33 / /srv/back\\040up rw - btrfs /dev/sdc rw',
    'nonsense',
    '',
  ].join('\n')

  it('uses the deepest mount above the path, and the last of two at one location', () => {
    assert.deepEqual(mountOf('/srv/back up/x', text), {
      id: '33',
      parent: '30',
      device: '8:33',
      folder: '/',
      mountPoint: '/srv/back up',
      fsType: 'btrfs',
      source: '/dev/sdc',
    })
    assert.equal(mountOf('/srv/backup', text)?.source, '/dev/sda1')
    assert.equal(mountOf('/srv-other/x', text)?.source, 'server:/x\ty')
    assert.equal(mountOf('/srvx', text)?.mountPoint, '/')
    assert.equal(mountOf('/srv', 'nonsense'), undefined)
  })

  it('distinguishes folders below from adjacent ones', () => {
    assert.deepEqual([isBelow('/a/b', '/a'), isBelow('/a', '/a'), isBelow('/ab', '/a'), isBelow('/x', '/')], [true, true, false, true])
  })
})

describe('decideMount', () => {
  it('detects a missing mount if the root is on a file system further up', () => {
    assert.deepEqual(decideMount(mount('/srv/backup'), mount('/')), { kind: 'missing', mountPoint: '/srv/backup' })
    assert.deepEqual(decideMount(mount('/srv/backup'), mount('/srv')), { kind: 'missing', mountPoint: '/srv/backup' })
  })

  it('accepts a new mount, another disk, a moved root, and an unknown root', () => {
    assert.equal(decideMount(mount('/'), mount('/srv/backup')).kind, 'good')
    assert.equal(decideMount(mount('/srv/backup', '/dev/sdb1'), mount('/srv/backup', '/dev/sdc1')).kind, 'good')
    assert.equal(decideMount(mount('/srv/backup'), mount('/mnt/new')).kind, 'good')
    assert.equal(decideMount(undefined, mount('/')).kind, 'good')
    assert.equal(decideMount(mount('/srv/backup'), undefined).kind, 'good')
  })
})

describe('the guard of mounts', () => {
  let folder: string
  let root: string
  let stateFolder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'guard-'))
    root = join(folder, 'disk', 'sets')
    stateFolder = join(folder, 'state')
    mkdirSync(join(folder, 'disk'))
  })
  afterEach(async () => {
    await closeLocalfs()
    exitCodeOf('umount', join(folder, 'disk'))
    rmSync(folder, { recursive: true, force: true })
  })

  it('rejects a root whose file system is not mounted, until it is accepted', async (t) => {
    if (exitCodeOf('mount', '-t', 'tmpfs', 'tmpfs', join(folder, 'disk')) !== 0) return skipHere(t, 'mounting needs root')
    await publishFiles(openLocalfs(root, { stateFolder }), SET, { f: 'x' })
    await closeLocalfs()
    assert.equal(exitCodeOf('umount', join(folder, 'disk')), 0)

    await assert.rejects(openLocalfs(root, { stateFolder }).folders.begin(nextRun(), call), {
      code: 'storage/mount-missing',
      message: `"${folder}/disk" is not mounted, but the sets of "${root}" are stored there`,
      hint: /--accept-root/u,
    })
    assert.deepEqual(readdirSync(join(folder, 'disk')), [], 'nothing was made under the mount point')

    await publishFiles(openLocalfs(root, { stateFolder, acceptRoot: true }), SET, { f: 'x' })
    await publishFiles(openLocalfs(root, { stateFolder }), `${SET}x`, { f: 'x' })
  })

  it('continues without its record, with one note', async () => {
    writeFileSync(stateFolder, 'a file where the folder should be')
    const storage = openLocalfs(root, { stateFolder })
    await publishFiles(storage, SET, { f: 'x' })
    await publishFiles(storage, `${SET}x`, { f: 'x' })
    assert.equal(storage.notes.length, 1)
    assert.match(storage.notes[0] ?? '', /could not record the mount/u)
  })

  it('ignores a damaged record', async () => {
    await publishFiles(openLocalfs(root, { stateFolder }), SET, { f: 'x' })
    const [file = ''] = readdirSync(join(stateFolder, 'roots'))
    assert.equal(JSON.parse(readFileSync(join(stateFolder, 'roots', file), 'utf8')).root, root)
    writeFileSync(join(stateFolder, 'roots', file), '{"mountPo')
    const storage = openLocalfs(root, { stateFolder })
    await publishFiles(storage, `${SET}x`, { f: 'x' })
    assert.match(storage.notes.join(), /could not read the recorded mount/u)
  })
})
