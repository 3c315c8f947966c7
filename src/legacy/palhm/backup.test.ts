import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { backup, load, object, planFrom } from '../../../test/support/palhm.ts'
import type { BackupStep } from '../../plan/plan.ts'

async function stepFrom(more: object = {}, param: object = {}, config: object = {}): Promise<BackupStep> {
  const [step] = (await planFrom({ ...config, tasks: [backup(more, param)] })).tasks.get('backup')?.steps ?? []
  assert.ok(step?.kind === 'backup')
  return step
}

async function errorsOf(more: object, param: object = {}): Promise<string> {
  return (await load({ tasks: [backup(more, param)] })).errors
}

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

  it('tell what is wrong with them', async () => {
    assert.match(
      await errorsOf({
        'object-groups': [
          { id: 'a', depends: ['b'] },
          { id: 'b', depends: ['c'] },
          { id: 'c', depends: ['b'] },
        ],
      }),
      /circle: "b" → "c" → "b"/u,
    )
    assert.match(await errorsOf({ 'object-groups': [{ id: 'a', depends: ['a'] }] }), /group "a" depends on itself/u)
    assert.match(await errorsOf({ 'object-groups': [{ id: 'a', depends: ['aa'] }] }), /depends\[0\]: there is no group "aa". Did you mean "a"\?/u)
    assert.match(await errorsOf({ 'object-groups': [{ id: 'a' }, { id: 'a' }] }), /object-groups\[1\]: group "a" is there twice/u)
    assert.match(await errorsOf({ objects: [object('x', { group: 'nope' })] }), /group: there is no group "nope"/u)
    assert.match(await errorsOf({ 'object-groups': { a: 1 } }), /object-groups: a list is expected, not an object/u)
    assert.match(await errorsOf({ 'object-groups': [{ depends: null }] }), /the required key "id" is missing/u)
  })

  it('release objects so that each comes to its turn, whatever they look like', async () => {
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
      assert.match(await errorsOf({ objects: [object(path)] }), /objects\[0\]\.path: a /u, JSON.stringify(path))
    for (const [first, second, why] of [
      ['f', 'f', 'is already that of the object of'],
      ['f', './f', 'is already that of the object of'],
      ['a', 'a/b', 'lies inside the object of'],
      ['a/b', '/a', 'is a folder of the object of'],
      ['a/b/c', 'a//b/', 'is a folder of the object of'],
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
      /already that of/u,
    )
  })

  it('take an expected size that is no size for the hint that it is', async () => {
    for (const size of [-1, 'big', null, true, [], '1e400', 'nan', 2 ** 60]) {
      const { plan, warnings } = await load({ tasks: [backup({ objects: [object('a', { 'alloc-size': size })] })] })
      assert.ok(plan)
      assert.match(warnings, /"alloc-size" is no number of bytes, ignored/u, String(size))
    }
  })

  it('are made by programs only', async () => {
    assert.match(await errorsOf({ objects: [{ path: 'a', pipeline: [{ type: 'task', 'task-id': 'x' }] }] }), /"task" cannot stand in a pipeline/u)
    assert.match(await errorsOf({ objects: [{ path: 'a', pipeline: [{ type: 'exec_inline', argv: ['x'] }] }] }), /Did you mean "exec-inline"\?/u)
    assert.match(
      await errorsOf({ objects: [{ path: 'a', pipeline: [{ Type: 'exec', 'exec-id': 'x' }] }] }),
      /the required key "type" is missing; "Type" is not known/u,
    )
    assert.match(
      await errorsOf({ objects: [{ path: 'a' }, { pipeline: [] }] }),
      /objects\[0\]: the required key "pipeline" is missing[\s\S]*objects\[1\]: the required key "path" is missing/u,
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

describe('localfs', () => {
  it('has the defaults of old', async () => {
    const { storage, keep, name } = await stepFrom()
    assert.deepEqual(
      { storage, keep, name },
      { name: 'backup', keep: {}, storage: { kind: 'localfs', root: '/b', folderMode: 0o750, fileMode: 0o640, completeWhen: 'folder' } },
    )
  })

  it('normalises its root', async () => {
    const cases = { '/b/': '/b', '//b//c/./': '/b/c', b: 'b', './b/': 'b', '/': '/', '.': '.', '/b/../c': '/b/../c', '~/b': '~/b' }
    for (const [root, wanted] of Object.entries(cases)) {
      const { storage } = await stepFrom({}, { root })
      assert.equal(storage.kind === 'localfs' && storage.root, wanted)
    }
    for (const root of ['', 'a\0', 5, null]) assert.match(await errorsOf({}, { root }), /backend-param\.root: /u)
  })

  it('reads modes in octal strings only', async () => {
    const { storage } = await stepFrom({}, { dmode: '0o2755', fmode: '100644' })
    assert.deepEqual(storage.kind === 'localfs' && [storage.folderMode, storage.fileMode], [0o2755, 0o644])
    for (const mode of [750, null, 'rwx', '', '-7', '8']) assert.match(await errorsOf({}, { fmode: mode }), /fmode: /u, String(mode))
  })

  it('reads sizes of blocks as numbers or as dd does', async () => {
    const blockOf = async (size: unknown) => {
      const { storage } = await stepFrom({}, { 'block-size': size })
      return storage.kind === 'localfs' ? storage.blockBytes : undefined
    }
    assert.deepEqual(await Promise.all([4096, '64K', '1MB', '2x512', null, '4T'].map(blockOf)), [4096, 65_536, 1_000_000, 1024, undefined, 1024 ** 3])
    const [step] =
      (
        await planFrom('{"tasks": [{"id": "backup", "type": "backup", "backend": "localfs", "backend-param": {"root": "/b", "block-size": 4096.0}}]}')
      ).tasks.get('backup')?.steps ?? []
    assert.equal(step?.kind === 'backup' && step.storage.kind === 'localfs' && step.storage.blockBytes, 4096)
    for (const size of [0, -1, 1.5, '', '4096.0', 'x', true, []])
      assert.match(await errorsOf({}, { 'block-size': size }), /block-size: .* is no size of a block/u, String(size))
  })

  it('needs its parameters', async () => {
    assert.match(
      (await load({ tasks: [{ id: 'b', type: 'backup', backend: 'localfs' }] })).errors,
      /the required key "backend-param" is missing. It must hold "root"/u,
    )
    assert.match(
      (await load({ tasks: [{ id: 'b', type: 'backup', backend: 'localfs', 'backend-param': {} }] })).errors,
      /the required key "root" is missing/u,
    )
    assert.match(
      (await load({ tasks: [{ id: 'b', type: 'backup', backend: 'localfs', 'backend-param': null }] })).errors,
      /backend-param: an object is expected, not null/u,
    )
  })
})

describe('limits', () => {
  const keepOf = async (count: string) =>
    (
      await planFrom(`{"tasks": [{"id": "b", "type": "backup", "backend": "localfs", "backend-param": {"root": "/b", "nb-copy-limit": ${count}}}]}`)
    ).tasks.get('b')?.steps[0]

  it('are read digit by digit, rounded down, and infinite either way', async () => {
    const cases: Readonly<Record<string, bigint | undefined>> = {
      '2': 2n,
      '2.9': 2n,
      '-1': -1n,
      '0': 0n,
      '9007199254740993': 9007199254740993n,
      '1e3': 1000n,
      '" 2E+0 "': 2n,
      '"2_000"': 2000n,
      '"inf"': undefined,
      '"-Infinity"': undefined,
      Infinity: undefined,
      '-Infinity': undefined,
      null: undefined,
      '1e400': undefined,
      '1e999999999': undefined,
      '"1e999999999999999999999"': undefined,
      true: 1n,
    }
    for (const [text, copies] of Object.entries(cases)) {
      const step = await keepOf(text)
      assert.deepEqual(step?.kind === 'backup' && step.keep, copies === undefined ? {} : { copies }, text)
    }
  })

  it('are refused when they are none', async () => {
    for (const limit of ['nan', 'two', '', '1 000', [], {}])
      assert.match(await errorsOf({}, { 'root-size-limit': limit }), /root-size-limit: /u, JSON.stringify(limit))
  })
})

describe('aws-s3', () => {
  const s3 = (param: object, modules: readonly string[] = ['aws']) =>
    load({ modules, tasks: [{ id: 'b', type: 'backup', backend: 'aws-s3', 'backend-param': param }] })
  const storageOf = async (param: object) => {
    const [step] = (await s3(param)).plan?.tasks.get('b')?.steps ?? []
    return step?.kind === 'backup' ? step.storage : undefined
  }

  it('has the defaults of old and a root without outer slashes', async () => {
    assert.deepEqual(await storageOf({ bucket: 'x', root: '//a/b//' }), {
      kind: 's3',
      profile: 'default',
      bucket: 'x',
      root: 'a/b',
      completeWhen: 'folder',
    })
    assert.deepEqual(await storageOf({ bucket: 'x', root: '/', profile: 'p' }), {
      kind: 's3',
      profile: 'p',
      bucket: 'x',
      root: '',
      completeWhen: 'folder',
    })
  })

  it('moves to another storage class only when it is another one', async () => {
    const classes = async (sink: string | null, rot: string | null) => {
      const storage = await storageOf({ bucket: 'x', root: 'y', 'sink-storage-class': sink, 'rot-storage-class': rot })
      return storage?.kind === 's3' && [storage.storageClass, storage.archiveClass]
    }
    assert.deepEqual(await classes('STANDARD', 'GLACIER'), ['STANDARD', 'GLACIER'])
    assert.deepEqual(await classes('GLACIER', 'GLACIER'), ['GLACIER', undefined])
    assert.deepEqual(await classes('', null), [undefined, undefined])
    assert.deepEqual(await classes(null, 'GLACIER'), [undefined, 'GLACIER'])
  })

  it('needs its module and its parameters', async () => {
    assert.match((await s3({ bucket: 'x', root: 'y' }, [])).errors, /backend "aws-s3" needs the module "aws". Add "modules": \["aws"\] at the top/u)
    assert.match((await s3({})).errors, /"bucket" is missing[\s\S]*"root" is missing/u)
    assert.match(
      (await load({ tasks: [{ id: 'b', type: 'backup', backend: 'localsf' }] })).errors,
      /unknown backend "localsf". Did you mean "localfs"\?/u,
    )
    assert.match((await load({ tasks: [{ id: 'b', type: 'backup', backend: 'toString' }] })).errors, /unknown backend "toString"/u)
  })
})
