import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { rotate } from '../../src/backup/keep/rotate.ts'
import { hostMarkers, type MarkerDeps } from '../../src/backup/object-store/marker-files.ts'
import { objectStoreSets } from '../../src/backup/object-store/object-store-sets.ts'
import type { SetStore } from '../../src/backup/set/set-store.ts'
import { verifySet } from '../../src/backup/verify/verify-set.ts'
import { memoryStorage } from '../../src/storage/conform/memory.ts'
import type { OperationContext } from '../../src/storage/storage.ts'
import { makeSet } from '../support/sets.ts'
import { MARKER_POINTS } from './stop-points.ts'

const signal = new AbortController().signal
/** Runs of a process that is dead by the time anybody looks. */
const dead: MarkerDeps = { ownerOf: (run) => ({ ...hostMarkers.ownerOf(run), pid: 1, start: -1 }), isDead: hostMarkers.isDead }

async function run(sets: SetStore, second: number, call: OperationContext): Promise<string> {
  const current = await makeSet(sets, call, {
    began: new Date(Date.UTC(2026, 0, 1, 0, 0, second)),
    objects: { 'db.sql': 'a dump', 'www/a.tar': 'an archive' },
  })
  await rotate(sets, { step: 's', policy: { copies: 1n }, current, emit: () => undefined }, call)
  return current
}

describe('a run on a storage without rename, killed at a named point', () => {
  it('leaves complete sets and others that do not count; the next run removes these', async () => {
    // What lies in the storage at each point is what a kill there leaves.
    const left: { readonly point: string; readonly objects: ReadonlyMap<string, Buffer> }[] = []
    const objects = new Map<string, Buffer>()
    const storage = memoryStorage(objects)
    const sets = objectStoreSets(storage, { completeWhen: 'folder' }, dead)
    const old = await run(sets, 1, { signal })
    await run(sets, 2, { signal, failpoint: (point) => left.push({ point, objects: new Map(objects) }) })
    assert.deepEqual([...new Set(left.map(({ point }) => point))].toSorted(), MARKER_POINTS)

    for (const { point, objects: found } of left) {
      const copy = new Map(found)
      const after = objectStoreSets(memoryStorage(copy), { completeWhen: 'folder' })
      const complete = (await after.list({ signal })).filter(({ state }) => state !== 'unfinished')
      assert.ok(complete.length > 0 && complete.every(({ state }) => state === 'complete'), point)
      for (const { name } of complete) assert.deepEqual((await verifySet(after, name, { signal })).problems, [], point)
      assert.ok(complete.some(({ name }) => name === old) || complete.length === 1, point)

      const next = await run(after, 3, { signal })
      // What the dead had sent may still arrive: a tombstone awaits it, where it would count as a set.
      const keys = [...copy.keys()].filter((key) => !key.endsWith('/.holdfast/expiring'))
      assert.ok(
        keys.every((key) => key.startsWith(`${next}/`) && !key.includes('.holdfast')),
        `${point}: ${keys}`,
      )
    }
  })
})
