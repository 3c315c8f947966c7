import assert from 'node:assert/strict'
import { chownSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openLocalfs, publishFiles, temporaryFolder } from '../../../test/support/localfs.ts'
import { skipHere } from '../../../test/support/requires.ts'
import { memoryStorage } from '../conform/memory.ts'
import { bodyOf, call, storageSuite } from '../storage.suite.ts'
import type { Storage, StoredObject } from '../storage.ts'
import { withCheckedKeys } from './with-checked-keys.ts'

const silent = { note: (text: string) => assert.fail(text) }

storageSuite('memory behind the gate for keys', async () => withCheckedKeys(memoryStorage(), silent))

const BAD = ['', '/a', 'a/', 'a//b', '.', '..', '../a', 'a/../../b', 'a/./b', 'a\0b', 'x'.repeat(5000)]

/** A storage that says so when it is asked for what is no key. */
function naive(objects: readonly StoredObject[] = []): { storage: Storage; asked: string[] } {
  const asked: string[] = []
  const ask = async (...keys: readonly string[]) => {
    asked.push(...keys)
  }
  const storage: Storage = {
    ...memoryStorage(),
    put: async (key) => ask(key).then(() => ({ key, bytes: 0 })),
    get: async (key) => ask(key).then(() => bodyOf('')),
    remove: (key) => ask(key),
    removeMany: (keys) => ask(...keys),
    archive: (keys) => ask(...keys),
    unfinished: { list: async () => objects.map(({ key }) => ({ key, id: '1', begun: new Date(0) })), abort: ({ key }) => ask(key) },
    async *list(prefix) {
      asked.push(prefix)
      yield* objects
    },
  }
  return { storage, asked }
}

describe('the gate for keys', () => {
  it('never leaves the root, for any request', async () => {
    const { storage, asked } = naive()
    const checked = withCheckedKeys(storage, silent)
    for (const key of BAD) {
      const body = bodyOf('x')
      const refused = { code: 'storage/broken', message: /is not a path inside a storage/u }
      await assert.rejects(checked.put(key, body, call), refused, key)
      assert.ok(body.destroyed)
      await assert.rejects(checked.get(key, call), refused, key)
      await assert.rejects(checked.remove(key, call), refused, key)
      await assert.rejects(async () => checked.removeMany?.(['a', key], call), refused, key)
      await assert.rejects(async () => checked.archive?.(['a', key], call), refused, key)
      await assert.rejects(async () => checked.unfinished?.abort({ key, id: '1', begun: new Date(0) }, call), refused, key)
    }
    for (const prefix of ['/', '/a', '../', 'a/../', 'a//', './x', 'a\0'])
      await assert.rejects(async () => checked.list(prefix, call)[Symbol.asyncIterator]().next(), { code: 'storage/broken' }, prefix)
    assert.deepEqual(asked, [])
  })

  it('passes on the proof of a folder to be removed', async (t) => {
    if (process.geteuid?.() !== 0) return skipHere(t, 'giving a root to another user needs root')
    const root = join(temporaryFolder(t), 'root')
    const storage = openLocalfs(root)
    await publishFiles(storage, 'a', { file: 'x' })
    await storage.close()
    chownSync(root, 12_345, 12_345)
    const { folders } = withCheckedKeys(openLocalfs(root), silent)
    const expired = folders?.withRootLock(call, () => folders.expire('a', call, async () => false))
    await assert.rejects(async () => expired, { code: 'storage/unsafe' })
    const publish = async () => assert.fail('published')
    const replaced = folders?.withRootLock(call, () => folders.replace('a', { proves: async () => false, publish }, call))
    await assert.rejects(async () => replaced, { code: 'storage/unsafe' })
    assert.equal(await folders?.isTaken('a', call), true)
  })

  it('returns only requested, valid keys, and reports others once with their number', async () => {
    const good = [
      { key: 'set/a', bytes: 1 },
      { key: 'set/.../b', bytes: 2 },
    ]
    const foreign = [...BAD.map((key) => ({ key: `set/${key}`, bytes: 1 })), { key: 'other/a', bytes: 1 }, { key: '/etc/passwd', bytes: 1 }]
    const insane = [-1, 1.5, Number.NaN, 2 ** 53].map((bytes) => ({ key: 'set/size', bytes }))
    // "set//a" is one too many slashes, "set/x…" is fine but for its length.
    const { storage } = naive([...foreign, ...good, ...insane, { key: 'set/folder/', bytes: 0 }])
    const notes: string[] = []
    const checked = withCheckedKeys(storage, { note: (text) => notes.push(text) })
    for (let time = 0; time < 2; time += 1) {
      const listed = []
      for await (const object of checked.list('set/', call)) listed.push(object)
      assert.deepEqual(listed, good)
    }
    assert.equal(notes.length, 1, String(notes))
    // An empty part at the end is what programs put where they show a folder, here with a byte in it.
    assert.match(notes[0] ?? '', new RegExp(`^ignored ${foreign.length + insane.length} objects of "memory" with invalid names`, 'u'))
    assert.deepEqual(
      (await checked.unfinished?.list(call))?.map(({ key }) => key),
      ['other/a', ...good.map(({ key }) => key), ...insane.map(({ key }) => key)],
    )
  })

  it('stops an endless listing', async () => {
    const endless: Storage = {
      ...memoryStorage(),
      async *list() {
        for (let count = 0; ; count += 1) yield { key: `set/${count}`, bytes: 1 }
      },
    }
    const checked = withCheckedKeys(endless, { ...silent, mostObjects: 1000 })
    let count = 0
    const all = async () => {
      for await (const _ of checked.list('', call)) count += 1
    }
    await assert.rejects(all, { code: 'storage/broken', message: /more than 1000 objects/u })
    assert.equal(count, 1000)
  })
})
