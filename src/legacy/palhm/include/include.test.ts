import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inline, load, planFrom, routine } from '../../../../test/support/palhm.ts'

const exec = (id: string, word = id) => ({ id, argv: ['/bin/echo', word] })
const text = (value: object) => JSON.stringify(value)

describe('includes', () => {
  it('are read depth first; lists are joined in that order', async () => {
    const files = {
      '/c/a.json': text({ include: ['sub/b.json'], execs: [exec('a')], tasks: [routine('ta')] }),
      '/c/sub/b.json': text({ execs: [exec('b')], tasks: [routine('tb')] }),
      '/c/d.json': text({ execs: [exec('d')] }),
    }
    const plan = await planFrom({ include: ['a.json', 'd.json'], execs: [exec('m')], tasks: [routine('tm')] }, { files })
    assert.deepEqual(plan.files, ['/c/main.json', '/c/a.json', '/c/sub/b.json', '/c/d.json'])
    assert.deepEqual([...plan.commands.keys()], ['m', 'a', 'b', 'd'])
    assert.deepEqual([...plan.tasks.keys()], ['tm', 'ta', 'tb'])
  })

  it('begin at the folder of the file that names them, links resolved, and may go up', async () => {
    const files = {
      '/c/link.json': { link: '/real/x.json' },
      '/real/x.json': text({ include: ['./y.json', '../other/z.json'] }),
      '/real/y.json': text({ execs: [exec('y')] }),
      '/other/z.json': text({ execs: [exec('z')] }),
    }
    assert.deepEqual([...(await planFrom({ include: ['link.json'] }, { files })).commands.keys()], ['y', 'z'])
  })

  it('take the syntax from the resolved name, in any case of letters', async () => {
    const commented = '// a comment\n{ "execs": [], }'
    assert.match(
      (await load({ include: ['x.jsonc'] }, { files: { '/c/x.jsonc': { link: 'y.json' }, '/c/y.json': commented } })).errors,
      /y\.json:1:1: error: comments are not allowed in strict JSON/u,
    )
    await planFrom({ include: ['x.json'] }, { files: { '/c/x.json': { link: 'y.JsonC' }, '/c/y.JsonC': commented } })
  })

  it('pass over a file that was read already', async () => {
    const files = {
      '/c/a.json': text({ include: ['core.json'] }),
      '/c/b.json': text({ include: ['core.json', 'a.json'] }),
      '/c/core.json': text({ execs: [exec('core')] }),
    }
    const plan = await planFrom({ include: ['a.json', 'b.json', 'core.json'] }, { files })
    assert.deepEqual(plan.files, ['/c/main.json', '/c/a.json', '/c/core.json', '/c/b.json'])
  })

  it('refuse a circle, naming the way round', async () => {
    const files = { '/c/a.json': text({ include: ['b.json'] }), '/c/b.json': text({ include: ['a.json'] }) }
    const { errors } = await load({ include: ['a.json'] }, { files })
    assert.match(errors, /^\/c\/b\.json:1:13: error: include\[0\]: .*: "\/c\/a\.json" → "\/c\/b\.json" → "\/c\/a\.json"$/u)
    assert.match((await load({ include: ['main.json'] })).errors, /"\/c\/main\.json" → "\/c\/main\.json"/u)
  })

  it('report every unreadable file at its include', async () => {
    const { errors } = await load('{ "include": [\n"a.json",\n"b.json", 3] }', { files: { '/c/b.json': '{' } })
    assert.match(errors, /main\.json:2:1: error: include\[0\]: could not read "\/c\/a\.json": file not found/u)
    assert.match(errors, /b\.json:1:2: error: unexpected end of file/u)
    assert.match(errors, /main\.json:3:11: error: include\[2\]: expected a string, found a number/u)
  })

  it('do not let a missing file raise false alarms, but hide no other fault', async () => {
    const tasks = [routine('default', { type: 'exec', 'exec-id': 'from-core' }, { type: 'task', 'task-id': 'from-core' }, { type: 'sleep' })]
    const { errors } = await load({ include: ['core.json'], tasks, 'boot-report': {} })
    assert.deepEqual(
      errors.split('\n').map((line) => /error: (?<path>[^:]*):/u.exec(line)?.groups?.['path']),
      ['include[0]', 'tasks[0].routine[2].type'],
    )
  })
})

describe('the main file', () => {
  it('that is missing is reported without a line', async () => {
    const { plan, issues } = await load(
      {},
      { reader: { resolve: () => Promise.reject(Object.assign(new Error(), { code: 'EACCES' })), read: () => Promise.reject(new Error()) } },
    )
    assert.equal(plan, undefined)
    assert.deepEqual(issues, [{ severity: 'error', file: '/c/main.json', path: '', message: 'could not read "/c/main.json": permission denied' }])
  })

  it('that cannot be read, or holds no object, is refused', async () => {
    const reader = { resolve: async (path: string) => path, read: () => Promise.reject(Object.assign(new Error(), { code: 'EISDIR' })) }
    assert.match((await load({}, { reader })).errors, /could not read .*: is a folder/u)
    for (const top of ['[]', '"x"', '1', 'null', 'true']) assert.match((await load(top)).errors, /:1:1: error: expected an object/u)
  })
})

