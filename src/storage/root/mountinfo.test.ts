import assert from 'node:assert/strict'
import { it } from 'node:test'
import { mountOf, withoutSelfBind } from './mountinfo.ts'

it('sees through folders that are mounted onto themselves, and through nothing else', () => {
  const mountinfo = [
    '20 1 8:1 / / rw - ext4 /dev/sda1 rw',
    '21 20 8:2 / /data rw - ext4 /dev/sdb1 rw',
    '30 20 8:1 /var/backups /var/backups rw - ext4 /dev/sda1 rw',
    '31 30 8:1 /var/backups/a /var/backups/a rw - ext4 /dev/sda1 rw',
    '32 21 8:2 /sets /data/sets rw - ext4 /dev/sdb1 rw',
    '33 20 8:1 /elsewhere /srv rw - ext4 /dev/sda1 rw',
    '34 20 8:2 /mnt /mnt rw - ext4 /dev/sdb1 rw',
  ].join('\n')
  const under = (path: string) => {
    const mount = mountOf(path, mountinfo)
    return mount && withoutSelfBind(mount, mountinfo).mountPoint
  }
  assert.deepEqual(['/var/backups/a/x', '/var/backups', '/data/sets/x', '/data', '/srv', '/mnt', '/x'].map(under), [
    '/',
    '/',
    '/data',
    '/data',
    '/srv',
    '/mnt',
    '/',
  ])
})

it('sees through a folder that is mounted onto itself several times, and ends where mounts refer to each other', () => {
  const mounts = [
    '20 1 8:1 / / rw - ext4 /dev/sda1 rw',
    '30 20 8:1 /tmp/sets /tmp/sets rw - ext4 /dev/sda1 rw',
    '31 30 8:1 /tmp/sets /tmp/sets rw - ext4 /dev/sda1 rw',
    '32 31 8:1 /tmp/sets /tmp/sets rw - ext4 /dev/sda1 rw',
    '40 41 8:1 /a /a rw - ext4 /dev/sda1 rw',
    '41 40 8:1 /a /a rw - ext4 /dev/sda1 rw',
  ].join('\n')
  const under = (path: string) => {
    const mount = mountOf(path, mounts)
    return mount && withoutSelfBind(mount, mounts).mountPoint
  }
  assert.equal(under('/tmp/sets/x'), '/')
  assert.equal(under('/a/x'), '/a')
})
