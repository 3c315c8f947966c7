import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inline, load, planFrom, routine } from '../../../test/support/palhm.ts'
import type { Step } from '../../plan/plan.ts'

const pointer = (id: string) => ({ type: 'task', 'task-id': id })
const sigmask = (...param: readonly object[]) => ({ type: 'builtin', 'builtin-id': 'sigmask', param })

async function stepsFrom(...entries: readonly object[]): Promise<readonly Step[]> {
  return (await planFrom({ tasks: [routine('default', ...entries)] })).tasks.get('default')?.steps ?? []
}

describe('routine tasks', () => {
  it('keep their entries in order, and may be empty', async () => {
    const plan = await planFrom({
      tasks: [routine('one', inline('/bin/a')), routine('default', pointer('one'), inline('/bin/b'), pointer('none')), routine('none')],
    })
    assert.deepEqual(
      plan.tasks.get('default')?.steps.map((step) => (step.kind === 'task' ? step.task : step.kind)),
      ['one', 'exec', 'none'],
    )
    assert.deepEqual(plan.tasks.get('none')?.steps, [])
  })

  it('may point forward, and into files that are included or that include them', async () => {
    const plan = await planFrom(
      { include: ['a.json'], tasks: [routine('default', pointer('ta'))] },
      { files: { '/c/a.json': JSON.stringify({ tasks: [routine('ta', pointer('tb')), routine('tb')] }) } },
    )
    assert.deepEqual(plan.tasks.get('default')?.steps, [{ kind: 'task', task: 'ta' }])
  })

  it('may run one task twice, and two tasks a third', async () => {
    await planFrom({ tasks: [routine('a'), routine('b', pointer('a')), routine('default', pointer('a'), pointer('a'), pointer('b'))] })
  })

  it('must not run each other in a circle', async () => {
    const { errors } = await load({
      tasks: [routine('a', pointer('b')), routine('b', pointer('c')), routine('c', pointer('b')), routine('default', pointer('a'))],
    })
    assert.match(errors, /tasks\[1\]\.routine\[0\]\.task-id: tasks run each other in a cycle: "b" → "c" → "b"$/u)
    assert.match((await load({ tasks: [routine('a', pointer('a'))] })).errors, /task "a" runs itself/u)
  })

  it('are checked whether they are run or not, each on its own', async () => {
    const { errors } = await load({
      tasks: [routine('a', { type: 'nope' }), { id: 'b' }, { type: 'routine', routine: [] }, routine('c', pointer('x')), 5],
    })
    assert.deepEqual(errors.match(/error: \S+: .*/gu), [
      'error: tasks[0].routine[0].type: unknown type "nope". Valid types: exec, exec-append, exec-inline, task, builtin.',
      'error: tasks[1]: missing required key "type"',
      'error: tasks[2]: missing required key "id"',
      'error: tasks[3].routine[0].task-id: unknown task "x"',
      'error: tasks[4]: expected an object, found a number',
    ])
  })

  it('form chains of any length', async () => {
    const tasks = Array.from({ length: 5000 }, (_, n) => routine(`t${n}`, ...(n > 0 ? [pointer(`t${n - 1}`)] : [])))
    assert.equal((await planFrom({ tasks })).tasks.size, 5000)
  })
})

describe('sigmask', () => {
  it('accepts names with or without SIG in any case, and numbers with or without quotes', async () => {
    const steps = await stepsFrom(
      sigmask({ action: 'Block', sig: ['TERM', 'sigint', 'SigHup', '1', 15, ' 2 ', 'CLD', 'IOT', 'poll'] }, { action: 'UNBLOCK', sig: [] }),
    )
    assert.deepEqual(steps, [
      {
        kind: 'signals',
        changes: [
          { action: 'block', signals: ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGHUP', 'SIGTERM', 'SIGINT', 'SIGCHLD', 'SIGABRT', 'SIGIO'] },
          { action: 'unblock', signals: [] },
        ],
      },
    ])
  })

  it('skips signals that cannot be blocked, with a warning', async () => {
    const config = { tasks: [routine('default', sigmask({ action: 'block', sig: ['KILL', 19, 'TERM', 'RTMIN', 40] }))] }
    const { plan, warnings } = await load(config)
    assert.deepEqual(plan?.tasks.get('default')?.steps, [{ kind: 'signals', changes: [{ action: 'block', signals: ['SIGTERM'] }] }])
    assert.equal(warnings.split('\n').length, 4)
  })

  it('finds wrong names, numbers and actions when it is loaded', async () => {
    for (const sig of ['NOPE', 'SIG', '', '0', 65, '999999999999', -1, 1.5, null, true, ['TERM']])
      assert.match(
        (await load({ tasks: [routine('default', sigmask({ action: 'block', sig: [sig] }))] })).errors,
        /param\[0\]\.sig\[0\]/u,
        String(sig),
      )
    assert.match(
      (await load({ tasks: [routine('default', sigmask({ action: 'hold', sig: 'TERM' }))] })).errors,
      /action: unknown action "hold"[\s\S]*sig: expected a list/u,
    )
    assert.match((await load({ tasks: [routine('default', sigmask({ action: 'block', sig: ['TREM'] }))] })).errors, /Did you mean "TERM"\?/u)
  })
})

describe('names that are missing or misspelt', () => {
  it('suggest the most similar name', async () => {
    const execs = [{ id: 'filter-zstd-plain', argv: ['x'] }]
    assert.match(
      (await load({ execs, tasks: [routine('a', { type: 'exec', 'exec-id': 'filter-zstd-plian' })] })).errors,
      /unknown exec "filter-zstd-plian". Did you mean "filter-zstd-plain"\?/u,
    )
    assert.match((await load({ tasks: [routine('nightly'), routine('default', pointer('nigthly'))] })).errors, /Did you mean "nightly"\?/u)
  })

  it('report a misspelled required key in one message', async () => {
    const { errors, warnings } = await load({ execs: [{ ID: 'x', arg: ['x'] }] })
    assert.deepEqual(
      errors.split('\n').map((line) => line.replace(/^.*error: /u, '')),
      [
        'execs[0].ID: missing required key "id"; "ID" is unknown. Rename it to "id".',
        'execs[0].arg: missing required key "argv"; "arg" is unknown. Rename it to "argv".',
      ],
    )
    assert.equal(warnings, '')
  })

  it('let unknown keys pass at every level, with a warning and a guess', async () => {
    const { plan, warnings } = await load({ Tasks: [], x: 1, execs: [{ id: 'x', argv: ['x'], enviroment: {}, eC: '1' }] })
    assert.ok(plan)
    assert.match(warnings, /Tasks: unknown key "Tasks", ignored. Did you mean "tasks"\?/u)
    assert.match(warnings, /eC: unknown key "eC", ignored. Did you mean "ec"\?/u)
    assert.match(warnings, /x: unknown key "x", ignored$/mu)
  })
})
