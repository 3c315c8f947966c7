import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type EvidenceFacts, type SealedRecord, sealRecord } from '../../backup/evidence/evidence-record.ts'
import type { Plan, Task } from '../../plan/plan.ts'
import { renderPage } from './evidence-page.ts'
import { summarize } from './summarize-records.ts'

const period = { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-04-01T00:00:00Z') }
const now = new Date('2026-03-21T00:00:00Z')
const sealing = { host: 'h', by: { user: 'root', started: 'systemd' }, at: now }

function sealed(facts: Partial<EvidenceFacts> & Pick<EvidenceFacts, 'kind' | 'end' | 'began'>): SealedRecord {
  const place = { task: 'nightly', step: 'db', storage: '/srv', set: facts.began, manifest: null, problems: [], objects: [] }
  return sealRecord({ ...place, ended: facts.began, ...facts }, { sealing, key: undefined, chain: 'c', after: undefined })
}

const published = (began: string, end = 'complete') => sealed({ kind: 'published', end, began })

const plan = (schedule?: string): Plan => {
  const drill = { kind: 'drill', name: 'db' } as const
  const prove = { name: 'prove', steps: [drill], ...(schedule && { schedule: { words: [schedule] } }) } as unknown as Task
  const nightly = { name: 'nightly', steps: [{ kind: 'backup', name: 'db', objects: [], targets: [] }] } as unknown as Task
  return { tasks: new Map([prove, nightly].map((task) => [task.name, task])) } as unknown as Plan
}

describe('the report of records', () => {
  it('measures the longest time without a complete set, from the last one before the period to its end', () => {
    const rpo = (...records: readonly SealedRecord[]) => summarize(records, { plan: plan(), period, now }).steps[0]?.rpoMs
    const days = (count: number) => count * 86400_000
    assert.equal(rpo(published('2026-03-10T00:00:00.000Z'), published('2026-03-19T00:00:00.000Z')), days(9))
    assert.equal(rpo(published('2026-02-20T00:00:00.000Z'), published('2026-03-10T00:00:00.000Z')), days(18))
    assert.equal(rpo(published('2026-03-02T00:00:00.000Z'), published('2026-03-10T00:00:00.000Z', 'suspicious')), days(19))
    assert.equal(rpo(published('2026-03-10T00:00:00.000Z', 'incomplete')), undefined)
  })

  it('contain the last proven set, the slowest complete restore, and the missing drills', () => {
    const objects = [
      { path: 'a', restoredMs: 1000, bytes: 10 },
      { path: 'b', restoredMs: 500, bytes: 20 },
    ]
    const records = [
      sealed({ kind: 'drill', end: 'proven', level: 'full', began: '2026-03-01T12:01:00.000Z', objects }),
      sealed({ kind: 'drill', end: 'proven', level: 'sample', began: '2026-03-08T12:01:00.000Z', objects: objects.slice(0, 1) }),
      sealed({ kind: 'drill', end: 'failed', level: 'full', began: '2026-03-08T13:00:00.000Z', objects, problems: ['"a" is damaged'] }),
    ]
    const { steps, missed, undrilled, exceptions } = summarize(records, { plan: plan('0 12 * * sun'), period, now })
    const [step] = steps
    assert.deepEqual(
      [step?.rtoMs, step?.rtoBytes, step?.lastProven?.set, step?.drilled],
      [1500, 30, '2026-03-08T12:01:00.000Z', { proven: 2, failed: 1 }],
    )
    // The last one of the period, on the 15th, may still be running.
    assert.deepEqual(missed, [])
    assert.deepEqual(
      summarize(records.slice(0, 1), { plan: plan('0 12 * * sun'), period, now }).missed.map(({ at }) => at.getDate()),
      [8],
    )
    assert.deepEqual([undrilled, summarize(records, { plan: plan(), period, now }).undrilled], [[], ['nightly: db']])
    assert.deepEqual(
      exceptions.map(({ reasons }) => reasons),
      [['"a" is damaged']],
    )
  })

  it('shows what others can write as text', () => {
    const records = [sealed({ kind: 'verify', end: 'bad', began: '2026-03-02T00:00:00.000Z', problems: ['"<script>alert(1)</script>" is missing'] })]
    const summary = summarize(records, { plan: plan(), period, now })
    const page = renderPage({
      ...summary,
      host: '<b>',
      tool: 'holdfast',
      period,
      now,
      fingerprint: 'f',
      records: 1,
      faults: ['<i>'],
      unread: ['\u001b[2J'],
    })
    assert.doesNotMatch(page, /<script|<b>|<i>/u)
    assert.ok(!page.includes('\u001b'))
    assert.match(page, /&lt;script&gt;alert\(1\)/u)
  })
})
