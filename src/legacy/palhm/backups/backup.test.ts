import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { backup, backupErrors as errorsOf, load, object, planFrom, backupStepFrom as stepFrom } from '../../../../test/support/palhm.ts'
import type { BackupStep } from '../../../plan/plan.ts'

/** `path < what it waits for`, in the order of release. */
function order({ objects }: BackupStep): readonly string[] {
  return objects.map(({ path, after }) => `${path} < ${after.map((index) => objects[index]?.path).join(' ')}`.trim())
}

/** How many objects come to their turn when each waits for what its step says. */
function countReleased({ objects }: BackupStep): number {
  const done = new Set<number>()
  for (const _round of objects) for (const [index, { after }] of objects.entries()) if (after.every((it) => done.has(it))) done.add(index)
  return done.size
}

describe('groups', () => {
  it('release declared groups in their order, then the default one, and lists in theirs', async () => {
    const groups = [{ id: 'g2' }, { id: 'g1' }, { id: 'g3', depends: ['g1'] }]
    const objects = [
      object('d1'),
      object('g1a', { group: 'g1' }),
      object('g3a', { group: 'g3' }),
      object('g2a', { group: 'g2' }),
      object('d2'),
      object('g1b', { group: 'g1' }),
    ]
    assert.deepEqual(order(await stepFrom({ 'object-groups': groups, objects })), ['g2a <', 'g1a <', 'g1b <', 'g3a < g1a g1b', 'd1 <', 'd2 <'])
  })

  it('wait for all that they depend on, directly or through others, in any order of declaration', async () => {
    const groups = [{ id: 'big', depends: ['data'] }, { id: 'data', depends: ['meta'] }, { id: 'meta' }]
    const objects = [object('b', { group: 'big' }), object('d', { group: 'data' }), object('m', { group: 'meta' })]
    assert.deepEqual(order(await stepFrom({ 'object-groups': groups, objects })), ['b < d m', 'd < m', 'm <'])
  })

  it('may form diamonds, be redundant, be empty, or depend on the default one', async () => {
    const diamond = [{ id: 'a' }, { id: 'b', depends: ['a'] }, { id: 'c', depends: ['a', 'a'] }, { id: 'd', depends: ['b', 'c', 'a'] }]
    const objects = ['d', 'c', 'b', 'a'].map((group) => object(group, { group }))
    assert.deepEqual(order(await stepFrom({ 'object-groups': diamond, objects })), ['a <', 'b < a', 'c < a', 'd < a b c'])
    assert.deepEqual(order(await stepFrom({ 'object-groups': diamond, objects: [object('d', { group: 'd' }), object('a', { group: 'a' })] })), [
      'a <',
      'd < a',
    ])
    assert.deepEqual(
      order(await stepFrom({ 'object-groups': [{ id: 'empty' }, { id: 'x', depends: ['empty'] }], objects: [object('x', { group: 'x' })] })),
      ['x <'],
    )
    assert.deepEqual(
      order(await stepFrom({ 'object-groups': [{ id: 'x', depends: ['default'] }], objects: [object('x', { group: 'x' }), object('d')] })),
      ['x < d', 'd <'],
    )
    assert.deepEqual(
      order(
        await stepFrom({ 'object-groups': [{ id: 'x' }, { id: 'default', depends: ['x'] }], objects: [object('d'), object('x', { group: 'x' })] }),
      ),
      ['x <', 'd < x'],
    )
  })

  it('report their errors', async () => {
    assert.match(
      await errorsOf({
        'object-groups': [
          { id: 'a', depends: ['b'] },
          { id: 'b', depends: ['c'] },
          { id: 'c', depends: ['b'] },
        ],
      }),
      /circular dependency of groups: "b" → "c" → "b"/u,
    )
    assert.match(await errorsOf({ 'object-groups': [{ id: 'a', depends: ['a'] }] }), /group "a" depends on itself/u)
    assert.match(await errorsOf({ 'object-groups': [{ id: 'a', depends: ['aa'] }] }), /depends\[0\]: unknown group "aa". Did you mean "a"\?/u)
    assert.match(await errorsOf({ 'object-groups': [{ id: 'a' }, { id: 'a' }] }), /object-groups\[1\]: duplicate group "a"/u)
    assert.match(await errorsOf({ objects: [object('x', { group: 'nope' })] }), /group: unknown group "nope"/u)
    assert.match(await errorsOf({ 'object-groups': { a: 1 } }), /object-groups: expected a list, found an object/u)
    assert.match(await errorsOf({ 'object-groups': [{ depends: null }] }), /missing required key "id"/u)
  })

  it('start objects so that each is made, whatever the dependencies', async () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'default')
    const graph = fc.record({ depends: fc.array(fc.tuple(id, id)), objects: fc.array(id, { maxLength: 8 }) })
    await fc.assert(
      fc.asyncProperty(graph, async ({ depends, objects }) => {
        const groups = ['a', 'b', 'c', 'd'].map((group) => ({ id: group, depends: depends.filter(([from]) => from === group).map(([, to]) => to) }))
        const { plan } = await load({
          tasks: [backup({ 'object-groups': groups, objects: objects.map((group, index) => object(`o${index}`, { group })) })],
        })
        const [step] = plan?.tasks.get('backup')?.steps ?? []
        if (step?.kind === 'backup') assert.equal(countReleased(step), objects.length)
      }),
    )
  })
})

