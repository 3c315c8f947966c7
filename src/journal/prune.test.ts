import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { HERE, ORIGIN, plainRun } from '../../test/support/journal.ts'
import { openJournal } from './open-journal.ts'

const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2026, 5, 1)

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-prune-'))
  file = join(folder, 'journal.db')
})
afterEach(() => rm(folder, { recursive: true }))

function open(daysAgo: number) {
  return openJournal(file, { clock: () => new Date(NOW_MS - daysAgo * DAY_MS), note: assert.fail, observer: HERE })
}

/** A run and a check of that day; `chars` of text in its log. */
async function play(id: string, daysAgo: number, chars = 0): Promise<void> {
  const journal = open(daysAgo)
  const watch = await journal.watch({ ...ORIGIN, linesOf: (event) => (event.kind === 'run-began' ? [{ level: 3, text: 'x'.repeat(chars) }] : []) })
  for (const event of plainRun(id)) watch(event)
  const at = new Date(NOW_MS - daysAgo * DAY_MS)
  const what = { kind: 'verify', task: 't', step: 's', storage: '/b', set: id, host: 'h' } as const
  await journal.record({ ...what, began: at, ended: at, good: true, problems: [] })
  await journal.close()
}

async function left(): Promise<readonly [runs: readonly string[], checks: readonly string[]]> {
  const journal = open(0)
  const [runs, checks] = await Promise.all([journal.runs({}), journal.checks({})])
  return [runs.map(({ id }) => id), checks.map(({ set }) => set)]
}

async function prune(limits: { readonly maxAgeDays: number; readonly maxBytes: number }): Promise<number> {
  const journal = open(0)
  const count = await journal.prune(limits)
  await journal.close()
  return count
}

describe('pruneJournal', () => {
  it('removes what began too long ago, with all that belongs to it', async () => {
    for (const daysAgo of [500, 401, 400, 399, 1, 0]) await play(`r${daysAgo}`, daysAgo)
    assert.equal(await prune({ maxAgeDays: 400, maxBytes: 1e9 }), 2)
    assert.deepEqual(await left(), [
      ['r0', 'r1', 'r399', 'r400'],
      ['r0', 'r1', 'r399', 'r400'],
    ])
    const db = new DatabaseSync(file)
    for (const table of ['steps', 'stages', 'log']) {
      assert.deepEqual(
        db
          .prepare(`select distinct run from ${table} order by run`)
          .all()
          .map(({ run }) => run),
        ['r0', 'r1', 'r399', 'r400'],
        table,
      )
    }
    db.close()
    assert.equal(await prune({ maxAgeDays: 400, maxBytes: 1e9 }), 0)
  })

  it('removes nothing by its age while the clock seems to have jumped ahead', async () => {
    for (const daysAgo of [1003, 1002, 1001, 1000, 0]) await play(`r${daysAgo}`, daysAgo)
    assert.equal(await prune({ maxAgeDays: 400, maxBytes: 1e9 }), 0)
    // A later run agrees.
    await play('next', -1)
    assert.equal(await prune({ maxAgeDays: 400, maxBytes: 1e9 }), 0)
    const journal = open(-1)
    assert.equal(await journal.prune({ maxAgeDays: 400, maxBytes: 1e9 }), 4)
    await journal.close()
  })

  it('removes nothing by its age because of several runs in one night with a clock that is ahead', async () => {
    for (const daysAgo of [1002, 1001, 1000]) for (const minutes of [2, 1, 0]) await play(`r${daysAgo}-${minutes}`, daysAgo + minutes / 1440)
    for (const minutes of [2, 1, 0]) await play(`ahead-${minutes}`, minutes / 1440)
    assert.equal(await prune({ maxAgeDays: 400, maxBytes: 1e9 }), 0)
  })

  it('removes nothing by its age if the clock jumps ahead during a run', async () => {
    for (const daysAgo of [1003, 1002, 1001, 1000]) await play(`r${daysAgo}`, daysAgo)
    assert.equal(await prune({ maxAgeDays: 400, maxBytes: 1e9 }), 0)
  })

  it('keeps the newest run, however old and however large', async () => {
    await play('old', 1000)
    await play('newest', 900, 300_000)
    assert.equal(await prune({ maxAgeDays: 1, maxBytes: 1 }), 1)
    assert.deepEqual(await left(), [['newest'], []])
  })

  it('removes the oldest while the file is too large, and makes it smaller', async () => {
    for (let daysAgo = 60; daysAgo > 0; daysAgo -= 1) await play(`r${daysAgo}`, daysAgo, 30_000)
    const maxBytes = 900_000
    assert.ok(statSync(file).size > maxBytes)
    const count = await prune({ maxAgeDays: 400, maxBytes })
    assert.ok(statSync(file).size <= maxBytes)
    const [runs, checks] = await left()
    assert.deepEqual(runs, checks)
    assert.equal(runs.length, 60 - count)
    // Not many more than it takes.
    assert.ok(runs.length >= 10 && runs.length < 30, String(runs.length))
    assert.deepEqual(
      runs,
      Array.from(runs, (_, index) => `r${index + 1}`),
    )
  })

  it('does nothing while others keep the journal locked', async () => {
    for (const daysAgo of [500, 1, 0]) await play(`r${daysAgo}`, daysAgo)
    const other = new DatabaseSync(file)
    other.exec('begin immediate')
    assert.equal(await prune({ maxAgeDays: 400, maxBytes: 1e9 }), 0)
    other.close()
    assert.equal(await prune({ maxAgeDays: 400, maxBytes: 1e9 }), 1)
  })
})
