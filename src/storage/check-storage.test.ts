import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { type CheckResult, checkStorage } from './check-storage.ts'
import { memoryStorage } from './conform/memory.ts'
import { call } from './storage.suite.ts'
import { type Storage, StorageError } from './storage.ts'

async function resultsOf(storage: Storage, speedBytes = 100_000): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = []
  for await (const result of checkStorage(storage, { speedBytes, call })) results.push(result)
  return results
}

const failedOf = (results: readonly CheckResult[]) => results.flatMap(({ title, status }) => (status === 'failed' ? [title] : []))

describe('checkStorage', () => {
  it('finds nothing wrong with a good storage, and leaves what others have there', async () => {
    const objects = new Map([['a/b', Buffer.from('x')]])
    const results = await resultsOf(memoryStorage(objects))
    assert.deepEqual(failedOf(results), [])
    assert.deepEqual([...objects.keys()], ['a/b'])
    assert.match(results.find(({ title }) => title === 'transfers a large object')?.found ?? '', /^98 KiB: \S+ \S+\/s up/u)
  })

  const good = memoryStorage()
  const liars: readonly (readonly [what: string, lie: (inner: Storage) => Partial<Storage>, found: readonly string[]])[] = [
    [
      'takes a broken body for a whole one',
      (inner) => ({
        put: async (key, body, it) => {
          const chunks: Buffer[] = []
          try {
            for await (const chunk of body) chunks.push(Buffer.from(chunk))
          } catch {
            // The lie.
          }
          return inner.put(key, Readable.from(chunks, { objectMode: false }), it)
        },
      }),
      ['stores nothing of an interrupted upload', 'keeps the old object if its replacement is interrupted'],
    ],
    ['removes nothing', () => ({ remove: async () => undefined }), ['accepts the removal of missing objects', 'removes all test objects']],
    [
      'loses a byte of what is large',
      (inner) => ({
        get: async (key, it) => (key.endsWith('large') ? Readable.from([Buffer.from('x')], { objectMode: false }) : inner.get(key, it)),
      }),
      ['returns the stored data'],
    ],
    [
      'lists a key twice',
      (inner) => ({
        async *list(prefix, it) {
          for await (const found of inner.list(prefix, it)) yield* found.key.endsWith('a/b/3') ? [found, found] : [found]
        },
      }),
      ['lists each object with a prefix once'],
    ],
  ]
  for (const [what, lie, found] of liars)
    it(`detects a storage that ${what}`, async () => {
      const inner = memoryStorage()
      assert.deepEqual(
        failedOf(await resultsOf({ ...inner, ...lie(inner) })).filter((it) => found.includes(it)),
        found,
      )
    })

  const ODD = 'accepts control characters in names'
  const isOdd = (key: string) => key.includes('\n')
  const statusOf = async (lie: Partial<Storage>) => (await resultsOf({ ...memoryStorage(), ...lie }, 0)).find(({ title }) => title === ODD)?.status
  for (const [kind, status] of [
    ['broken', 'unable'],
    ['denied', 'failed'],
    ['unreachable', 'failed'],
  ] as const)
    it(`reports rejected names as "${status}" for the error kind "${kind}"`, async () => {
      const inner = memoryStorage()
      const refuse = () => Promise.reject(new StorageError(kind, 'no'))
      assert.equal(await statusOf({ ...inner, put: (key, body, it) => (isOdd(key) ? refuse() : inner.put(key, body, it)) }), status)
    })

  it('does not take wrong bytes below odd names for a refusal', async () => {
    const inner = memoryStorage()
    const wrong = async () => Readable.from([Buffer.from('x')], { objectMode: false })
    assert.equal(await statusOf({ ...inner, get: (key, it) => (isOdd(key) ? wrong() : inner.get(key, it)) }), 'failed')
  })

  it('stores no locked objects, and none in an archive class', async () => {
    const inner = memoryStorage()
    const kinds = new Set<string | undefined>()
    const put: Storage['put'] = (key, body, it) => {
      kinds.add(it.kind)
      return inner.put(key, body, it)
    }
    assert.deepEqual(failedOf(await resultsOf({ ...inner, put })), [])
    assert.deepEqual([...kinds], ['marker'])
  })

  it('tries nothing more where nothing can be reached', async () => {
    const refuse = () => Promise.reject(new StorageError('unreachable', 'the link is down'))
    const results = await resultsOf({ ...good, put: refuse, get: refuse })
    assert.deepEqual(failedOf(results), ['returns the stored data'])
    assert.equal(results.length, 1)
  })

  it('removes its objects if the consumer stops', async () => {
    const objects = new Map<string, Buffer>()
    for await (const { title } of checkStorage(memoryStorage(objects), { speedBytes: 0, call })) if (title === 'accepts any name') break
    assert.equal(objects.size, 0)
  })
})
