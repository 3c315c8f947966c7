import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { hasSharedFolderLocks, hasSharedLocks, isLocal, isLocalMount, seesLocksOfOthers } from './shared-locks.ts'

describe('locks of other hosts', () => {
  const seen = (type: string, superOptions = 'rw') =>
    hasSharedLocks('36', `35 1 8:1 / / rw - ext4 /dev/sda1 rw\n36 35 0:44 / /srv rw,relatime - ${type} source ${superOptions}\n`)

  it('are seen on a disk and over NFS', () => {
    assert.deepEqual([seen('ext4'), seen('overlay'), seen('nfs4', 'rw,vers=4.2,local_lock=none'), seen('nfs', 'rw,lock')], [true, true, true, true])
  })

  it('are not seen where each host has its own, or where that is not known', () => {
    const unseen = [
      seen('nfs', 'rw,nolock'),
      seen('nfs4', 'rw,local_lock=all'),
      seen('nfs', 'rw,local_lock=flock'),
      seen('fuse.sshfs'),
      seen('9p'),
      seen('cifs'),
    ]
    assert.deepEqual(unseen, Array(6).fill(false))
    assert.equal(hasSharedLocks('99', '36 35 0:44 / /srv rw - ext4 source rw\n'), false)
  })

  it('are not seen on folders over NFS', () => {
    const seenOnFolders = ['ext4', 'ceph', 'nfs', 'nfs4', 'fuse.sshfs'].map((type) =>
      hasSharedFolderLocks('36', `36 35 0:44 / /srv rw - ${type} source rw\n`),
    )
    assert.deepEqual(seenOnFolders, [true, true, false, false, false])
  })

  it('matter only on file systems that several hosts may have mounted', () => {
    const local = ['ext4', 'tmpfs', 'nfs4', 'cifs', 'fuse.sshfs', 'ceph', 'gfs2'].map((type) =>
      isLocalMount('36', `36 35 0:44 / /srv rw - ${type} source rw\n`),
    )
    assert.deepEqual(local, [true, true, false, false, false, false, false])
  })

  it('are determined by the mount of an open file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'locks-'))
    const file = await open(join(folder, 'lock'), 'w')
    assert.deepEqual([seesLocksOfOthers(file.fd), isLocal(file.fd)], [true, true])
    await file.close()
    const proc = await open('/proc/self/stat', 'r')
    assert.deepEqual([seesLocksOfOthers(proc.fd), isLocal(proc.fd)], [false, false])
    await proc.close()
    rmSync(folder, { recursive: true })
  })
})
