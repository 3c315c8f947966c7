import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { rotate } from '../../src/backup/keep/rotate.ts'
import { hostMarkers, type MarkerDeps } from '../../src/backup/object-store/marker-files.ts'
import { objectStoreSets } from '../../src/backup/object-store/object-store-sets.ts'
import type { SetStore } from '../../src/backup/set/set-store.ts'
import { verifySet } from '../../src/backup/verify/verify-set.ts'
import { AppError } from '../../src/lib/errors.ts'
import { bodyOf } from '../../src/storage/storage.suite.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { openS3, QUICK_RETRIES } from '../support/s3.ts'
import type { KeptObject } from '../support/s3-server/buckets.ts'
import { type S3Server, startS3Server } from '../support/s3-server/s3-server.ts'
import { asStream, makeSet } from '../support/sets.ts'
import { someOf } from '../support/some-of.ts'
import { scaledMs } from '../support/time-limits.ts'
import { type FaultyWire, openFaultyWire, WIRE_FAULTS, type WireFault } from '../support/wire-faults.ts'

const PART_BYTES = 50_000
const signal = new AbortController().signal
const isLong = process.env['HOLDFAST_LONG_TESTS'] === '1'
/** Runs of a process that is dead by the time anybody looks. */
const dead: MarkerDeps = { ownerOf: (run) => ({ ...hostMarkers.ownerOf(run), pid: 1, start: -1 }), isDead: hostMarkers.isDead }

const OBJECTS = { 'db.sql': 'a dump', 'www/large': Buffer.alloc(2.2 * PART_BYTES, 'large') }

async function run(sets: SetStore, second: number, objects: Parameters<typeof makeSet>[2]['objects'] = OBJECTS): Promise<string> {
  const current = await makeSet(sets, { signal }, { began: new Date(Date.UTC(2026, 0, 1, 0, 0, second)), objects })
  await rotate(sets, { step: 's', policy: { copies: 1n }, current, emit: () => undefined }, { signal })
  return current
}

