import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { makeSet } from '../../../test/support/sets.ts'
import { memoryStorage } from '../../storage/conform/memory.ts'
import type { OperationContext } from '../../storage/storage.ts'
import { objectStoreSets } from '../object-store/object-store-sets.ts'
import { formatSetName } from '../set/set-name.ts'
import type { SetSummary } from '../set/set-store.ts'
import { expiredRecords, RECORD_DAYS } from './expired-records.ts'
import { timeInName } from './record-names.ts'
import { rotate } from './rotate.ts'

const [HOUR_MS, DAY_MS] = [3600_000, 86_400_000]
const BEGAN = Date.UTC(2020, 0, 1)
const FOREIGN = [
  'notes.txt',
  'x.20200101T000000000Z.complete.published',
  '20200101T000000Z.hold',
  '20200101T000000Z.20200101T000000000Z.complete.copied',
]

function recordName(set: string, at: number, end = 'complete.published'): string {
  return `${set}.${new Date(at).toISOString().replaceAll(/[-:.]/gu, '')}.${end}`
}

function setOf(name: string): SetSummary {
  return { name, state: 'complete', bytes: 1n }
}

/** A period of several weeks: how many sets are kept then, what is drilled, and whether the clock is wrong in one run. */
const aPeriod = fc.record({
  days: fc.integer({ min: 1, max: 20 }),
  kept: fc.integer({ min: 1, max: 9 }),
  drilled: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  wrongByMs: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: -900 * DAY_MS, max: 3000 * DAY_MS })),
})

type Store = Map<'sets' | 'names', readonly string[]>

interface Day {
  readonly kept: number
  readonly drilled: number
  readonly trueMs: number
  readonly wrongByMs: number
}

/** Runs, with a drill and a rotation: with a wrong clock, two in one minute, whose sets are then removed by hand. */
function liveOneDay(store: Store, day: Day): void {
  const before = store.get('sets') ?? []
  liveOneRun(store, day)
  if (day.wrongByMs === 0) return
  liveOneRun(store, { ...day, trueMs: day.trueMs + 60_000 })
  store.set('sets', before)
}

function liveOneRun(store: Store, { kept, drilled, trueMs, wrongByMs }: Day): void {
  const clockMs = trueMs + wrongByMs
  const current = formatSetName(new Date(clockMs), 'basic')
  const sets = [...(store.get('sets') ?? []), current].toSorted()
  const made = [recordName(current, clockMs), recordName(sets[Math.floor(drilled * sets.length)] ?? current, clockMs, 'proven.drill')]
  const names = [...(store.get('names') ?? []), ...made]
  const gone = expiredRecords({ names, present: sets.map(setOf), current, now: new Date(clockMs) })
  for (const name of gone) {
    assert.ok(!FOREIGN.includes(name), name)
    assert.ok(!sets.includes(setIn(name)), name)
    assert.ok(timeOf(name) < trueMs - RECORD_DAYS * DAY_MS, name)
  }
  store.set(
    'names',
    names.filter((it) => !gone.includes(it)),
  )
  store.set('sets', wrongByMs === 0 ? sets.slice(-kept) : sets)
}

/** The records, long past their time, that a rotation leaves although their sets are gone. */
function remaining(store: Store, nowMs: number): readonly string[] {
  const [sets = [], names = []] = [store.get('sets'), store.get('names')]
  const now = new Date(nowMs)
  const current = formatSetName(now, 'basic')
  const gone = expiredRecords({ names, present: [...sets, current].map(setOf), current, now })
  const isOld = (name: string) => timeOf(name) < nowMs - (RECORD_DAYS + 40) * DAY_MS
  return sets.length < 2 ? [] : names.filter((it) => !gone.includes(it) && !FOREIGN.includes(it) && isOld(it) && !sets.includes(setIn(it)))
}

function setIn(name: string): string {
  return name.slice(0, name.indexOf('.'))
}

describe('records of sets that are gone', () => {
  it('expire after their time only, whatever a single wrong clock is, and do not pile up', () => {
    fc.assert(
      fc.property(fc.array(aPeriod, { minLength: 1, maxLength: 60 }), (periods) => {
        const store: Store = new Map([
          ['sets', []],
          ['names', FOREIGN],
        ])
        let trueMs = BEGAN
        for (const { days, wrongByMs, ...period } of periods)
          for (let day = 0; day < days; day += 1) {
            trueMs += DAY_MS + HOUR_MS
            liveOneDay(store, { ...period, trueMs, wrongByMs: day === 0 ? wrongByMs : 0 })
          }
        assert.deepEqual(remaining(store, trueMs + DAY_MS), [])
      }),
      { numRuns: 60 },
    )
  })

  it('are removed by a rotation, oldest first, and no others', async () => {
    const call: OperationContext = { signal: new AbortController().signal }
    const sets = objectStoreSets(memoryStorage(), { completeWhen: 'manifest' })
    const at = (days: number) => new Date(BEGAN + days * DAY_MS)
    const made: string[] = []
    for (const days of [600, 601, 602]) made.push(await makeSet(sets, call, { began: at(days), objects: { 'o.txt': 'x' } }))
    const put = async (name: string) => {
      await sets.records?.put(name, Readable.from([Buffer.from('x')], { objectMode: false }), call)
      return name
    }
    const goneSet = formatSetName(at(10), 'basic')
    await put(recordName(goneSet, at(10).getTime()))
    const kept = [
      await put(recordName(goneSet, at(110).getTime(), 'proven.drill')),
      await put(recordName(made[1] ?? '', at(10).getTime())),
      await put(recordName(made[2] ?? '', at(602).getTime())),
      await put('notes.txt'),
    ]
    const request = { step: 's', policy: { copies: 3n }, current: made[2], now: at(602), emit: () => undefined }
    await rotate(sets, request, call)
    assert.deepEqual([...((await sets.records?.names('', call)) ?? [])].toSorted(), kept.toSorted())
  })
})

function timeOf(name: string): number {
  return timeInName(name)?.getTime() ?? 0
}
