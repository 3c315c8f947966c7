import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { mountRemote, noRemoteMount } from '../support/remote-mount.ts'
import { openPlace } from './place.ts'

describe('a localfs storage on a mount of remote storage', { skip: noRemoteMount }, () => {
  const openOn = async (t: TestContext, writeBack: Parameters<typeof mountRemote>[1]) => {
    const mounted = await mountRemote(t, writeBack)
    const place = openPlace(t)
    const config = join(place.folder, 'holdfast.yaml')
    mkdirSync(join(place.folder, 'data'))
    writeFileSync(join(place.folder, 'data/file'), 'content')
    writeFileSync(
      config,
      `version: 1
storages: { local: { type: localfs, root: ${mounted}/sets } }
tasks: { nightly: { steps: [{ backup: { objects: { data: { files: { paths: [${place.folder}/data] } } }, keep: { last: 2 } } }] } }
`,
      { mode: 0o600 },
    )
    const sets = () => readdirSync(join(mounted, 'sets/nightly')).filter((name) => /^\d/u.test(name))
    return { place, sets }
  }

  it('whose files can be read only some time after they were written: sets are rotated, verified and restored', async (t) => {
    const { place, sets } = await openOn(t, '2s')
    for (const count of [1, 2, 2]) {
      const { status, stderr } = place.run('-q', 'run', '--strict')
      assert.deepEqual({ status, stderr, count: sets().length }, { status: 0, stderr: '', count })
    }
    assert.equal(place.run('-q', 'verify', 'nightly', 'latest', '--deep').status, 0)
    const { status, stderr } = place.run('-q', 'restore', 'nightly', 'latest', '--to', join(place.folder, 'restored'))
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
    const [found = ''] = place.shell('find restored -name file').split('\n')
    assert.equal(readFileSync(join(place.folder, found), 'utf8'), 'content')
    // The mount reports a number of inodes, and none of them free.
    assert.doesNotMatch(place.run('check').stdout, /inodes/u)
  })

  it('whose files cannot be read for long after they were written: the run fails', async (t) => {
    const { place, sets } = await openOn(t, '1h')
    const { status, stderr } = place.run('-q', 'run')
    assert.equal(status, 1)
    assert.match(stderr, /^error: the new set "\w+" in ".*\/sets\/nightly" cannot be read after it was published$/mu)
    assert.match(stderr, /hint: The storage returns late, or not at all, what was written\. If its root is a mount of remote storage/u)
    assert.equal(sets().length, 1)
  })
  it('whose files can only be written once: the run fails, and the hint names an option of the mount', async (t) => {
    const { place, sets } = await openOn(t, 'write-once')
    const { status, stderr } = place.run('-q', 'run')
    assert.equal(status, 1)
    assert.match(stderr, /^error: could not write .*bad file descriptor/imu)
    assert.match(stderr, /hint: .*use a storage of type "rclone", or mount it with "--vfs-cache-mode writes"/u)
    assert.deepEqual(sets(), [])
  })
})
