import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { HERE, ORIGIN, plainRun } from '../../../../test/support/journal.ts'
import { openJournal } from '../../../journal/open-journal.ts'
import { writeHistory } from '../../../journal/write-history.ts'
import type { RunEvent } from '../../../run/events.ts'
import { readRunEvents } from './run-events.ts'

const RUN = '20260102T030405Z-00000000'
const EVENTS = 600

it('the events of a run are read in parts, each of limited size, without gaps', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'events-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const deps = { clock: () => new Date(), note: (text: string) => assert.fail(text), observer: HERE }
  const at = new Date('2026-01-02T03:04:05Z')
  const output = Array.from({ length: EVENTS }, (_, index): RunEvent => {
    const text = `${index} `.padEnd(index < 300 ? 65_536 : 10, 'x')
    return { kind: 'stdout', task: 'nightly', stage: 'talk', text, show: 'always' }
  })
  const [began, ...rest] = plainRun(RUN)
  const events = [...(began === undefined ? [] : [began]), ...output, ...rest].map((it) => [at, it] as const)
  const linesOf = (event: RunEvent) => (event.kind === 'stdout' ? [{ level: 0, text: event.text }] : [])
  writeHistory(join(folder, 'journal.db'), deps, [{ origin: { ...ORIGIN, linesOf }, events }])
  const journal = openJournal(join(folder, 'journal.db'), deps)
  t.after(() => journal.close())

  const read: string[] = []
  let parts = 0
  for (let from: number | undefined = 0; from !== undefined; parts += 1) {
    const { rows, total, next }: Awaited<ReturnType<typeof readRunEvents>> = await readRunEvents(journal, { run: RUN, from, limit: 500 })
    assert.equal(total, EVENTS)
    const size = rows.reduce((sum, { text }) => sum + text.length, 0)
    assert.ok(rows.length <= 500 && size <= 4 * 1024 * 1024 + 65_536, `${rows.length} rows of ${size} characters`)
    read.push(...rows.map(({ number, text }) => `${number} ${text.split(' ')[0]}`))
    from = next
  }
  assert.deepEqual(
    read,
    output.map((_, index) => `${index + 1} ${index}`),
  )
  assert.ok(parts >= 5, `${parts} parts`)
  const few = await readRunEvents(journal, { run: RUN, from: 590, limit: 5 })
  assert.deepEqual([few.rows.map(({ number }) => number), few.next], [[591, 592, 593, 594, 595], 595])
  const beyond = await readRunEvents(journal, { run: RUN, from: 5000, limit: 5 })
  assert.deepEqual([beyond.rows, beyond.total, beyond.next], [[], EVENTS, undefined])
  await assert.rejects(readRunEvents(journal, { run: '20990101T000000Z-00000000', from: 0, limit: 5 }), { code: 'journal/no-run' })
})
