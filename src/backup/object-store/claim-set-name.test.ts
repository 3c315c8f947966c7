import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { call } from '../../../test/support/localfs.ts'
import { makeSet } from '../../../test/support/sets.ts'
import { wholeSets } from '../../../test/support/several.ts'
import { memoryStorage } from '../../storage/conform/memory.ts'
import type { Storage } from '../../storage/storage.ts'
import { type Fault, withFaults } from '../../storage/wrap/with-faults.ts'
import { copySet } from '../copy/copy-set.ts'
import type { SetStore } from '../set/set-store.ts'
import { EXPIRING_MARKER, hostMarkers, type MarkerDeps } from './marker-files.ts'
import { objectStoreSets } from './object-store-sets.ts'

const began = new Date('2026-01-01T00:00:01Z')
const NAME = '2026-01-01T00:00:01+00:00'
const objects = { 'db.sql': 'a dump', 'www/a.tar': 'an archive' }
/** Runs of a process that is dead by the time anybody looks. */
const dead: MarkerDeps = { ownerOf: (run) => ({ ...hostMarkers.ownerOf(run), pid: 1, start: -1 }), isDead: hostMarkers.isDead }
const sets = (storage: Storage, deps: MarkerDeps = hostMarkers) => objectStoreSets(storage, { completeWhen: 'folder' }, deps)

/** The same storage, for a process that lets another one in before its nth call. */
function lettingIn(inner: Storage, { nth, others }: { readonly nth: number; readonly others: () => Promise<unknown> }) {
  const calls = { count: 0 }
  const turn = async () => {
    calls.count += 1
    if (calls.count === nth) await others().catch(() => undefined)
  }
  const storage: Storage = {
    ...inner,
    put: (...args) => turn().then(() => inner.put(...args)),
    get: (...args) => turn().then(() => inner.get(...args)),
    async *list(...args) {
      await turn()
      yield* inner.list(...args)
    },
    remove: (...args) => turn().then(() => inner.remove(...args)),
  }
  return { storage, calls }
}

/** The same storage, where the first own file of a set waits until the gate is opened. */
function gated(inner: Storage) {
  const reached = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  const put: Storage['put'] = async (key, body, putCall) => {
    if (putCall.kind === 'metadata') reached.resolve()
    if (putCall.kind === 'metadata') await gate.promise
    return inner.put(key, body, putCall)
  }
  return { storage: { ...inner, put }, reached: reached.promise, open: () => gate.resolve() }
}

const copyTo = (to: SetStore, from: SetStore, runId: string) =>
  copySet(
    NAME,
    { step: 's', from, to, newest: 1, keep: {}, takesLegacy: true },
    { run: { runId, task: 't' }, clock: () => began, emit: () => undefined, call },
  )

/** What a copy leaves that was killed when most of the set had come, and what one leaves that was killed while it removed that again. */
async function leftOver(from: SetStore, isExpiring: boolean): Promise<Map<string, Buffer>> {
  const kept = new Map<string, Buffer>()
  const receiver = await sets(memoryStorage(kept), dead).receive(NAME, { runId: 'killed', task: 't' }, call)
  for (const path of ['db.sql', 'www/a.tar']) await receiver.put(path, await from.openObject(NAME, path, call), { ...call, expectedBytes: 9 })
  if (isExpiring) kept.set(`${NAME}/${EXPIRING_MARKER}`, Buffer.from(JSON.stringify(dead.ownerOf({ runId: 'killed', task: 't' }))))
  return kept
}

/** What stays for an hour, as something may still arrive. */
const GRAVE = `${NAME}/${EXPIRING_MARKER}`

/** A run that makes a set begins, and so removes what is left over. */
const sweep = (keeper: SetStore, runId = 'sweeper') => keeper.begin({ runId, task: 't', began: new Date('2026-01-01T00:00:30Z') }, call)

/** What counts is whole, and the next copy brings the set if it is not there, for good. */
async function checkMet(kept: Map<string, Buffer>, from: SetStore, at: string): Promise<void> {
  const there = sets(memoryStorage(kept))
  assert.ok(
    (await there.list(call)).every(({ state }) => state !== 'legacy'),
    at,
  )
  const whole = await wholeSets(there)
  // An hour later: the tombstone, and what was observed of it, are gone.
  const left = [...kept.keys()].filter((key) => key.startsWith(`${NAME}/`))
  if (left.every((key) => key === GRAVE || key.startsWith(`${NAME}/.holdfast/seen/`))) for (const key of left) kept.delete(key)
  if (whole.length === 0) await copyTo(there, from, 'later')
  await sweep(there, 'last')
  assert.deepEqual(await wholeSets(there), [NAME], at)
}

