import assert from 'node:assert/strict'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { contentOf, copy, fill, name } from '../../../test/support/copying.ts'
import { call, exitCodeOf, openLocalfs, temporaryFolder } from '../../../test/support/localfs.ts'
import { skipHere } from '../../../test/support/requires.ts'
import { markedSets, wholeSets } from '../../../test/support/several.ts'
import { memoryStorage } from '../../storage/conform/memory.ts'
import { StorageError } from '../../storage/storage.ts'
import { filesystemSets } from './filesystem-sets.ts'

describe('replacing a damaged set of a root', () => {
  for (const point of ['expire-renamed', 'folders-flushed'])
    for (const how of ['a failure', 'an abort'] as const)
      it(`keeps its files on ${how} at ${point}`, async (t) => {
        const { root, from, to } = await damaged(t)
        const before = await contentOf(to, name(1))
        const stop = new AbortController()
        const failpoint = (at: string) => {
          if (at !== point) return
          if (how === 'an abort') stop.abort()
          else throw new StorageError('broken', 'the device has failed')
        }
        const { error } = await copy(from, to, { call: { signal: stop.signal, failpoint } })
        assert.equal(error?.code, how === 'an abort' ? 'storage/aborted' : 'storage/broken')
        assert.deepEqual(readdirSync(root), [name(1)])
        assert.deepEqual(await contentOf(to, name(1)), before)
        assert.equal((await copy(from, to)).error, undefined)
        assert.deepEqual(await wholeSets(to), [name(1)])
        assert.deepEqual(readdirSync(root), [name(1)])
      })

  it('publishes the new one even if something of the old one cannot be deleted', async (t) => {
    const { root, from, to, notes } = await damaged(t)
    const busy = join(root, name(1), 'mnt')
    mkdirSync(busy)
    if (exitCodeOf('mount', '-t', 'tmpfs', 'tmpfs', busy) !== 0) return skipHere(t, 'mounting needs root')
    const area = join(root, '.holdfast-work')
    try {
      assert.equal((await copy(from, to)).error, undefined)
      assert.deepEqual(await wholeSets(to), [name(1)])
      assert.match(notes.join(), /^could not remove a set that was replaced: could not remove ".*\/set\/mnt": a file system is mounted on /u)
    } finally {
      for (const entry of readdirSync(area)) exitCodeOf('umount', '-l', join(area, entry, 'set/mnt'))
    }
    assert.equal((await copy(from, to)).error, undefined)
  })
})

async function damaged(t: TestContext) {
  const root = join(temporaryFolder(t), 'b')
  const storage = openLocalfs(root)
  const to = filesystemSets(storage, { completeWhen: 'manifest' })
  const from = markedSets(memoryStorage())
  await fill(from, [1])
  await copy(from, to)
  await storage.remove(`${name(1)}/db.sql`, call)
  return { root, from, to, notes: storage.notes }
}
