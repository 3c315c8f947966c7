import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { temporaryFolder } from '../../../test/support/localfs.ts'
import type { ObjectRecord } from '../set/manifest.ts'
import type { ObjectDrill } from './drill-result.ts'
import { type AnswersAbout, type AnswersOf, forgetAnswers, interruptedSet, openAnswers } from './open-answers.ts'

const NOW = new Date('2026-11-27T02:00:00Z')
const SET = '20261127T010000Z'
const records: readonly ObjectRecord[] = ['a', 'b'].map((path) => ({ path, bytes: 1, sha256: path.repeat(64), filters: [], stages: [] }))
const about: AnswersAbout = { set: SET, records, checks: [] }
const later = (hours: number) => new Date(NOW.getTime() + hours * 3600_000)

function answer(path: string, end: ObjectDrill['end'] = 'proven'): ObjectDrill {
  return { path, end, reasons: [], asked: ['all bytes'], notAsked: [], bytes: 1, durationMs: 1 }
}

function placeOf(t: Parameters<typeof temporaryFolder>[0]): AnswersOf {
  return { stateFolder: join(temporaryFolder(t), 'state'), step: 'nightly', storage: '/nas', level: 'full' }
}

/** The paths of the answers that a drill would use. */
async function earlier(of: AnswersOf, now = later(1), what = about): Promise<readonly string[]> {
  const found = await openAnswers(of, what, { resume: true, now, chosen: ['b'] })
  return [...found.earlier.keys()]
}

async function interrupt(of: AnswersOf, end?: ObjectDrill['end']): Promise<void> {
  const answers = await openAnswers(of, about, { resume: false, now: NOW, chosen: ['a'] })
  await answers.keep(answer('a', end), NOW)
}

describe('answers of interrupted drills', () => {
  it('are used for 24 hours, and not before they were given', async (t) => {
    const of = placeOf(t)
    await interrupt(of)
    for (const [hours, expected] of [
      [0, ['a']],
      [24, ['a']],
      [24.1, []],
      [-0.1, []],
    ] as const) {
      await interrupt(of)
      assert.deepEqual(await earlier(of, later(hours)), expected, String(hours))
      assert.equal(await interruptedSet(of, later(hours)), expected.length > 0 ? SET : undefined)
    }
  })

  it('are reported with the selected objects', async (t) => {
    const of = placeOf(t)
    await interrupt(of, 'failed')
    const { chosen, earlier: found } = await openAnswers(of, about, { resume: true, now: later(1), chosen: ['b'] })
    assert.deepEqual(chosen, ['a'])
    assert.deepEqual([found.get('a')?.end, found.get('a')?.answered], ['failed', NOW.toISOString()])
    assert.match(found.get('a')?.notAsked[0] ?? '', /^its stored bytes again: this is the answer of 2026-11-27T02:00:00.000Z/u)
  })

  it('are not used for other bytes, other checks, another level, storage, step or set', async (t) => {
    const of = placeOf(t)
    const check = { object: 'a', label: 'x', ask: { kind: 'run', argv: ['true'] }, timeoutMs: 1 } as const
    const other = records.map((it) => ({ ...it, sha256: 'c'.repeat(64) }))
    for (const what of [
      { ...about, records: other },
      { ...about, checks: [check] },
      { ...about, set: '20261126T010000Z' },
    ]) {
      await interrupt(of)
      assert.deepEqual(await earlier(of, later(1), what), [])
    }
    await interrupt(of)
    for (const it of [
      { ...of, level: 'sample' as const },
      { ...of, storage: '/usb' },
      { ...of, step: 'weekly' },
    ])
      assert.deepEqual(await earlier(it), [])
    assert.deepEqual(await earlier(of), ['a'])
  })

  it('are not used if they are inconclusive, expired, damaged, or not requested', async (t) => {
    const of = placeOf(t)
    await interrupt(of, 'inconclusive')
    assert.deepEqual(await earlier(of), [])
    await interrupt(of)
    await forgetAnswers(of, SET)
    assert.deepEqual(await earlier(of), [])
    await interrupt(of)
    const folder = join(of.stateFolder, 'drills')
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), '{"version":1,"about":')
    assert.deepEqual(await earlier(of), [])
    await interrupt(of)
    await openAnswers(of, about, { resume: false, now: NOW, chosen: [] })
    assert.deepEqual(await earlier(of), [])
  })
})
