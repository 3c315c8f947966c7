import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { makeSet } from '../../../test/support/sets.ts'
import { memoryStorage } from '../../storage/conform/memory.ts'
import type { OperationContext } from '../../storage/storage.ts'
import { type Fault, withFaults } from '../../storage/wrap/with-faults.ts'
import { rotate } from '../keep/rotate.ts'
import type { SetStore } from '../set/set-store.ts'
import { verifySet } from '../verify/verify-set.ts'
import { hostMarkers, type MarkerDeps } from './marker-files.ts'
import { objectStoreSets } from './object-store-sets.ts'

const call: OperationContext = { signal: new AbortController().signal }
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second))
const objects = { 'db.sql': 'a dump', 'www/site.tar': 'an archive' }

/** Runs of a process that is dead by the time anybody looks. */
const dead: MarkerDeps = { ownerOf: (run) => ({ ...hostMarkers.ownerOf(run), pid: 1, start: -1 }), isDead: hostMarkers.isDead }

async function run(sets: SetStore, second: number): Promise<string> {
  const current = await makeSet(sets, call, { began: at(second), objects })
  await rotate(sets, { step: 's', policy: { copies: 2n }, current, emit: () => undefined }, call)
  return current
}

/** Whatever counts as complete is whole; sets that were there before and were not to go are there. */
async function checkSets(kept: ReturnType<typeof memoryStorage>, expected: readonly string[]): Promise<void> {
  const sets = objectStoreSets(kept, { completeWhen: 'folder' })
  const complete = (await sets.list(call))
    .filter(({ state }) => state !== 'unfinished')
    .map(({ name, state }) => (state === 'complete' ? name : `legacy ${name}`))
  for (const name of complete) assert.deepEqual((await verifySet(sets, name, call)).problems, [], name)
  for (const name of expected) assert.ok(complete.includes(name), `${name} is among ${complete}`)
  assert.ok(!complete.some((name) => name.startsWith('legacy')), 'nothing unfinished is taken for an older set')
}

describe('sets on an object store', () => {
  for (const when of ['before', 'after'] as const) {
    for (const isLasting of [false, true]) {
      it(`are whole or do not count, whichever call fails ${when === 'after' ? 'after it was carried out' : ''} ${isLasting ? 'and the process dies' : ''}`, async () => {
        for (let nth = 1; ; nth++) {
          const objectsOf = new Map<string, Buffer>()
          const kept = memoryStorage(objectsOf)
          const good = objectStoreSets(kept, { completeWhen: 'folder' })
          const [, second] = [await run(good, 1), await run(good, 2)]
          const fault: Fault = { verb: 'any', nth, when, isLasting, error: new Error('the link is down') }
          const hurt = await run(objectStoreSets(withFaults(kept, [fault]), { completeWhen: 'folder' }, dead), 3).catch((error: unknown) => error)

          await checkSets(kept, typeof hurt === 'string' ? [second, hurt] : [second])
          // The next run sweeps what was left, makes its set, and two whole ones are all there is.
          const third = await run(good, 4)
          await checkSets(kept, [third])
          // What the dead had sent may still arrive: a tombstone awaits it for an hour, where it would count as a set, and is observed.
          const keys = [...objectsOf.keys()].filter((key) => !(isLasting && /\/\.holdfast\/(?:expiring$|seen\/)/u.test(key)))
          const names = new Set(keys.map((key) => key.split('/')[0]))
          assert.deepEqual([names.size, keys.filter((key) => key.includes('.holdfast'))], [2, []], `call ${nth}: ${keys}`)
          if (typeof hurt === 'string') break
          assert.ok(nth < 200, 'the run never gets through')
        }
      })
    }
  }

  it('are whole or do not count when the last word of a commit is lost and the roll-back dies', async () => {
    for (let nth = 1; nth < 60; nth++) {
      const kept = memoryStorage()
      const lost: Fault = { verb: 'remove', nth: 1, when: 'after', error: new Error('the answer is lost') }
      const dies: Fault = { verb: 'any', nth, when: 'after', isLasting: true, error: new Error('the link is down') }
      await run(objectStoreSets(withFaults(kept, [lost, dies]), { completeWhen: 'folder' }, dead), 1).catch(() => undefined)
      await checkSets(kept, [])
    }
  })

  it('of a live run are kept, as are those of other hosts', async () => {
    const kept = memoryStorage()
    const elsewhere: MarkerDeps = { ...dead, ownerOf: (it) => ({ ...dead.ownerOf(it), host: 'elsewhere/1' }) }
    for (const [runId, deps] of [
      ['living', hostMarkers],
      ['theirs', elsewhere],
      ['dead', dead],
    ] as const) {
      await objectStoreSets(kept, { completeWhen: 'folder' }, deps).begin({ runId, task: 't', began: at(1) }, call)
    }
    const sets = objectStoreSets(kept, { completeWhen: 'folder' })
    await run(sets, 9)
    assert.deepEqual(
      (await sets.list(call)).map(({ name, state }) => `${name.slice(17, 19)} ${state}`),
      ['01 unfinished', '02 unfinished', '09 complete'],
    )
  })

  it('of two processes never get one name, wherever they meet', async () => {
    const kept = memoryStorage()
    // Two keepers stand for two processes: nothing but the storage is between them.
    const keepers = ['a', 'b', 'c'].map((runId) => ({ runId, sets: objectStoreSets(kept, { completeWhen: 'manifest' }) }))
    const drafts = await Promise.all(keepers.map(({ runId, sets }) => sets.begin({ runId, task: 't', began: at(1) }, call)))
    const facts = { host: 'h', runId: 'r', task: 't', step: 't', began: at(1), ended: at(1), objects: [] }
    const names = await Promise.all(drafts.map((draft) => draft.commit(at(1), facts, call)))
    assert.equal(new Set(names).size, 3, String(names))
    await checkSets(kept, names)
  })

  it('cannot be begun without a time', async () => {
    await assert.rejects(objectStoreSets(memoryStorage(), { completeWhen: 'manifest' }).begin({ runId: 'r', task: 't' }, call), {
      code: 'backup/no-begin-time',
    })
  })
})
