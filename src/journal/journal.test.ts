import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { BEGAN_MS, HERE, ORIGIN, plainRun, TestError, tickingClock } from '../../test/support/journal.ts'
import { aStory } from '../../test/support/journal-stories.ts'
import type { RunEvent } from '../run/events.ts'
import type { Journal } from './journal.ts'
import { openJournal } from './open-journal.ts'
import type { RunOrigin } from './run-origin.ts'
import type { CheckRecord } from './run-record.ts'

let folder: string
let file: string
let notes: string[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'))
  file = join(folder, 'state', 'journal.db')
  notes = []
})
afterEach(() => rm(folder, { recursive: true }))

function open(at = file): Journal {
  return openJournal(at, { clock: tickingClock(), note: (text) => notes.push(text), observer: HERE })
}

/** Records runs in a journal of their own, one after the other. */
async function play(
  runs: readonly (readonly RunEvent[])[],
  { at = file, origin = ORIGIN }: { readonly at?: string; readonly origin?: RunOrigin } = {},
) {
  for (const events of runs) {
    const journal = open(at)
    const watch = await journal.watch(origin)
    for (const event of events) watch(event)
    await journal.close()
  }
}

describe('a journal', () => {
  it('contains the events of a run', async () => {
    let count = 0
    await fc.assert(
      fc.asyncProperty(aStory, async ({ events, record }) => {
        count += 1
        const at = join(folder, `${count}.db`)
        await play([events], { at })
        const { id, began, ended, ...read } = await open(at).run('latest')
        assert.equal(id, 'r')
        assert.ok(ended !== undefined && ended > began)
        assert.deepEqual(read, record)
      }),
      { numRuns: 30 },
    )
    assert.deepEqual(notes, [])
  })

  it('contains the bytes and the activity of unfinished objects, and the number of objects of their set', async () => {
    const of = { task: 't', step: 's' }
    await play([
      [
        { kind: 'run-began', runId: 'r', task: 't', steps: ['s'] },
        { kind: 'step-began', task: 't', index: 0, steps: 1, text: 's' },
        { kind: 'set-began', ...of, storage: 'disk', objects: 2 },
        ...['a', 'b'].flatMap((path): readonly RunEvent[] => [
          { kind: 'object-began', ...of, path },
          { kind: 'object-progress', ...of, path, bytes: 10, pipeline: { stages: [{ program: 'tar', cores: 1 }], slowest: 0 } },
        ]),
        { kind: 'object-progress', ...of, path: 'a', bytes: 4711 },
        { kind: 'object-ended', ...of, path: 'b', durationMs: 5, bytes: 11, sha256: 'f' },
      ],
    ])
    const [step] = (await open().run('r')).steps
    assert.equal(step?.wanted, 2)
    assert.deepEqual(
      step.objects.map(({ path, status, bytes, doneBytes, pipeline }) => [path, status, bytes, doneBytes, pipeline]),
      [
        ['a', undefined, undefined, 4711, '{"stages":[{"program":"tar","cores":1}],"slowest":0}'],
        ['b', 'ok', 11, undefined, undefined],
      ],
    )
  })

  it('ends a failed step where it failed, even if the run continues', async () => {
    const step = (index: number, task = 'main') => ({ task, index, steps: 3, text: `step ${index}` })
    const stages = [{ program: 'false', pid: 7, exitCode: 1, durationMs: 4, stderrTail: 'why' }]
    const error = new TestError('no', { hint: '', stderr: 'why', stages })
    const times = { began: new Date(BEGAN_MS), ended: new Date(BEGAN_MS) }
    await play([
      [
        { kind: 'run-began', runId: 'r', task: 'main', steps: [] },
        { kind: 'step-began', ...step(0) },
        { kind: 'step-began', ...step(0, 'sub') },
        { kind: 'step-failed', ...step(0, 'sub'), code: 'test/failed', message: 'no' },
        { kind: 'step-failed', ...step(0), code: 'test/failed', message: 'no' },
        { kind: 'step-began', ...step(1) },
        { kind: 'step-ended', task: 'main', index: 1, durationMs: 5 },
        { kind: 'step-began', ...step(2) },
        { kind: 'step-failed', ...step(2), code: 'process/aborted', message: 'stopped' },
        { kind: 'step-failed', ...step(3), code: 'process/aborted', message: 'stopped' },
        { kind: 'run-ended', result: { runId: 'r', task: 'main', status: 'failed', notes: [], error, ...times } },
      ],
    ])
    const { steps } = await open().run('r')
    assert.deepEqual(
      steps.map(({ task, index, durationMs, status, stages: of }) => [task, index, durationMs, status, of.length]),
      [
        ['main', 0, 3000, 'failed', 0],
        ['sub', 0, 1000, 'failed', 1],
        ['main', 1, 5, 'ok', 0],
        ['main', 2, 1000, 'stopped', 0],
      ],
    )
  })

  it('is private', async () => {
    await play([plainRun('r')])
    const modes = await Promise.all([join(folder, 'state'), file].map(async (path) => (await stat(path)).mode & 0o777))
    assert.deepEqual(modes, [0o700, 0o600])
  })

  it('is not made by looking for it', async () => {
    assert.deepEqual(await open().runs({}), [])
    await assert.rejects(open().run('latest'), { code: 'journal/no-run' })
    await assert.rejects(stat(join(folder, 'state')), { code: 'ENOENT' })
  })

  it('lists the newest runs first, those of a task, those that did not go well', async () => {
    const failed = (id: string): readonly RunEvent[] =>
      plainRun(id).map((event) => (event.kind === 'run-ended' ? { ...event, result: { ...event.result, status: 'failed' } } : event))
    const clocks = [1, 2, 3, 4].map((day) => tickingClock(Date.UTC(2026, 0, day)))
    for (const [index, events] of [plainRun('a', 'one'), failed('b'), plainRun('c', 'two'), plainRun('d', 'one').slice(0, 2)].entries()) {
      const journal = openJournal(file, { clock: clocks[index] ?? assert.fail(), note: assert.fail, observer: HERE })
      const watch = await journal.watch(index === 3 ? { ...ORIGIN, owner: { ...ORIGIN.owner, pid: 43 } } : ORIGIN)
      for (const event of events) watch(event)
      await journal.close()
    }
    const ids = async (filter: Parameters<Journal['runs']>[0]) => (await open().runs(filter)).map(({ id, state }) => `${id} ${state}`)
    assert.deepEqual(await ids({}), ['d killed', 'c ok', 'b failed', 'a ok'])
    assert.deepEqual(await ids({ limit: 2 }), ['d killed', 'c ok'])
    assert.deepEqual(await ids({ task: 'one' }), ['d killed', 'a ok'])
    assert.deepEqual(await ids({ failed: true }), ['d killed', 'b failed'])
    assert.deepEqual(await ids({ failed: true, limit: 1 }), ['d killed'])
  })

  it('finds a run by a beginning that no other has', async () => {
    await play([plainRun('20260101T000000Z-aa'), plainRun('20260101T000000Z-ab'), plainRun('2026%')])
    const journal = open()
    assert.equal((await journal.run('20260101T000000Z-ab')).id, '20260101T000000Z-ab')
    assert.equal((await journal.run('2026%')).id, '2026%')
    await assert.rejects(journal.run('20260101'), { code: 'journal/no-run', hint: /20260101T000000Z-aa, 20260101T000000Z-ab\./u })
    for (const id of ['', 'x', '_026', '20260101T000000Z-ab1']) await assert.rejects(journal.run(id), { code: 'journal/no-run' })
  })

  it('distinguishes a running run from one whose process has ended', async () => {
    const owner = ORIGIN.owner
    const cases: readonly (readonly [string, RunOrigin['owner']])[] = [
      ['running', owner],
      ['killed', { ...owner, pid: 43 }],
      ['killed', { ...owner, start: 1 }],
      ['killed', { ...owner, boot: 'before' }],
      ['running', { ...owner, host: 'elsewhere', boot: 'other', pid: 43 }],
      // In containers of this kernel: one with a name of its own, and two where the pid means another process.
      ['killed', { ...owner, host: 'container', pid: 43 }],
      ['killed', { ...owner, pidNamespace: '1', pid: 43 }],
      ['running', { ...owner, pidNamespace: '2', pid: 43 }],
      ['running', { ...owner, host: 'container', pidNamespace: '2', start: 1 }],
    ]
    for (const [index, [state, it]] of cases.entries()) {
      await play([plainRun(`r${index}`).slice(0, 2)], { origin: { ...ORIGIN, owner: it } })
      const record = await open().run(`r${index}`)
      assert.deepEqual([record.state, record.ended, record.steps[0]?.status], [state, undefined, undefined], String(index))
    }
  })

  it('keeps the output, up to a limit', async () => {
    const linesOf: RunOrigin['linesOf'] = (event) =>
      event.kind === 'stderr' ? [{ level: 4, text: event.text }] : [{ level: 3, text: `${event.kind}\n` }]
    const [began, ...rest] = plainRun('r') as [RunEvent, ...RunEvent[]]
    const said = Array.from({ length: 40 }, (): RunEvent => ({ kind: 'stderr', task: 't', stage: 's', text: 'x'.repeat(50_000), show: 'verbose' }))
    await play([[began, ...said, ...rest]], { origin: { ...ORIGIN, linesOf } })
    const log = await open().log('r')
    assert.deepEqual(
      [...new Set(log.map(({ text }) => (text.length > 100 ? `${text.length}` : text)))],
      ['run-began\n', '50000', 'further details of this run were not recorded: too many\n', 'step-began\n', 'step-ended\n', 'run-ended\n'],
    )
    assert.equal(log.filter(({ kind }) => kind === 'stderr').length, 20)
  })

  it('records the results of verifications', async () => {
    const at = { began: new Date(1000), ended: new Date(2000) }
    const good: CheckRecord = {
      kind: 'verify',
      task: 't',
      step: 's',
      storage: '/b',
      set: 'x',
      host: 'h',
      ...at,
      good: true,
      objects: 2,
      bytes: 2n ** 40n,
      problems: [],
    }
    const bad: CheckRecord = {
      ...good,
      kind: 'restore',
      set: 'y',
      began: new Date(1500),
      good: false,
      target: '/r',
      problems: ['"a" is missing', ''],
    }
    const journal = open()
    await journal.record(good)
    await journal.record(bad)
    await journal.close()
    assert.deepEqual(await open().checks({}), [bad, good])
    assert.deepEqual(await open().checks({ storage: '/b', set: 'x' }), [good])
    assert.deepEqual(await open().checks({ storage: '/c' }), [])
  })

  it('is written during the run', async () => {
    const journal = open()
    const watch = await journal.watch(ORIGIN)
    const [began, ...rest] = plainRun('r')
    watch(began as RunEvent)
    assert.equal((await open().run('r')).state, 'running')
    for (const event of rest) watch(event)
    assert.equal((await open().run('r')).state, 'ok')
    await journal.close()
    assert.deepEqual(await open().run('r'), await open().run('r'))
  })
})

describe('a journal of a later version', () => {
  it('is read as far as possible, and never changed', async () => {
    await play([plainRun('old')])
    const db = new DatabaseSync(file)
    db.exec('alter table runs add column more text; pragma user_version = 99')
    db.close()
    await play([plainRun('new'), plainRun('newer')])
    assert.equal(notes.length, 2)
    assert.match(notes[0] ?? '', /not recorded: the journal ".*journal\.db" has version 99/u)
    assert.deepEqual(
      (await open().runs({})).map(({ id }) => id),
      ['old'],
    )
    const later = new DatabaseSync(file)
    later.exec('alter table log rename to diary')
    later.close()
    await assert.rejects(open().log('old'), { code: 'journal/newer' })
  })
})
