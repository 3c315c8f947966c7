import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Call, Storage } from './storage.ts'

export type Vow =
  | 'reads back what it stored'
  | 'replaces what a key held'
  | 'keeps nothing of a body that broke'
  | 'keeps the old object when the new body breaks'
  | 'stores nothing after an abort in the middle'
  | 'says when there is no such object'
  | 'lists what begins with the prefix, each once'
  | 'forgives removing what is absent'
  | 'starts nothing after an abort'
  | 'takes any name'
  | 'refuses keys that lead out of it'

export const call: Call = { signal: new AbortController().signal }

export function bodyOf(content: string | Buffer): Readable {
  return Readable.from([Buffer.from(content)], { objectMode: false })
}

/** What every storage must do. `unable` lists what this one cannot do, each with its reason. */
export function storageSuite(name: string, open: () => Promise<Storage>, unable: { readonly [V in Vow]?: string } = {}): void {
  describe(`${name} as a storage`, () => {
    let storage: Storage
    beforeEach(async () => {
      storage = await open()
    })
    afterEach(() => storage.close())
    const vow = (title: Vow, body: () => Promise<void>) => {
      const reason = unable[title]
      it(title, { skip: reason === undefined ? false : `cannot: ${reason}` }, body)
    }
    const read = async (key: string) => (await buffer(await storage.get(key, call))).toString()
    const keys = async (prefix: string) => {
      const found = []
      for await (const { key, bytes } of storage.list(prefix, call)) found.push(`${key} ${bytes}`)
      return found.sort()
    }
    const isNotFound = { code: 'storage/not-found' }

    vow('reads back what it stored', async () => {
      const large = Buffer.alloc(3_000_001, 'x')
      assert.deepEqual(await storage.put('a/large', bodyOf(large), call), { key: 'a/large', bytes: large.length })
      await storage.put('empty', Readable.from([], { objectMode: false }), call)
      assert.ok((await buffer(await storage.get('a/large', call))).equals(large))
      assert.equal(await read('empty'), '')
    })

    vow('replaces what a key held', async () => {
      await storage.put('a', bodyOf('the first one'), call)
      await storage.put('a', bodyOf('two'), call)
      assert.equal(await read('a'), 'two')
      assert.deepEqual(await keys(''), ['a 3'])
    })

    vow('keeps nothing of a body that broke', async () => {
      await assert.rejects(storage.put('a/b', breaking(), call), /the dump died/u)
      await assert.rejects(storage.get('a/b', call), isNotFound)
      assert.deepEqual(await keys(''), [])
    })

    vow('keeps the old object when the new body breaks', async () => {
      await storage.put('a', bodyOf('old'), call)
      await assert.rejects(storage.put('a', breaking(), call), /the dump died/u)
      assert.equal(await read('a'), 'old')
    })

    vow('stores nothing after an abort in the middle', async () => {
      const stop = new AbortController()
      async function* endless() {
        for (let count = 0; ; count++) {
          yield Buffer.alloc(1000)
          await new Promise((resolve) => setImmediate(resolve))
          if (count === 20) stop.abort()
        }
      }
      await assert.rejects(storage.put('a', Readable.from(endless(), { objectMode: false }), { signal: stop.signal }))
      assert.deepEqual(await keys(''), [])
    })

    vow('says when there is no such object', async () => {
      await assert.rejects(storage.get('nowhere', call), isNotFound)
      await storage.put('a/b', bodyOf('x'), call)
      await assert.rejects(storage.get('a', call), isNotFound)
      await assert.rejects(storage.get('a/b/c', call), isNotFound)
    })

    vow('lists what begins with the prefix, each once', async () => {
      for (const key of ['a/1', 'a/2', 'a/b/3', 'ab', 'b/4']) await storage.put(key, bodyOf(key), call)
      assert.deepEqual(await keys('a/'), ['a/1 3', 'a/2 3', 'a/b/3 5'])
      assert.deepEqual(await keys('a'), ['a/1 3', 'a/2 3', 'a/b/3 5', 'ab 2'])
      assert.deepEqual(await keys('a/b'), ['a/b/3 5'])
      assert.equal((await keys('')).length, 5)
      assert.deepEqual(await keys('c/'), [])
    })

    vow('forgives removing what is absent', async () => {
      await storage.remove('nowhere/at all', call)
      await storage.put('a', bodyOf('x'), call)
      await storage.remove('a', call)
      await storage.remove('a', call)
      assert.deepEqual(await keys(''), [])
    })

    vow('starts nothing after an abort', async () => {
      await storage.put('a', bodyOf('old'), call)
      const aborted = { signal: AbortSignal.abort() }
      await assert.rejects(storage.put('a', bodyOf('new'), aborted), { code: 'storage/aborted' })
      await assert.rejects(storage.remove('a', aborted), { code: 'storage/aborted' })
      assert.equal(await read('a'), 'old')
    })

    vow('takes any name', async () => {
      const names = ['two  words', '-rf', 'line\nbreak', 'déjà vu/日本', '*?[]$(x)`"\'\\', '.hidden', '...', '\r\u001b', 'x'.repeat(200)]
      for (const name of names) await storage.put(`set/${name}`, bodyOf(name), call)
      for (const name of names) assert.equal(await read(`set/${name}`), name)
      assert.deepEqual(await keys('set/'), names.map((name) => `set/${name} ${Buffer.byteLength(name)}`).sort())
    })

    vow('refuses keys that lead out of it', async () => {
      for (const key of ['', '/a', 'a/', 'a//b', '.', '..', '../a', 'a/../../b', 'a/./b', 'a\0b']) {
        await assert.rejects(storage.put(key, bodyOf('x'), call), { code: 'storage/broken' }, key)
      }
    })
  })
}

function breaking(): Readable {
  async function* half() {
    yield Buffer.from('half of it')
    await new Promise((resolve) => setImmediate(resolve))
    throw new Error('the dump died')
  }
  return Readable.from(half(), { objectMode: false })
}
