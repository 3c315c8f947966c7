import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { contentOf, copy, fill, name } from '../../../test/support/copying.ts'
import { call, exitCodeOf, nextRun, openLocalfs, temporaryFolder } from '../../../test/support/localfs.ts'
import { skipHere } from '../../../test/support/requires.ts'
import { markedSets, wholeSets } from '../../../test/support/several.ts'
import { memoryStorage } from '../../storage/conform/memory.ts'
import { StorageError } from '../../storage/storage.ts'
import { filesystemSets } from './filesystem-sets.ts'

const PROGRAM = fileURLToPath(new URL('../../../test/programs/die-replacing.ts', import.meta.url))

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

  it('has its name back after a kill between the two renames, in the next run', async (t) => {
    const { root, from, to, notes } = await damaged(t)
    const before = await contentOf(to, name(1))
    const killed = spawnSync(process.execPath, [PROGRAM, root, name(1)], { encoding: 'utf8' })
    assert.equal(killed.signal, 'SIGKILL', killed.stderr)
    assert.deepEqual(readdirSync(root), ['.holdfast-work'])
    await (await openLocalfs(root).folders.begin(nextRun(), call)).abandon()
    assert.deepEqual(await contentOf(to, name(1)), before)
    assert.deepEqual(readdirSync(root), [name(1)])
    assert.deepEqual(notes, [])
    assert.equal((await copy(from, to)).error, undefined)
    assert.deepEqual(await wholeSets(to), [name(1)])
  })

  it('is replaced by the first copy after such a kill', async (t) => {
    const { root, from, to } = await damaged(t)
    assert.equal(spawnSync(process.execPath, [PROGRAM, root, name(1)]).signal, 'SIGKILL')
    assert.equal((await copy(from, to)).error, undefined)
    assert.deepEqual([readdirSync(root), await wholeSets(to)], [[name(1)], [name(1)]])
  })

  it('is deleted by the next run if a new one has its name after a kill', async (t) => {
    const { root, from, to } = await damaged(t)
    assert.equal(spawnSync(process.execPath, [PROGRAM, root, name(1)]).signal, 'SIGKILL')
    await copy(from, openedAt(join(root, '..', 'other')))
    renameSync(join(root, '..', 'other', name(1)), join(root, name(1)))
    await (await openLocalfs(root).folders.begin(nextRun(), call)).abandon()
    assert.deepEqual([readdirSync(root), await wholeSets(to)], [[name(1)], [name(1)]])
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
      assert.match(
        notes.join(),
        /^could not remove a set that was replaced: could not remove ".*\/expire-[^/]+\/[^/]+\/mnt": a file system is mounted on /u,
      )
    } finally {
      for (const entry of readdirSync(area)) exitCodeOf('umount', '-l', join(area, entry, name(1), 'mnt'))
    }
    assert.equal((await copy(from, to)).error, undefined)
  })
})

function openedAt(root: string) {
  return filesystemSets(openLocalfs(root), { completeWhen: 'manifest' })
}

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
