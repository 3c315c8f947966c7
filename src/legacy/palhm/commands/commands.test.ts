import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inline, load, planFrom, routine } from '../../../../test/support/palhm.ts'
import type { Command } from '../../../plan/command.ts'

/** The command that one routine entry compiles to. */
async function commandFrom(entry: object, config: object = {}): Promise<Command> {
  const plan = await planFrom({ ...config, tasks: [routine('default', entry)] })
  const [step] = plan.tasks.get('default')?.steps ?? []
  assert.ok(step?.kind === 'exec')
  return step.command
}

const tar = { id: 'tar', argv: ['/bin/tar', '-c'], env: { A: '1', B: '2' }, ec: '<2' }

describe('uses of a program', () => {
  it('exec: the definition itself; argv, env and ec of the use are ignored, with a warning', async () => {
    const use = { type: 'exec', 'exec-id': 'tar', argv: ['x'], env: { C: '3' }, ec: '7' }
    const command = await commandFrom(use, { execs: [tar] })
    assert.deepEqual(command, {
      argv: ['/bin/tar', '-c'],
      execId: 'tar',
      environment: { kind: 'exactly', values: { A: '1', B: '2' } },
      searchPath: ['/bin', '/usr/bin'],
      accept: { min: 0, max: 1 },
      showStdout: 'always',
      showStderr: 'verbose',
    })
    const { warnings } = await load({ execs: [tar], tasks: [routine('default', use)] })
    for (const key of ['argv', 'env', 'ec']) assert.match(warnings, new RegExp(`"${key}" has no effect here`, 'u'))
  })

  it('exec-append: more arguments, env on top, ec of the definition', async () => {
    const command = await commandFrom(
      { type: 'exec-append', 'exec-id': 'tar', argv: ['-f', '-'], env: { B: '3', C: '4' }, ec: '7' },
      { execs: [tar] },
    )
    assert.deepEqual(command.argv, ['/bin/tar', '-c', '-f', '-'])
    assert.deepEqual(command.environment.values, { A: '1', B: '3', C: '4' })
    assert.deepEqual(command.accept, { min: 0, max: 1 })
    assert.equal(command.execId, 'tar')
  })

  it('exec-append leaves the definition as it was', async () => {
    const plan = await planFrom({
      execs: [tar],
      tasks: [routine('default', { type: 'exec-append', 'exec-id': 'tar', argv: ['x'], env: { A: '9' } }, { type: 'exec', 'exec-id': 'tar' })],
    })
    const [, step] = plan.tasks.get('default')?.steps ?? []
    assert.deepEqual(step?.kind === 'exec' && [step.command.argv, step.command.environment.values['A']], [['/bin/tar', '-c'], '1'])
  })

  it('exec-append may complete a definition without a program', async () => {
    const execs = [{ id: 'any', argv: [] }]
    assert.deepEqual((await commandFrom({ type: 'exec-append', 'exec-id': 'any', argv: ['/bin/x'] }, { execs })).argv, ['/bin/x'])
    assert.match(
      (await load({ execs, tasks: [routine('default', { type: 'exec', 'exec-id': 'any' })] })).errors,
      /routine\[0\]\.exec-id: missing program/u,
    )
  })

  it("exec-inline: a definition of its own, with no name in messages but its program's", async () => {
    const command = await commandFrom({ type: 'exec-inline', argv: ['x', '$HOME', '~'], env: null, ec: '>=1' })
    assert.deepEqual(command, {
      argv: ['x', '$HOME', '~'],
      environment: { kind: 'exactly', values: {} },
      searchPath: ['/bin', '/usr/bin'],
      accept: { min: 1, max: 255 },
      showStdout: 'always',
      showStderr: 'verbose',
    })
  })

  it('a single string: the program alone, or one argument per character', async () => {
    assert.deepEqual((await commandFrom({ type: 'exec-inline', argv: '/bin/a b' })).argv, ['/bin/a b'])
    assert.deepEqual((await commandFrom({ type: 'exec-append', 'exec-id': 'tar', argv: 'xy😀' }, { execs: [tar] })).argv, [
      '/bin/tar',
      '-c',
      'x',
      'y',
      '😀',
    ])
    assert.deepEqual((await commandFrom({ type: 'exec-append', 'exec-id': 's', argv: ['b'] }, { execs: [{ id: 's', argv: '/bin/s' }] })).argv, [
      '/bin/s',
      'b',
    ])
  })

  it('a bare name is looked for in the PATH of its env', async () => {
    const pathOf = async (env: object) => (await commandFrom({ ...inline('x'), env })).searchPath
    assert.deepEqual(await pathOf({ PATH: '/a:/b' }), ['/a', '/b'])
    assert.deepEqual(await pathOf({ PATH: '' }), ['.'])
    assert.deepEqual(await pathOf({ PATH: '/a::b' }), ['/a', '.', 'b'])
    assert.deepEqual(await pathOf({ Path: '/a' }), ['/bin', '/usr/bin'])
    const appended = { type: 'exec-append', 'exec-id': 'x', argv: [], env: { PATH: '/own' } }
    assert.deepEqual((await commandFrom(appended, { execs: [{ id: 'x', argv: ['x'], env: { PATH: '/def' } }] })).searchPath, ['/own'])
  })

  it('odd names of variables stay what they are', async () => {
    const { values } = (await commandFrom({ ...inline('x'), env: JSON.parse('{"__proto__": "a", "constructor": "b", "": "c"}') as object }))
      .environment
    assert.deepEqual(Object.entries(values), [
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['', 'c'],
    ])
  })
})

