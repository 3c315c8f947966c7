import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSetup } from '../faults/setup.ts'
import { type LateWire, openLateWire } from '../support/late-wire.ts'
import type { KeptObject } from '../support/s3-server/buckets.ts'
import { S3Refusal } from '../support/s3-server/refusal.ts'
import { attack } from './attack.ts'
import { complete, configure, keysIn, runWell, s3At, s3Of, storeFor } from './store-scene.ts'

const NOBODY = 'none: a slow network'
const BEFORE = ['arrives after the run was stopped by SIGTERM', 'arrives after the run was killed and the next one removed its remains'] as const

for (const [what, key, completeWhen] of [
  ['the manifest of a set', 'manifest.json', 'manifest'],
  ['an object in the root of an ancestor', 'a', 'folder'],
] as const) {
  for (const when of BEFORE) {
    attack(
      {
        name: `${what} ${when}`,
        attacker: NOBODY,
        how: `delays a PUT request, which ${when}`,
        outcome: 'the data that arrives is not a set: it is not listed, rotation does not count it, and the good set is kept',
        needs: [],
      },
      async (t) => {
        const store = await storeFor(t)
        let isLate = false
        const wire = await openLateWire(
          store,
          (it) => isLate && /^PUT acme\/web\/sets\/[^/]*\/[^/?]*(?:\?|$)/u.test(it) && it.split('?')[0]?.endsWith(`/${key}`) === true,
        )
        t.after(() => wire.close())
        const setup = openSetup(t, () => undefined, 'plan.yaml')
        configure(setup, s3At(wire.url, store, completeWhen))
        await runWell(setup)
        const good = await complete(setup)
        assert.equal(good.length, 1)
        isLate = true
        const isKilled = when === BEFORE[1]
        const ended = await setup.start(['-q', 'run'], { meanwhile: (pid) => onceHeld(wire, pid, isKilled ? 'SIGKILL' : 'SIGTERM') })
        assert.notEqual(ended.code, 0)
        isLate = false
        if (isKilled) await runWell(setup)
        const before = await complete(setup)
        assert.deepEqual(before.slice(0, 1), good)
        await wire.arrive()
        assert.ok(
          keysIn(store).some((it) => it.endsWith(`/${key}`) && !before.some((name) => it.includes(name))),
          'it has arrived',
        )
        assert.deepEqual(await complete(setup), before)
        await runWell(setup)
        const after = await complete(setup)
        assert.deepEqual([after.slice(0, -1), after.length], [before, before.length + 1])
      },
    )
  }
}

async function onceHeld(wire: LateWire, pid: number, signal: NodeJS.Signals): Promise<void> {
  // Throws when it has ended by itself.
  while (wire.held === 0 && process.kill(pid, 0)) await sleep(20)
  process.kill(pid, signal)
}

attack(
  {
    name: 'a listing is out of date, for each listing of a run',
    attacker: 'a store with a cache',
    how: 'answers one listing as it would have before the last four changes, or before the run began',
    outcome: 'the run publishes a complete set, or fails and leaves nothing; the good set is kept, and the next run succeeds',
    needs: [],
  },
  async (t) => {
    const history: ReadonlyMap<string, KeptObject>[] = []
    let [lists, lateAt, changes] = [0, 0, 0]
    const store = await storeFor(t, {
      refuse(what) {
        const { objects } = store.bucket('acme')
        if (!what.startsWith('GET ')) history.push(new Map(objects))
        if (!/^GET acme\/?\?(?!uploads)/u.test(what) || ++lists !== lateAt) return undefined
        const now = new Map(objects)
        refill(objects, history.at(-changes) ?? history[0] ?? now)
        queueMicrotask(() => refill(objects, now))
        return undefined
      },
    })
    const setup = openSetup(t, () => undefined, 'plan.yaml')
    configure(setup, s3Of(store))
    const { objects } = store.bucket('acme')
    const run = () => setup.run(['-q', 'run'])
    assert.equal((await run()).code, 0)
    const model = new Map(objects)
    for (const back of [4, 1000]) {
      for (let isReached = true, nth = 1; isReached; nth += 1) {
        refill(objects, model)
        history.length = 0
        ;[lists, lateAt, changes] = [0, nth, back]
        const { code, stderr } = await run()
        isReached = lists >= nth
        lateAt = 0
        const what = `listing ${nth} is ${back} changes late: ${stderr}`
        assertWhole(objects, [...model.keys()], code === 0 ? 2 : 1, what)
        assert.equal(code === 0, stderr === '', what)
        assert.equal((await run()).code, 0, what)
        assertWhole(objects, [...model.keys()], code === 0 ? 3 : 2, what)
      }
      assert.ok(lists > 5)
    }
  },
)

function refill(objects: Map<string, KeptObject>, from: ReadonlyMap<string, KeptObject>): void {
  const copy = new Map(from)
  objects.clear()
  for (const [key, object] of copy) objects.set(key, object)
}

/** So many sets of all files, those of before among them, and nothing else. */
function assertWhole(objects: ReadonlyMap<string, KeptObject>, before: readonly string[], count: number, what: string): void {
  const keys = [...objects.keys()]
  const manifests = keys.filter((key) => key.endsWith('/manifest.json'))
  assert.deepEqual([manifests.length, keys.length, before.filter((key) => !objects.has(key))], [count, count * before.length, []], `${what}${keys}`)
}

attack(
  {
    name: 'a store hides a set, then fails to list it',
    attacker: 'a store with a cache',
    how: 'omits a set from the listing for a run that begins in the same second and claims its name, and fails to return the listing that would show the owner',
    outcome: 'the run fails and leaves no marker in the set; the next run removes its remains, and the set is complete',
    needs: [],
  },
  async (t) => {
    let hides = false
    const store = await storeFor(t, {
      refuse(what) {
        const { objects } = store.bucket('acme')
        if (!hides || !what.startsWith('GET acme')) return undefined
        if (/prefix=web\/sets\/2/u.test(what)) return new S3Refusal(403, 'AccessDenied', 'Not now.')
        const now = new Map(objects)
        objects.clear()
        queueMicrotask(() => refill(objects, now))
        return undefined
      },
    })
    const setup = openSetup(t, () => undefined, 'plan.yaml')
    configure(setup, s3Of(store))
    const clock = () => new Date('2020-01-01T00:00:00Z')
    assert.equal((await setup.run(['-q', 'run'], { clock })).code, 0)
    const before = keysIn(store)
    hides = true
    const second = await setup.run(['-q', 'run'], { clock })
    hides = false
    assert.equal(second.code, 1)
    assert.ok(
      store.requests.some(({ what, status }) => what.startsWith('PUT') && what.includes('/begin/') && what.includes(SET) && status === 200),
      'it asked',
    )
    assert.deepEqual(keysIn(store), before)
    assert.equal((await setup.run(['-q', 'run'], { clock: () => new Date('2020-01-02T00:00:00Z') })).code, 0)
    assertWhole(store.bucket('acme').objects, before, 2, '')
  },
)

const SET = '20200101T000000Z'