describe('a run on s3 behind a line where things go wrong', () => {
  let server: S3Server
  let wire: FaultyWire
  let model: ReadonlyMap<string, KeptObject>
  before(async () => {
    server = await startS3Server({ minPartBytes: 0 })
    wire = await openFaultyWire(server)
    await run(objectStoreSets(direct(), { completeWhen: 'folder' }), 1)
    model = new Map(server.bucket('acme').objects)
  })
  after(async () => {
    await wire.close()
    await server.close()
  })
  const direct = () => openS3(server, { partBytes: PART_BYTES })
  const reset = () => {
    const { objects, uploads } = server.bucket('acme')
    objects.clear()
    uploads.clear()
    for (const [key, object] of model) objects.set(key, object)
  }
  const putBack = (key: string, hours: number) => {
    const { objects } = server.bucket('acme')
    const object = objects.get(key)
    if (object) objects.set(key, { ...object, modified: new Date(object.modified.getTime() - hours * 3600_000) })
  }
  // A request that stalls is given up after a while; so is a good one when the machine stalls, which is then made again.
  const throughWire = (attempts: number, kind?: WireFault) =>
    openS3(
      { url: wire.url, account: server.account },
      { partBytes: PART_BYTES },
      { retries: { ...QUICK_RETRIES, attempts }, ...(kind === 'stalled' && { idleMs: scaledMs(1000) }) },
    )

  /** Runs with the fault, then looks at what is there, then has another run clear up. Gives whether the run succeeded. */
  async function tryFault(work: (sets: SetStore) => Promise<unknown>, storage: Storage, what: string): Promise<boolean> {
    const failure = await work(objectStoreSets(storage, { completeWhen: 'folder' }, dead)).then(
      () => undefined,
      (error: unknown) => error,
    )
    await storage.close()
    if (failure !== undefined) assert.ok(failure instanceof AppError || String(failure).includes('the dump died'), `${what}: ${failure}`)
    wire.plan()
    const sets = objectStoreSets(direct(), { completeWhen: 'folder' })
    const complete = (await sets.list({ signal })).filter(({ state }) => state !== 'unfinished')
    assert.ok(complete.length > 0, `${what}: a good set is left`)
    for (const { name, state } of complete) {
      assert.equal(state, 'complete', what)
      assert.deepEqual((await verifySet(sets, name, { signal })).problems, [], `${what}: ${name}`)
    }
    const leftAfter = (set: string) =>
      [...server.bucket('acme').objects.keys()].filter((key) => !key.startsWith(`web/${set}/`) || key.includes('.holdfast'))
    // A tombstone stays for an hour, since what was sent may still arrive; then a run removes it.
    const left = leftAfter(await run(sets, 30, { f: 'x' }))
    assert.deepEqual(
      left.filter((key) => !key.endsWith('/.holdfast/expiring')),
      [],
      `${what}: the next run clears up`,
    )
    for (const key of left) putBack(key, 2)
    if (left.length > 0) assert.deepEqual(leftAfter(await run(sets, 31, { f: 'x' })), [], `${what}: a later run removes the tombstone`)
    assert.equal(server.bucket('acme').uploads.size, 0, `${what}: uploads too`)
    return failure === undefined
  }

  async function requestsOf(work: (sets: SetStore) => Promise<unknown>): Promise<number> {
    reset()
    wire.plan()
    const storage = throughWire(1)
    await work(objectStoreSets(storage, { completeWhen: 'folder' }, dead)).catch(() => undefined)
    await storage.close()
    return wire.requests.length
  }

  const rollBack = async (sets: SetStore) => {
    const draft = await sets.begin({ runId: 'r', task: 't', began: new Date(Date.UTC(2026, 0, 1, 0, 0, 5)) }, { signal })
    await asStream(draft).putObject('a', bodyOf(Buffer.alloc(1.5 * PART_BYTES)), {}, { signal })
    await asStream(draft).putObject('b', bodyOf('x'), {}, { signal })
    await draft.abort()
    throw new Error('the dump died')
  }

  const flows: Readonly<Record<string, (sets: SetStore) => Promise<unknown>>> = {
    'upload, commit and rotation': (sets) => run(sets, 5),
    'roll-back': rollBack,
  }

  for (const [title, work] of Object.entries(flows)) {
    for (const kind of WIRE_FAULTS) {
      it(`${title}: "${kind}" at every request is lived through`, async () => {
        const count = await requestsOf(work)
        assert.ok(count >= 8)
        for (const nth of chosen(count, kind)) {
          reset()
          wire.plan({ kind, nth })
          const succeeded = await tryFault(work, throughWire(kind === 'stalled' ? 20 : 4, kind), `${kind} at ${nth} of ${count}`)
          assert.equal(succeeded, title !== 'roll-back', `${kind} at ${nth}`)
        }
      })
    }
    it(`${title}: a permanently interrupted connection at any request fails the run without damage`, async () => {
      const count = await requestsOf(work)
      // Indexes and records are no data: the run succeeds without removing those of a set that is gone. The listing before the rotation finds held sets.
      const ofIndexes = wire.requests.findLastIndex((it) => !/\.holdfast-(?:index|records)/u.test(it)) + 2
      for (const nth of someOf(Array.from({ length: count }, (_, index) => index + 1))) {
        reset()
        const kind = (['reset', 'answer-lost', 'error'] as const)[nth % 3] ?? 'reset'
        wire.plan({ kind, nth, isLasting: true })
        const what = `${kind} from ${nth} of ${count} on`
        assert.equal(await tryFault(work, throughWire(1), what), nth >= ofIndexes, what)
      }
    })
  }

  /** All with the long tests; else each request with one kind. */
  function chosen(count: number, kind: WireFault): readonly number[] {
    const all = Array.from({ length: count }, (_, index) => index + 1)
    const turn = WIRE_FAULTS.indexOf(kind)
    return isLong ? all : all.filter((nth) => nth % WIRE_FAULTS.length === turn)
  }
})
