import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { PastRun } from '../../../journal/write-history.ts'
import { demoHistory } from './demo-history.ts'
import { demoPeers } from './demo-hosts.ts'

it('the invented runs name their step like a real run: a backup step without a name has that of its task', () => {
  const runs = demoHistory(new Date('2026-05-01T12:00:00Z'), 30, {} as PastRun['origin'])
  const named = runs.flatMap(({ events }) => events.flatMap(([, event]) => ('step' in event ? [[event.step, event.task]] : [])))
  assert.ok(named.length > 100)
  for (const [step, task] of named) assert.equal(step, task)
})

const NOWS = ['00:10:00', '02:10:00', '02:30:00', '02:31:00', '03:16:00', '04:00:02', '12:00:00', '23:59:59'].map(
  (it) => new Date(`2026-05-03T${it}`),
)

it('no invented run or claim is in the future, whenever the demonstration is started', () => {
  for (const now of NOWS) {
    for (const { events } of demoHistory(now, 30, {} as PastRun['origin']))
      for (const [at, event] of events) assert.ok(at <= now, `${event.kind} at ${at.toISOString()}, seen at ${now.toISOString()}`)
    for (const { asOf, facts } of demoPeers(300, () => now).list()) {
      const { value } = facts ?? assert.fail('no facts')
      const { next, ...past } = value as { readonly next: string; readonly days: { readonly states: string } }
      assert.ok(asOf !== undefined && asOf <= now)
      assert.ok(new Date(next) > asOf && new Date(next).getTime() - asOf.getTime() <= 25 * 3_600_000, next)
      assert.equal(past.days.states.length, 42)
      for (const [found] of JSON.stringify(past).matchAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/gu))
        assert.ok(new Date(found) <= asOf, `${found} is after ${asOf.toISOString()}`)
    }
  }
})
