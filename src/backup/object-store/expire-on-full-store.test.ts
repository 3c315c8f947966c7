import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { makeSet } from '../../../test/support/sets.ts'
import { memoryStorage } from '../../storage/conform/memory.ts'
import { type OperationContext, type Storage, StorageError } from '../../storage/storage.ts'
import { objectStoreSets } from './object-store-sets.ts'

const call: OperationContext = { signal: new AbortController().signal }
const objects = { 'db.sql': 'a dump', 'www/site.tar': 'an archive' }

/** Takes nothing before `removals` objects have been removed. */
function fullUntil(storage: Storage, removals: number) {
  let removed = 0
  const changes: string[] = []
  const full: Storage = {
    ...storage,
    async put(key, body, putCall) {
      if (removed >= removals) return storage.put(key, body, putCall)
      body.destroy()
      changes.push(`full ${key.split('/').slice(1).join('/')}`)
      throw new StorageError('full', 'no room is left')
    },
    async remove(key, removeCall) {
      removed += 1
      changes.push(key.split('/').slice(1).join('/'))
      await storage.remove(key, removeCall)
    },
  }
  return { full, changes }
}

async function openSet() {
  const kept = new Map<string, Buffer>()
  const storage = memoryStorage(kept)
  const name = await makeSet(objectStoreSets(storage, { completeWhen: 'manifest' }), call, { began: new Date(Date.UTC(2026, 0, 1)), objects })
  return { kept, storage, name }
}

describe('a set in a full store', () => {
  it('expires: without its checksums, for which it takes the tombstone, then as ever', async () => {
    const { kept, storage, name } = await openSet()
    const { full, changes } = fullUntil(storage, 1)
    await objectStoreSets(full, { completeWhen: 'manifest' }).expire(name, call)
    assert.deepEqual(changes.slice(0, 3), ['full .holdfast/expiring', 'SHA256SUMS', 'manifest.json'])
    assert.equal(changes.at(-1), '.holdfast/expiring')
    assert.deepEqual([...kept.keys()], [])
  })

  it('expires if there is never room for a tombstone', async () => {
    const { kept, storage, name } = await openSet()
    const { full, changes } = fullUntil(storage, 1000)
    await objectStoreSets(full, { completeWhen: 'manifest' }).expire(name, call)
    const tried = 'full .holdfast/expiring'
    assert.deepEqual(changes.slice(0, 7), [tried, 'SHA256SUMS', tried, 'manifest.json', tried, 'RESTORE.md', tried])
    assert.deepEqual([...kept.keys()], [])
  })

  it('is left to the next run, and does not count, if another run has claimed its name and there is no room for a tombstone', async () => {
    const { kept, storage, name } = await openSet()
    kept.set(`${name}/.holdfast/begin/other`, Buffer.from('{}'))
    const { full } = fullUntil(storage, 1000)
    await assert.rejects(objectStoreSets(full, { completeWhen: 'manifest' }).expire(name, call), { code: 'storage/full' })
    assert.deepEqual(
      [...kept.keys()].filter((key) => !key.includes('.holdfast')),
      ['db.sql', 'www/site.tar'].map((path) => `${name}/${path}`),
    )
    const [set] = await objectStoreSets(storage, { completeWhen: 'manifest' }).list(call)
    assert.equal(set?.state, 'unfinished')
  })

  it('does not expire in the root of an ancestor, where any remaining object would count', async () => {
    const { kept, storage, name } = await openSet()
    const before = [...kept.keys()]
    const { full } = fullUntil(storage, 1)
    await assert.rejects(objectStoreSets(full, { completeWhen: 'folder' }).expire(name, call), { code: 'storage/full' })
    assert.deepEqual([...kept.keys()], before)
  })
})
