import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ORIGIN } from '../../../test/support/journal.ts'
import { call } from '../../../test/support/localfs.ts'
import { makeSet } from '../../../test/support/sets.ts'
import { localSets } from '../../../test/support/several.ts'
import { openWebHost } from '../../../test/support/web-host.ts'
import { type PastRun, writeHistory } from '../../journal/write-history.ts'
import { openLocalData } from './local-data.ts'
import { openPlanCache } from './plan-cache.ts'
import { openSets } from './sets/set-list.ts'
import { forecastOf, type Lifetime } from './storage-forecast.ts'
import { readStorages } from './storages-view.ts'

const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2026, 5, 1)
const GB = 1e9

/** A set each day, each removed after `keep` days. */
function daily(days: number, sizeOf: (day: number) => number, keep = Infinity): readonly Lifetime[] {
  return Array.from({ length: days }, (_, day) => {
    const fromMs = NOW_MS - (days - day) * DAY_MS + 1
    return { bytes: sizeOf(day), fromMs, toMs: fromMs + keep * DAY_MS }
  })
}

const judge = (lifetimes: readonly Lifetime[], { days = 60, freeBytes = (30 * GB) as number | null, together = lifetimes } = {}) =>
  forecastOf({ lifetimes, together, freeBytes, sinceMs: NOW_MS - days * DAY_MS, nowMs: NOW_MS })

describe('the forecast of a storage', () => {
  it('is the free space by the growth', () => {
    const found = judge(daily(60, () => GB))
    assert.deepEqual([found?.bytesPerDay, found?.fullInDays, found?.range], [GB, 30, [30, 30]])
  })

  it('is unknown with a short history, or few sets', () => {
    assert.equal(
      judge(
        daily(60, () => GB),
        { days: 13 },
      ),
      undefined,
    )
    assert.equal(judge(daily(4, () => GB)), undefined)
  })

  it('is that it does not fill if as much is removed as is added', () => {
    const found = judge(daily(90, () => GB, 14))
    assert.deepEqual([found?.bytesPerDay, found?.fullInDays, found?.range], [0, null, null])
  })

  it('has a range where growth differs, and includes what else fills the file system', () => {
    const weekly = daily(60, (day) => (day % 7 === 0 ? 10 * GB : GB / 10))
    const found = judge(weekly)
    const [soonest = 0, latest] = found?.range ?? []
    assert.ok(found?.fullInDays && soonest < found.fullInDays && latest && latest > found.fullInDays, JSON.stringify(found))
    const shared = judge(weekly, { together: [...weekly, ...daily(60, () => GB)] })
    assert.ok((shared?.fullInDays ?? 0) < found.fullInDays)
    assert.equal(shared?.bytesPerDay, found.bytesPerDay)
  })

  it('has only a growth where the free space is unknown', () => {
    const found = judge(
      daily(60, () => GB),
      { freeBytes: null },
    )
    assert.deepEqual([found?.bytesPerDay, found?.fullInDays], [GB, null])
  })
})

it('the forecast is made from the sets on the storage and the record of those that were removed; without a record of many removals, there is none', async (t) => {
  const { folder, host } = openWebHost(
    t,
    (top) => `version: 1
storages: { good: { type: localfs, root: ${top}/good } }
tasks: { to-good: { steps: [{ backup: { to: good, objects: { a: { exec: [echo] } } } }] } }
`,
  )
  mkdirSync(join(folder, 'good'), { mode: 0o700 })
  const sets = localSets(join(folder, 'good/to-good'))
  const nowMs = Date.now()
  const began = (day: number) => new Date(nowMs - day * DAY_MS)
  const names: string[] = []
  for (let day = 30; day > 0; day -= 1) names.push(await makeSet(sets, call, { began: began(day), objects: { a: 'a'.repeat(10_000) } }))
  const plans = openPlanCache(host)
  const data = openLocalData(plans, host)
  t.after(() => data.close())
  const look = async () => (await readStorages({ plans, data, sets: openSets(plans, data, host) }))[0]
  assert.equal((await look())?.forecast, null, 'no run is on record')

  const storage = (await openSets(plans, data, host).list()).sets[0]?.places[0]?.location ?? ''
  const step = { task: 'to-good', step: 'to-good', storage }
  const published = (day: number, set: string, removed?: Date): PastRun['events'] => [
    [began(day), { kind: 'run-began', runId: `r-${set}`, task: 'to-good', steps: ['backup'] }],
    [began(day), { kind: 'step-began', task: 'to-good', index: 0, steps: 1, text: 'backup' }],
    [began(day), { kind: 'set-published', ...step, set, bytes: 10_000 }],
    ...(removed === undefined ? [] : [[removed, { kind: 'set-expired', ...step, set }] as const]),
  ]
  const record = (runs: readonly PastRun['events'][]) =>
    writeHistory(
      join(folder, 'state/journal.db'),
      { clock: host.clock, note: assert.fail },
      runs.map((events) => ({ origin: ORIGIN, events })),
    )
  record(names.map((name, index) => published(30 - index, name)))
  const grown = (await look())?.forecast
  assert.equal(grown?.bytesPerDay, 10_000)

  // As many that were removed after a day each: the growth is the same.
  record(names.map((_, index) => published(30 - index, `removed-${index}`, began(29 - index))))
  assert.equal((await look())?.forecast?.bytesPerDay, 10_000)

  record(names.map((_, index) => published(30 - index, `gone-${index}`)))
  assert.equal((await look())?.forecast, null)
})
