import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, it, type TestContext } from 'node:test'
import { shell } from '../../../test/support/commands.ts'
import { call, temporaryFolder } from '../../../test/support/localfs.ts'
import { asFiles } from '../../../test/support/sets.ts'
import { BEGAN, failingSets, localSets, type Made, makeOn, markedSets, wholeSets } from '../../../test/support/several.ts'
import { stride } from '../../../test/support/some-of.ts'
import { scaledMs } from '../../../test/support/time-limits.ts'
import { memoryStorage } from '../../storage/conform/memory.ts'
import { nullStorage } from '../../storage/conform/null.ts'
import { type Storage, StorageError } from '../../storage/storage.ts'
import { withFaults } from '../../storage/wrap/with-faults.ts'
import type { FileDraft, SetStore } from '../set/set-store.ts'
import { discardSets } from '../store/discard-sets.ts'

const NAME = '20260101T000001Z'
const BYTES = 9_000_000
const large = [shell(`head -c ${BYTES} /dev/urandom`), shell('cat')]
const objects = { large, 'd/small': [shell('echo small')], empty: [] }
const refused = new StorageError('unreachable', 'the storage does not answer')
const lasting = (nth: number) => ({ verb: 'any' as const, nth, error: refused, isLasting: true })

function folders(t: TestContext): { readonly a: string; readonly b: string } {
  const folder = temporaryFolder(t)
  return { a: join(folder, 'a'), b: join(folder, 'b') }
}

const kinds = ({ events }: Made, storage: string) =>
  events.flatMap((event) => ('storage' in event && event.storage === storage && event.kind.startsWith('set-') ? [event.kind] : []))

async function digests(sets: SetStore): Promise<readonly (readonly [string, string])[]> {
  const { objects: records } = await sets.readManifest(NAME, call)
  return records.map(({ path, sha256 }) => [path, sha256])
}

