import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { requires, skipHere } from '../../../test/support/requires.ts'

const PROGRAM = fileURLToPath(new URL('../../../test/programs/make-sets.ts', import.meta.url))
const NOBODY = { uid: 65_534, gid: 65_534 }

const CLOSED = 'the checkout is closed to other users'
const isClosed = () => spawnSync('cat', [PROGRAM], { ...NOBODY }).status !== 0

describe('an ordinary user', () => {
  it('publishes and rotates sets whose folders their own modes close', { skip: requires('root') }, (t) => {
    if (isClosed()) return skipHere(t, CLOSED)
    const root = mkdtempSync(join(tmpdir(), 'user-'))
    try {
      chownSync(root, NOBODY.uid, NOBODY.gid)
      const run = spawnSync(process.execPath, [PROGRAM, root, '4', '', '550'], { ...NOBODY, encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } })
      assert.deepEqual([run.status, run.stderr], [0, ''])
      const names = readdirSync(root)
      assert.equal(names.length, 2, String(names))
      const modes = names.map((name) => [name, `${name}/www`, `${name}/www/a`].map((path) => lstatSync(join(root, path)).mode & 0o777))
      assert.deepEqual(modes, [
        [0o550, 0o755, 0o550],
        [0o550, 0o755, 0o550],
      ])
    } finally {
      rmSync(root, { recursive: true })
    }
  })

  it('is told that the null device is closed, and not that programs are missing', { skip: requires('root', 'leave to mount') }, (t) => {
    if (isClosed()) return skipHere(t, CLOSED)
    const root = mkdtempSync(join(tmpdir(), 'user-'))
    try {
      const script = `mknod -m 600 "$0/null" c 1 3; mount --bind "$0/null" /dev/null; install -d -o ${NOBODY.uid} "$0/sets"
        exec setpriv --reuid=${NOBODY.uid} --regid=${NOBODY.gid} --clear-groups "$@"`
      const argv = ['--mount', 'sh', '-euc', script, root, process.execPath, PROGRAM, join(root, 'sets'), '1']
      chmodSync(root, 0o755)
      const { status, stderr } = spawnSync('unshare', argv, { encoding: 'utf8', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } })
      assert.equal(status, 1)
      assert.match(stderr, /could not lock: "\/dev\/null" is closed to other users \(mode 0600\)$/mu)
    } finally {
      rmSync(root, { recursive: true })
    }
  })
})