describe('what a dead run left of a set', () => {
  for (const isExpiring of [false, true]) {
    const what = isExpiring ? 'half removed again' : 'unfinished'
    it(`${what} is removed by one and taken over by another: wherever they meet, what counts is whole`, async () => {
      const from = sets(memoryStorage())
      await makeSet(from, call, { began, objects })
      const there = (kept: Map<string, Buffer>) => sets(memoryStorage(kept))
      const copy = (kept: Map<string, Buffer>) => copyTo(there(kept), from, 'copier')
      const meet = async (what: string, meeting: (kept: Map<string, Buffer>, nth: number) => Promise<number>) => {
        for (let nth = 1, calls = nth; calls >= nth; nth += 1) {
          const kept = await leftOver(from, isExpiring)
          calls = await meeting(kept, nth)
          await checkMet(kept, from, `${what}, ${nth}`)
        }
      }
      await meet('a copy inside a sweep', async (kept, nth) => {
        const { storage, calls } = lettingIn(memoryStorage(kept), { nth, others: () => copy(kept) })
        await sweep(sets(storage))
        return calls.count
      })
      await meet('a sweep inside a copy', async (kept, nth) => {
        const { storage, calls } = lettingIn(memoryStorage(kept), { nth, others: () => sweep(there(kept)) })
        await copyTo(sets(storage), from, 'copier').catch(() => undefined)
        return calls.count
      })
      await meet('a copy that begins inside a sweep', async (kept, nth) => {
        const { storage: waiting, reached, open } = gated(memoryStorage(kept))
        const copying = { done: Promise.resolve<unknown>(undefined) }
        const others = () => {
          copying.done = copyTo(sets(waiting), from, 'copier').catch(() => undefined)
          return Promise.race([reached, copying.done])
        }
        const { storage, calls } = lettingIn(memoryStorage(kept), { nth, others })
        await sweep(sets(storage))
        open()
        await copying.done
        return calls.count
      })
    })
  }

  it('is removed by the next sweep when one dies, wherever that is', async () => {
    const from = sets(memoryStorage())
    await makeSet(from, call, { began, objects })
    for (const when of ['before', 'after'] as const)
      for (let nth = 1, isThrough = false; !isThrough; nth += 1) {
        const kept = await leftOver(from, false)
        const fault: Fault = { verb: 'any', nth, when, isLasting: true, error: new Error('killed') }
        isThrough = await sweep(sets(withFaults(memoryStorage(kept), [fault]), dead)).then(
          () => true,
          () => false,
        )
        await sweep(sets(memoryStorage(kept)), 'next')
        assert.deepEqual(
          [...kept.keys()].filter((key) => !key.endsWith(`/${EXPIRING_MARKER}`) && !key.endsWith('/begin/next') && !key.endsWith('/lease/next')),
          [],
          `${when} ${nth}`,
        )
      }
  })

  it('is not complete if a part of it was removed, or another run has begun it', async () => {
    const from = sets(memoryStorage())
    await makeSet(from, call, { began, objects })
    const run = { runId: 'copier', task: 't' }
    const marker = `${NAME}/.holdfast/begin/other`
    for (const meddle of [
      (kept: Map<string, Buffer>) => kept.delete(`${NAME}/db.sql`),
      (kept: Map<string, Buffer>) => kept.set(`${NAME}/db.sql`, Buffer.from('cut')),
      (kept: Map<string, Buffer>) => kept.delete(`${NAME}/.holdfast/begin/copier`),
      (kept: Map<string, Buffer>) => kept.set(marker, Buffer.from('{}')),
    ]) {
      const kept = await leftOver(from, false)
      const there = sets(memoryStorage(kept))
      const receiver = await there.receive(NAME, run, call)
      await receiver.put('more', Readable.from([Buffer.from('x')], { objectMode: false }), { ...call, expectedBytes: 1 })
      meddle(kept)
      await assert.rejects(receiver.publish({ path: 'manifest.json', text: '{}' }, call), { code: 'backup/taken' })
      assert.deepEqual(
        (await there.list(call)).map(({ state }) => state),
        ['unfinished'],
      )
    }
  })
})