describe('a set on several storages', () => {
  it('is made once: on folders and object stores the same objects under the same name', async (t) => {
    const { a, b } = folders(t)
    const count = join(a, '..', 'count')
    const counted = { ...objects, counted: [shell(`echo once >> ${count}; head -c 100000 /dev/urandom`)] }
    const stores = [markedSets(memoryStorage()), localSets(a), localSets(b), discardSets(nullStorage().label)]
    const made = await makeOn({ targets: stores, objects: counted })
    assert.equal(made.error, undefined)
    assert.deepEqual(made.outcome?.partial, undefined)
    for (const sets of stores.slice(0, 3)) assert.deepEqual(await wholeSets(sets), [NAME])
    const [first, ...others] = await Promise.all(stores.slice(0, 3).map(digests))
    for (const other of others) assert.deepEqual(other, first)
    assert.equal(readFileSync(count, 'utf8'), 'once\n')
  })

  it('is made once for object stores alone, at the pace of the slowest', async () => {
    const slow = memoryStorage()
    const stores = [
      markedSets(memoryStorage()),
      markedSets({
        ...slow,
        async put(key, body, putCall) {
          await new Promise((resolve) => setTimeout(resolve, 50))
          return slow.put(key, body, putCall)
        },
      }),
    ]
    const made = await makeOn({ targets: stores, objects })
    assert.equal(made.error, undefined)
    for (const sets of stores) assert.deepEqual(await wholeSets(sets), [NAME])
    assert.deepEqual(await digests(stores[0] as SetStore), await digests(stores[1] as SetStore))
  })

  it('uses the first name that is free on all storages', async (t) => {
    const { a } = folders(t)
    const stores = [localSets(a), markedSets(memoryStorage())]
    await makeOn({ targets: stores.slice(0, 1), objects: {} })
    await makeOn({ targets: stores, objects: {} })
    assert.deepEqual(await wholeSets(stores[1] as SetStore), ['20260101T000002Z'])
    assert.deepEqual((await wholeSets(stores[0] as SetStore)).at(-1), '20260101T000002Z')
  })

  it('is rotated on each by its own policy', async (t) => {
    const { a, b } = folders(t)
    const targets = [
      { sets: localSets(a), keep: { copies: 1n } },
      { sets: localSets(b), keep: { copies: 2n } },
    ]
    for (let second = 1; second <= 3; second += 1) await makeOn({ targets, objects: {}, began: new Date(BEGAN.getTime() + second * 10_000) })
    assert.equal((await wholeSets(localSets(a))).length, 1)
    assert.equal((await wholeSets(localSets(b))).length, 2)
  })

  it('is on no storage if a stage fails, even late', async (t) => {
    for (const require of ['all', 'any'] as const) {
      const { a, b } = folders(t)
      const kept = new Map<string, Buffer>()
      const stores = [localSets(a), localSets(b), markedSets(memoryStorage(kept))]
      const made = await makeOn({ targets: stores, require, objects: { ...objects, bad: [shell(`head -c ${BYTES} /dev/zero; exit 3`)] } })
      assert.equal(made.error?.code, 'process/failed')
      for (const sets of stores) assert.deepEqual(await sets.list(call), [])
      assert.deepEqual([...kept.keys()], [])
      for (const sets of stores) assert.deepEqual(kinds(made, sets.label).at(-1), 'set-failed')
      assert.ok(made.events.every((event) => event.kind !== 'set-failed' || event.stopped))
    }
  })

  it('is complete or does not count on a storage without rename, whenever the run is killed', async (t) => {
    const kept = new Map<string, Buffer>()
    // What lies in the storage at each point is what a kill there leaves.
    const left = new Map<string, ReadonlyMap<string, Buffer>>()
    const targets = [localSets(folders(t).a), markedSets(memoryStorage(kept)), markedSets(memoryStorage())]
    const made = await makeOn({ targets, objects, failpoint: (point) => left.set(`${point} ${left.size}`, new Map(kept)) })
    assert.equal(made.error, undefined)
    const counts = await Promise.all([...left.values()].map(async (found) => (await wholeSets(markedSets(memoryStorage(new Map(found))))).length))
    assert.deepEqual([counts.at(0), counts.at(-1)], [0, 1])
    assert.deepEqual(counts, counts.toSorted(), 'once there it stays')
  })

  it('is not completed on any storage before the pipeline has succeeded', async (t) => {
    for (const isSpooled of [true, false]) {
      const ended: string[] = []
      const stores = [1, 2].map(() => markedSets(recordingEnds(memoryStorage(), ended)))
      const bad = [shell(`head -c ${BYTES} /dev/urandom; sleep 0.2; exit 3`)]
      const made = await makeOn({ targets: [...(isSpooled ? [localSets(folders(t).a)] : []), ...stores], require: 'any', objects: { bad } })
      assert.equal(made.error?.code, 'process/failed')
      assert.ok(!ended.some((key) => key.endsWith('/bad')), ended.join(' '))
    }
  })

  it('is on no storage if the run is stopped, without reporting failures of storages', async (t) => {
    const { a } = folders(t)
    const kept = new Map<string, Buffer>()
    const stop = new AbortController()
    const made = await makeOn({
      targets: [localSets(a), markedSets(memoryStorage(kept))],
      require: 'any',
      objects: { slow: [shell('echo begun; sleep 60')] },
      signal: stop.signal,
      failpoint: (point) => point === 'pipeline-started' && stop.abort(new Error('stop')),
    })
    assert.equal(made.error?.code, 'process/aborted')
    assert.deepEqual([...kept.keys()], [])
    assert.deepEqual(existsSync(a) ? readdirSync(a) : [], [])
    assert.ok(made.events.every((event) => event.kind !== 'set-failed' || event.stopped))
  })
})

/** Notes the keys whose bodies came to a good end. */
function recordingEnds(storage: Storage, ended: string[]): Storage {
  return {
    ...storage,
    async put(key, body, putCall) {
      const stored = await storage.put(key, body, putCall)
      ended.push(key)
      return stored
    },
  }
}

/** Puts something else before every object. */
function startingWith(text: string, sets: SetStore): SetStore {
  return {
    ...sets,
    async begin(run, beginCall) {
      const draft = asFiles(await sets.begin(run, beginCall))
      const openFile: FileDraft['openFile'] = async (path, options) => {
        const file = await draft.openFile(path, options)
        writeSync(file.fd, text)
        return file
      }
      return { ...draft, openFile }
    },
  }
}

