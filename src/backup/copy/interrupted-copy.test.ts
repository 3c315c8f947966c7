import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { contentOf, copy, dead, fill, name } from '../../../test/support/copying.ts'
import { call } from '../../../test/support/localfs.ts'
import { markedSets, wholeSets } from '../../../test/support/several.ts'
import { memoryStorage } from '../../storage/conform/memory.ts'
import { type Storage, StorageError } from '../../storage/storage.ts'
import { withFaults } from '../../storage/wrap/with-faults.ts'
import { objectStoreSets } from '../object-store/object-store-sets.ts'

describe('copying that is interrupted', () => {
  it('resumes on a storage without rename, after checking existing objects', async () => {
    const from = markedSets(memoryStorage())
    await fill(from, [1])
    // What lies in the storage at each point is what a kill there leaves.
    const left: { readonly point: string; readonly objects: ReadonlyMap<string, Buffer> }[] = []
    const kept = new Map<string, Buffer>()
    const failpoint = (point: string) => left.push({ point, objects: new Map(kept) })
    await copy(from, objectStoreSets(memoryStorage(kept), { completeWhen: 'folder' }, dead), { call: { ...call, failpoint } })
    for (const point of ['copy-begun', 'copy-file-stored', 'copy-manifest-written', 'copy-marker-removed'])
      assert.ok(left.some((it) => it.point === point))
    for (const { point, objects } of left) {
      const found = new Map(objects)
      const isWhole = !left
        .slice(
          0,
          left.findIndex((it) => it.point === 'copy-marker-removed'),
        )
        .some((it) => it.objects === objects)
      assert.deepEqual(await wholeSets(markedSets(memoryStorage(found))), isWhole ? [name(1)] : [], point)
      found.set(`${name(1)}/stranger`, Buffer.from('left by something else'))
      const puts: string[] = []
      const to = markedSets(counting(memoryStorage(found), puts))
      if (isWhole) found.delete(`${name(1)}/stranger`)
      assert.equal((await copy(from, to)).error, undefined, point)
      assert.deepEqual(await contentOf(to, name(1)), await contentOf(from, name(1)), point)
      for (const path of ['db.sql', 'www/a.tar'])
        assert.ok(!objects.has(`${name(1)}/${path}`) || !puts.includes(`${name(1)}/${path}`), `${path} is sent again`)
    }
  })

  it('sends damaged objects again', async () => {
    const from = markedSets(memoryStorage())
    await fill(from, [1])
    const kept = new Map<string, Buffer>()
    const stop = (point: string) => {
      if (point === 'copy-manifest-written') throw new StorageError('unreachable', 'gone')
    }
    await copy(from, objectStoreSets(memoryStorage(kept), { completeWhen: 'manifest' }, dead), { call: { ...call, failpoint: stop } })
    assert.ok(kept.has(`${name(1)}/db.sql`), 'what came is kept for later')
    kept.set(`${name(1)}/db.sql`, Buffer.from('A dump'))
    const to = markedSets(memoryStorage(kept))
    assert.equal((await copy(from, to)).error, undefined)
    assert.deepEqual(await wholeSets(to), [name(1)])
  })

  it('leaves complete sets unchanged after any failed call, and copies the rest next time', async () => {
    const refused = new StorageError('broken', 'refused')
    for (const side of ['from', 'to'] as const) for (const when of ['before', 'after'] as const) await throughFaults({ side, when, refused })
  })

  it('permits two concurrent copies of the same set', async () => {
    const from = markedSets(memoryStorage())
    await fill(from, [1])
    const kept = new Map<string, Buffer>()
    const to = markedSets(memoryStorage(kept))
    await to.receive(name(1), { runId: 'other', task: 't' }, call)
    assert.equal((await copy(from, to)).error?.code, 'backup/taken')
    assert.deepEqual(await wholeSets(to), [])
  })
})

async function throughFaults({
  side,
  when,
  refused,
}: {
  readonly side: 'from' | 'to'
  readonly when: 'before' | 'after'
  readonly refused: Error
}): Promise<void> {
  for (let nth = 1, isThrough = false; !isThrough; nth += 1) {
    const stores = { from: new Map<string, Buffer>(), to: new Map<string, Buffer>() }
    await fill(markedSets(memoryStorage(stores.from)), [1, 2])
    const faulty = (which: 'from' | 'to') => {
      const storage = memoryStorage(stores[which])
      return objectStoreSets(
        which === side ? withFaults(storage, [{ verb: 'any', nth, error: refused, when }]) : storage,
        { completeWhen: 'manifest' },
        dead,
      )
    }
    const { error } = await copy(faulty('from'), faulty('to'))
    const [from, to] = [markedSets(memoryStorage(stores.from)), markedSets(memoryStorage(stores.to))]
    await wholeSets(to)
    assert.equal((await copy(from, to)).error, undefined, `${side} ${nth}`)
    assert.deepEqual(await wholeSets(to), [name(1), name(2)])
    isThrough = error === undefined
    assert.ok(nth < 100, 'it never gets through')
  }
}

function counting(storage: Storage, puts: string[]): Storage {
  return {
    ...storage,
    put(key, body, putCall) {
      puts.push(key)
      return storage.put(key, body, putCall)
    },
  }
}