describe('objects', () => {
  it('have normalised paths, stages in order, and an expected size when one is given', async () => {
    const { objects } = await stepFrom({
      objects: [object('/a//./b', { 'alloc-size': 7.9 }), { path: 'empty', pipeline: [] }, object('c', { 'alloc-size': '12' })],
    })
    assert.deepEqual(
      objects.map(({ path, stages, expectedBytes }) => [path, stages.length, expectedBytes]),
      [
        ['a/b', 1, 7],
        ['empty', 0, undefined],
        ['c', 1, 12],
      ],
    )
  })

  it('are refused where one path leads out, is empty, or gets in the way of another', async () => {
    for (const path of ['..', '../x', 'a/../../x', '', '/', '.', 'a\0'])
      assert.match(await errorsOf({ objects: [object(path)] }), /objects\[0\]\.path: the path /u, JSON.stringify(path))
    for (const [first, second, why] of [
      ['f', 'f', 'is already used by the object at'],
      ['f', './f', 'is already used by the object at'],
      ['a', 'a/b', 'is inside the object at'],
      ['a/b', '/a', 'is a parent folder of the object at'],
      ['a/b/c', 'a//b/', 'is a parent folder of the object at'],
    ] as const)
      assert.match(
        await errorsOf({ objects: [object('other'), object(first), object(second)] }),
        new RegExp(`objects\\[2\\]\\.path: path .* ${why} line 1`, 'u'),
        `${first} ${second}`,
      )
    for (const [first, second] of [
      ['a/b', 'a/c'],
      ['a', 'ab'],
      ['a\\b', 'a'],
      ['a', 'A'],
    ] as const)
      await stepFrom({ objects: [object(first), object(second)] })
  })

  it('have mere labels where nothing is kept', async () => {
    const objects = ['.', '..', 'a', 'a/b', './a', ''].map((path) => object(path))
    const plan = await planFrom({ tasks: [{ id: 'check', type: 'backup', backend: 'null', 'backend-param': null, objects }] })
    const [step] = plan.tasks.get('check')?.steps ?? []
    assert.deepEqual(step?.kind === 'backup' && step.objects.map((it) => it.path), ['.', '..', 'a', 'a/b', './a', ''])
    assert.match(
      (await load({ tasks: [{ id: 'check', type: 'backup', backend: 'null', objects: [object('a'), object('a')] }] })).errors,
      /is already used by/u,
    )
  })

  it('ignore an invalid expected size, which is only a hint', async () => {
    for (const size of [-1, 'big', null, true, [], '1e400', 'nan', 2 ** 60]) {
      const { plan, warnings } = await load({ tasks: [backup({ objects: [object('a', { 'alloc-size': size })] })] })
      assert.ok(plan)
      assert.match(warnings, /invalid "alloc-size", ignored/u, String(size))
    }
  })

  it('are made by programs only', async () => {
    assert.match(await errorsOf({ objects: [{ path: 'a', pipeline: [{ type: 'task', 'task-id': 'x' }] }] }), /unsupported type "task" in a pipeline/u)
    assert.match(await errorsOf({ objects: [{ path: 'a', pipeline: [{ type: 'exec_inline', argv: ['x'] }] }] }), /Did you mean "exec-inline"\?/u)
    assert.match(
      await errorsOf({ objects: [{ path: 'a', pipeline: [{ Type: 'exec', 'exec-id': 'x' }] }] }),
      /missing required key "type"; "Type" is unknown/u,
    )
    assert.match(
      await errorsOf({ objects: [{ path: 'a' }, { pipeline: [] }] }),
      /objects\[0\]: missing required key "pipeline"[\s\S]*objects\[1\]: missing required key "path"/u,
    )
  })

  it('of one group share what they wait for, so that many objects cost no square', async () => {
    const objects = [
      ...Array.from({ length: 3000 }, (_, n) => object(`a${n}`, { group: 'a' })),
      ...Array.from({ length: 3000 }, (_, n) => object(`b${n}`, { group: 'b' })),
    ]
    const step = await stepFrom({ 'object-groups': [{ id: 'a' }, { id: 'b', depends: ['a'] }], objects })
    assert.equal(step.objects[3000]?.after.length, 3000)
    assert.equal(step.objects[3000]?.after, step.objects[5999]?.after)
  })
})