/** One root that fails, one that does not, and an object store; what is whole on each in the end. */
async function withOneFailing(
  { a, b }: { readonly a: string; readonly b: string },
  place: 'first' | 'second',
  { fault, require }: { readonly fault: Parameters<typeof failingSets>[1]; readonly require: 'all' | 'any' },
) {
  const [bad, good, other] = [failingSets(localSets(a), fault), localSets(b), markedSets(memoryStorage())]
  const made = await makeOn({ targets: place === 'first' ? [bad, good, other] : [good, bad, other], require, objects })
  assert.equal(kinds(made, bad.label).at(-1), 'set-failed')
  return { made, there: await Promise.all([bad, good, other].map(wholeSets)) }
}

interface Ending {
  readonly require: 'all' | 'any'
  /** The whole sets on the storage that does not fail, and on the one that does. */
  readonly here: readonly string[]
  readonly there: readonly string[]
}

function assertHonest({ error }: Made, { require, here, there }: Ending): void {
  if (require === 'any') assert.deepEqual(here, [NAME])
  if (error?.code === 'backup/storage-failed') assert.deepEqual([here, there], [[], []])
  if (there.length > 0) assert.deepEqual(here, there)
}

describe('one of several storages', () => {
  const faults = [{ open: 'large' }, { flush: 'large' }, { commit: true }] as const

  for (const fault of faults)
    for (const place of ['first', 'second'] as const)
      it(`that fails by ${JSON.stringify(fault)} and is the ${place}: with "any" the others get the set, with "all" none`, async (t) => {
        const some = await withOneFailing(folders(t), place, { fault, require: 'any' })
        assert.deepEqual(some.there, [[], [NAME], [NAME]])
        assert.match(String(some.made.outcome?.partial?.cause), /could not store the new set on/u)

        // What is published already when another one fails stays.
        const isLate = 'commit' in fault && place === 'second'
        const all = await withOneFailing(folders(t), place, { fault, require: 'all' })
        assert.deepEqual(all.there, isLate ? [[], [NAME], [NAME]] : [[], [], []])
        assert.equal(all.made.error?.code, isLate ? 'backup/partly-published' : 'backup/storage-failed')
      })

  for (const require of ['any', 'all'] as const)
    it(`that refuses every call from the nth on, with "${require}": whatever n, the other has a whole set, or none has`, async (t) => {
      for (let { first: nth, step } = stride(), isThrough = false; !isThrough; nth += step) {
        const kept = new Map<string, Buffer>()
        const good = localSets(folders(t).a)
        const made = await makeOn({ targets: [good, markedSets(withFaults(memoryStorage(kept), [lasting(nth)]))], require, objects })
        assertHonest(made, { require, here: await wholeSets(good), there: await wholeSets(markedSets(memoryStorage(kept))) })
        isThrough = made.error === undefined && made.outcome?.partial === undefined
        assert.ok(nth < 60, 'it never gets through')
      }
    })

  it('that refuses single calls, among object stores alone', async () => {
    for (const verb of ['put', 'list', 'remove'] as const) {
      let isThrough = false
      for (let { first: nth, step } = stride(); !isThrough; nth += step) {
        const kept = new Map<string, Buffer>()
        const bad = markedSets(withFaults(memoryStorage(kept), [{ verb, nth, error: refused }]))
        const good = markedSets(memoryStorage())
        const made = await makeOn({ targets: [bad, good], require: 'any', objects })
        assert.equal(made.error, undefined)
        assert.deepEqual(await wholeSets(good), [NAME], `${verb} ${nth}`)
        await wholeSets(markedSets(memoryStorage(kept)))
        isThrough = made.outcome?.partial === undefined
        assert.ok(nth < 60, 'it never gets through')
      }
    }
  })

  it('fails if it accepts no data', async (t) => {
    const { a } = folders(t)
    const stuck = memoryStorage()
    const sets = markedSets({
      ...stuck,
      put: (key, body, putCall) => (key.endsWith('/large') ? new Promise<never>(() => undefined) : stuck.put(key, body, putCall)),
    })
    const made = await makeOn({ targets: [localSets(a), sets], require: 'any', objects, stallMs: scaledMs(3000) })
    assert.deepEqual(await wholeSets(localSets(a)), [NAME])
    assert.ok(made.outcome?.partial?.cause instanceof Error)
    assert.match(String(made.outcome.partial.cause.cause), /accepted no data for \d+ s/u)
  })

  it('receives nothing after it failed', async (t) => {
    const { a } = folders(t)
    const kept = new Map<string, Buffer>()
    const slow = memoryStorage(kept)
    const late = Promise.withResolvers<void>()
    const puts: Promise<unknown>[] = []
    // Has all of it, and does not answer.
    const putLate: Storage['put'] = async (key, body, putCall) => {
      const bytes = await buffer(body)
      putCall.signal.addEventListener('abort', () => late.resolve())
      await late.promise
      return slow.put(key, Readable.from([bytes], { objectMode: false }), putCall)
    }
    const sets = markedSets({
      ...slow,
      put(key, body, putCall) {
        const put = (key.endsWith('/large') ? putLate : slow.put)(key, body, putCall)
        puts.push(put)
        return put
      },
    })
    const made = await makeOn({ targets: [localSets(a), sets], require: 'any', objects, stallMs: scaledMs(3000) })
    assert.ok(made.outcome?.partial)
    late.resolve()
    await Promise.allSettled(puts)
    assert.deepEqual([...kept.keys()], [])
  })

  it('that has other bytes than were made does not get the set', async (t) => {
    const { a, b } = folders(t)
    const made = await makeOn({ targets: [localSets(a), startingWith('X', localSets(b))], require: 'any', objects })
    assert.deepEqual([await wholeSets(localSets(a)), await wholeSets(localSets(b))], [[NAME], []])
    assert.match(String((made.outcome?.partial?.cause as Error | undefined)?.cause), /differs from the object/u)
  })

  it('that cannot be rotated does not keep the others from it', async (t) => {
    const { a, b } = folders(t)
    const broken: SetStore = { ...localSets(a), expire: () => Promise.reject(refused) }
    const targets = [broken, localSets(b)]
    for (const second of [1, 2]) {
      const made = await makeOn({ targets, keep: { copies: 1n }, objects: {}, began: new Date(BEGAN.getTime() + second * 10_000) })
      assert.equal(made.error?.code, second === 2 ? 'backup/rotation-failed' : undefined)
    }
    assert.deepEqual([(await wholeSets(broken)).length, (await wholeSets(localSets(b))).length], [2, 1])
  })

  it('reports a failed rotation, whatever else failed', async (t) => {
    const { a, b } = folders(t)
    const broken = (sets: SetStore): SetStore => ({ ...sets, expire: () => Promise.reject(refused) })
    const both = [broken(localSets(a)), broken(localSets(b))]
    await makeOn({ targets: both, objects: {} })
    const again = (targets: readonly SetStore[], second: number, require: 'all' | 'any' = 'all') =>
      makeOn({ targets, require, keep: { copies: 1n }, objects: {}, began: new Date(BEGAN.getTime() + second * 10_000) })
    const told = ({ events }: Made) => events.flatMap((event) => (event.kind === 'note' ? [event.text] : []))
    const areOfB = (notes: readonly string[] = []) => notes.map((it) => it.startsWith(`on "${localSets(b).label}": `))

    const failed = await again(both, 1)
    assert.equal(failed.error?.code, 'backup/rotation-failed')
    assert.deepEqual(areOfB(told(failed)), [true])
    const partial = await again(both, 2, 'any')
    assert.ok(partial.outcome?.partial)
    assert.deepEqual(areOfB(partial.outcome.notes), [true])
    const late = await again([failingSets(both[0] as SetStore, { commit: true }), both[1] as SetStore], 3, 'any')
    assert.match(String(late.outcome?.partial?.cause), /could not store the new set on/u)
    assert.deepEqual(areOfB(late.outcome?.notes), [true])
    const published = await again([both[1] as SetStore, failingSets(both[0] as SetStore, { commit: true })], 4)
    assert.equal(published.error?.code, 'backup/partly-published')
    assert.deepEqual(areOfB(told(published)), [true])
  })

  it('that cannot be begun on leaves nothing on the others with "all"', async (t) => {
    const { a, b } = folders(t)
    writeFileSync(b, 'a file')
    const made = await makeOn({ targets: [localSets(a), localSets(b)], objects })
    assert.equal(made.error?.code, 'backup/storage-failed')
    assert.deepEqual(readdirSync(a), [])
    const partial = await makeOn({ targets: [localSets(a), localSets(b)], require: 'any', objects })
    assert.ok(partial.outcome?.partial)
    assert.deepEqual(await wholeSets(localSets(a)), [NAME])
  })
})