describe('single settings', () => {
  it('of an included file win, those of a later or inner one over the others', async () => {
    const files = {
      '/c/a.json': text({ 'nb-workers': 7, vl: 2 }),
      '/c/b.json': text({ include: ['c.json'], vl: 4 }),
      '/c/c.json': text({ 'nb-workers': 9 }),
    }
    const plan = await planFrom({ include: ['a.json', 'b.json'], 'nb-workers': 1, vl: 0 }, { files })
    assert.deepEqual([plan.workers, plan.verbosity], [9, 4])
  })

  it('are combined for modules, as in the manual', async () => {
    const s3 = { id: 'b', type: 'backup', backend: 'aws-s3', 'backend-param': { bucket: 'x', root: 'y' } }
    const plan = await planFrom({ include: ['a.json'], modules: ['aws', 'aws'], tasks: [s3] }, { files: { '/c/a.json': text({ modules: [] }) } })
    assert.deepEqual(plan.modules, ['aws'])
  })
})

describe('the same id twice', () => {
  it('in two files is an error that names both', async () => {
    const files = { '/c/a.json': text({ execs: [exec('x')], tasks: [routine('t')] }) }
    const { errors } = await load({ include: ['a.json'], execs: [exec('x')], tasks: [routine('t')] }, { files })
    assert.match(errors, /a\.json:1:17: error: execs\[0\]\.id: duplicate exec "x" \(first in "\/c\/main\.json", line 1\)/u)
    assert.match(errors, /error: tasks\[0\]\.id: duplicate task "t"/u)
  })

  it('in one file lets the last one count, the earlier one being checked all the same', async () => {
    const execs = [exec('x', 'first'), exec('x', 'second')]
    const { plan, warnings } = await load({ execs, tasks: [routine('default', inline('/bin/a')), routine('default', inline('/bin/b'))] })
    assert.deepEqual(plan?.commands.get('x')?.argv, ['/bin/echo', 'second'])
    const [step] = plan?.tasks.get('default')?.steps ?? []
    assert.deepEqual(step?.kind === 'exec' && step.command.argv, ['/bin/b'])
    assert.equal(plan?.tasks.size, 1)
    assert.match(warnings, /exec "x" replaces the one at line 1/u)
    assert.match(warnings, /duplicate task "default"; the last one is used/u)
    const broken = await load({ execs: [{ id: 'x', argv: ['/a'], ec: 'no' }, exec('x')], tasks: [{ id: 't', type: 'nope' }, routine('t')] })
    assert.match(broken.errors, /execs\[0\]\.ec: invalid exit codes "no"/u)
    assert.match(broken.errors, /tasks\[0\]\.type: unknown type "nope"/u)
  })

  it('leaves a pointer written between two tasks of one name with the first of them', async () => {
    const tasks = [
      routine('a', inline('/bin/one')),
      routine('default', { type: 'task', 'task-id': 'a' }),
      routine('a', { type: 'task', 'task-id': 'a' }),
    ]
    const plan = await planFrom({ tasks })
    const replaced = 'a (replaced, line 1)'
    assert.deepEqual([...plan.tasks.keys()], [replaced, 'default', 'a'])
    assert.deepEqual(plan.tasks.get('default')?.steps, [{ kind: 'task', task: replaced }])
    assert.deepEqual(plan.tasks.get('a')?.steps, [{ kind: 'task', task: replaced }])
  })
})

describe('the core file shipped with the program', () => {
  const shipped = { '/ours/conf.d/core.json': text({ execs: [exec('tar')] }) }
  for (const name of ['conf.d/core.json', './conf.d/core.json', '/etc/palhm/conf.d/core.json'])
    it(`replaces a missing ${name}`, async () => {
      const { plan, warnings } = await load({ include: [name] }, { files: shipped, shippedRoot: '/ours' })
      assert.deepEqual(plan?.files, ['/c/main.json', '/ours/conf.d/core.json'])
      assert.ok(plan?.commands.has('tar'))
      assert.match(warnings, /the file shipped with the program is used/u)
    })

  it('leaves an installed one alone', async () => {
    const files = { ...shipped, '/c/conf.d/core.json': text({ execs: [exec('mine')] }) }
    assert.deepEqual([...(await planFrom({ include: ['conf.d/core.json'] }, { files, shippedRoot: '/ours' })).commands.keys()], ['mine'])
  })

  it('replaces no other file, and is reported if it is missing itself', async () => {
    for (const name of ['core.json', 'x/conf.d/core.json', '/usr/conf.d/core.json', 'conf.d/other.json'])
      assert.match((await load({ include: [name] }, { files: shipped, shippedRoot: '/ours' })).errors, /file not found/u, name)
    assert.match(
      (await load({ include: ['conf.d/core.json'] }, { shippedRoot: '/nowhere' })).errors,
      /could not read "\/nowhere\/conf\.d\/core\.json"/u,
    )
    assert.match((await load({ include: ['conf.d/core.json'] })).errors, /could not read "\/c\/conf\.d\/core\.json"/u)
  })
})
