import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { call, exitCodeOf, nextRun, openLocalfs, publishFiles } from '../../../test/support/localfs.ts'
import { skipHere } from '../../../test/support/requires.ts'
import { anyFolder } from '../../files/tree/remove-proven.ts'

const SET = '2026-01-02T03:04:05+00:00'

describe('expiring a set of a root', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'expire-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  const expire = async (name: string, points: string[] = []) => {
    const { folders } = openLocalfs(root)
    await folders.withRootLock(call, () =>
      folders.expire(name, { ...call, failpoint: (point) => points.push(`${point}: ${readdirSync(root)}`) }, anyFolder),
    )
  }

  it('moves it out of the root first, then deletes it completely', async () => {
    await publishFiles(openLocalfs(root, { folderMode: 0o500, fileMode: 0o400 }), SET, { 'a/b': 'x', c: 'y' })
    mkdirSync(join(root, SET, 'foreign'))
    const points: string[] = []
    await expire(SET, points)
    assert.deepEqual(
      points,
      ['expire-renamed', 'expire-flushed', 'expire-deleted'].map((point) => `${point}: .holdfast-work`),
    )
    assert.deepEqual(readdirSync(root), [])
  })

  it('leaves alone what its links point to', async () => {
    mkdirSync(join(root, SET))
    writeFileSync(join(root, 'mine'), 'x')
    symlinkSync('../mine', join(root, SET, 'link'))
    symlinkSync('..', join(root, SET, 'up'))
    await expire(SET)
    assert.deepEqual(readdirSync(root), ['mine'])
  })

  it('reports a missing set, and leaves nothing', async () => {
    await assert.rejects(expire(SET), { code: 'storage/not-found' })
    assert.deepEqual(readdirSync(root), [])
  })

  it('reports the obstacle; the set is removed from the root, and a later sweep deletes the rest', async (t) => {
    const busy = join(root, SET, 'sub/mnt')
    mkdirSync(busy, { recursive: true })
    writeFileSync(join(root, SET, 'file'), 'x')
    if (exitCodeOf('mount', '-t', 'tmpfs', 'tmpfs', busy) !== 0) return skipHere(t, 'mounting needs root')
    try {
      await assert.rejects(expire(SET), { code: 'storage/broken', message: /^could not remove ".*\/set\/sub\/mnt": a file system is mounted on /u })
      assert.deepEqual(readdirSync(root), ['.holdfast-work'])
    } finally {
      exitCodeOf('umount', '-R', ...mountsBelow(root))
    }
    await (await openLocalfs(root).folders.begin(nextRun(), call)).abandon()
    assert.deepEqual(readdirSync(root), [])
  })

  it('leaves a set that cannot be moved as it was', async (t) => {
    mkdirSync(join(root, SET))
    writeFileSync(join(root, SET, 'file'), 'x')
    if (exitCodeOf('chattr', '+i', join(root, SET)) !== 0) return skipHere(t, 'immutable folders need root and a file system that has them')
    try {
      await assert.rejects(expire(SET), {
        code: 'storage/denied',
        message: /^could not expire ".*05\+00:00": operation not permitted$/u,
        hint: /lsattr/u,
      })
      assert.deepEqual(readdirSync(root), [SET])
    } finally {
      exitCodeOf('chattr', '-i', join(root, SET))
    }
    assert.equal(existsSync(join(root, SET, 'file')), true)
  })

  it('expires nothing after an abort', async () => {
    mkdirSync(join(root, SET))
    const { folders } = openLocalfs(root)
    await assert.rejects(
      folders.withRootLock(call, () => folders.expire(SET, { signal: AbortSignal.abort() }, anyFolder)),
      { code: 'storage/aborted' },
    )
    assert.deepEqual(readdirSync(root), [SET])
  })

  it('refuses names that lead out of the root', async () => {
    const { folders } = openLocalfs(join(root, 'below'))
    mkdirSync(join(root, 'mine'))
    for (const name of ['../mine', '..', '.', '', '/etc']) {
      await assert.rejects(
        folders.withRootLock(call, () => folders.expire(name, call, anyFolder)),
        { code: 'storage/broken' },
        name,
      )
    }
    assert.deepEqual(readdirSync(root), ['mine'])
  })
})

function mountsBelow(root: string): string[] {
  const found = readdirSync(join(root, '.holdfast-work')).filter((name) => name !== 'lock')
  return found.map((name) => join(root, '.holdfast-work', name, 'set/sub/mnt'))
}