describe('what fails only when a program is started', () => {
  const flawed = { execs: [{ id: 'bad', argv: ['/bin/x', 5], env: { N: 1 } }] }

  it('is a warning in an unused definition', async () => {
    const { plan, warnings } = await load({ ...flawed, tasks: [routine('default')] })
    assert.ok(plan)
    assert.match(warnings, /execs\[0\]\.argv\[1\]: expected a string, found a number/u)
    assert.match(warnings, /execs\[0\]\.env\.N: expected a string, found a number/u)
  })

  it('is an error as soon as a task uses it', async () => {
    for (const use of [
      { type: 'exec', 'exec-id': 'bad' },
      { type: 'exec-append', 'exec-id': 'bad', argv: [] },
    ])
      assert.match((await load({ ...flawed, tasks: [routine('never-run', use)] })).errors, /execs\[0\]\.argv\[1\]/u)
  })

  it('is an error in a program defined where it is used', async () => {
    const { errors } = await load({ tasks: [routine('default', { type: 'exec-inline', argv: ['x', 'a\0b', null], env: { 'A=B': 'x', C: 'a\0' } })] })
    for (const path of ['argv[1]', 'argv[2]', 'env["A=B"]', 'env.C']) assert.ok(errors.includes(`routine[0].${path}:`), `${path} in ${errors}`)
  })
})

describe("visibility of a program's output", () => {
  const shownAt = async (vl: number, keys: object) => {
    const { showStdout, showStderr } = await commandFrom({ ...inline('x'), ...keys }, { vl })
    return [showStdout, showStderr]
  }

  it('without numbers: output always, messages with more verbosity', async () => {
    for (const vl of [0, 3, 5]) assert.deepEqual(await shownAt(vl, {}), ['always', 'verbose'])
  })

  it('numbers up to 9 are shown from that verbosity on, as documented', async () => {
    const keys = { 'vl-stdout': 3, 'vl-stderr': 1 }
    assert.deepEqual(await Promise.all([0, 1, 2, 3, 4].map(async (vl) => (await shownAt(vl, keys)).join())), [
      'never,never',
      'never,always',
      'never,always',
      'always,always',
      'always,always',
    ])
  })

  it('numbers from 10 on are raw levels, as they always worked', async () => {
    // Recorded for verbosity 0 to 4: which of 10, 20, 21, 40 and 100 was shown.
    const shown = async (vl: number) => {
      const all = await Promise.all([10, 20, 21, 40, 100].map(async (n) => ((await shownAt(vl, { 'vl-stdout': n }))[0] === 'always' ? n : 0)))
      return all.filter((n) => n > 0)
    }
    assert.deepEqual(await Promise.all([0, 1, 2, 3, 4].map(shown)), [[10, 20, 21, 40], [10, 20, 21, 40], [10, 20, 21], [10, 20], [10]])
  })

  it('is decided per use: a number there does not leak into other uses', async () => {
    const execs = [{ id: 'x', argv: ['x'], 'vl-stdout': 9 }]
    const plan = await planFrom({
      execs,
      tasks: [
        routine(
          'default',
          { type: 'exec', 'exec-id': 'x', 'vl-stdout': 0 },
          { type: 'exec', 'exec-id': 'x' },
          { type: 'exec-append', 'exec-id': 'x', argv: [], 'vl-stderr': 2 },
        ),
      ],
    })
    const steps = plan.tasks.get('default')?.steps ?? []
    assert.deepEqual(
      steps.map((step) => step.kind === 'exec' && `${step.command.showStdout} ${step.command.showStderr}`),
      ['always verbose', 'never verbose', 'never always'],
    )
  })
})

describe('secrets', () => {
  it('in env are in no message, whatever is wrong around them', async () => {
    const env = { PASSWORD: 's3cret', 'A=B': 's3cret', N: 's3cret\0' }
    const configs = [
      { execs: [{ id: 'x', argv: 'x', env: 's3cret' }] },
      { execs: [{ id: 'x', argv: ['x'], env: ['s3cret'] }] },
      {
        execs: [
          { id: 'x', argv: ['x'], env, ec: 'bad' },
          { id: 'x', argv: ['x'], env },
        ],
      },
      { tasks: [routine('default', { ...inline('x'), env, Env: env, 'vl-stdout': 's3cret' })] },
      { tasks: [routine('default', { type: 'exec', 'exec-id': 'none', env })] },
    ]
    for (const config of configs) assert.doesNotMatch(JSON.stringify((await load(config)).issues), /s3cret/u)
  })
})
