import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { backupErrors as errorsOf, load, planFrom, backupStepFrom as stepFrom } from '../../../../test/support/palhm.ts'

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
    const storage = step?.kind === 'backup' && step.targets[0]?.storage
    assert.equal(storage && storage.kind === 'localfs' && storage.blockBytes, 4096)
    for (const size of [0, -1, 1.5, '', '4096.0', 'x', true, []])
      assert.match(await errorsOf({}, { 'block-size': size }), /block-size: .* Write a number of bytes/u, String(size))
  })

  it('needs its parameters', async () => {
    assert.match(
      (await load({ tasks: [{ id: 'b', type: 'backup', backend: 'localfs' }] })).errors,
      /missing required key "backend-param". It must contain "root"/u,
    )
    assert.match(
      (await load({ tasks: [{ id: 'b', type: 'backup', backend: 'localfs', 'backend-param': {} }] })).errors,
      /missing required key "root"/u,
    )
    assert.match(
      (await load({ tasks: [{ id: 'b', type: 'backup', backend: 'localfs', 'backend-param': null }] })).errors,
      /backend-param: expected an object, found null/u,
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
      assert.deepEqual(step?.kind === 'backup' && step.targets[0]?.keep, copies === undefined ? {} : { copies }, text)
    }
  })

  it('are rejected if invalid', async () => {
    for (const limit of ['nan', 'two', '', '1 000', [], {}])
      assert.match(await errorsOf({}, { 'root-size-limit': limit }), /root-size-limit: /u, JSON.stringify(limit))
  })
})

describe('aws-s3', () => {
  const s3 = (param: object, modules: readonly string[] = ['aws']) =>
    load({ modules, tasks: [{ id: 'b', type: 'backup', backend: 'aws-s3', 'backend-param': param }] })
  const storageOf = async (param: object) => {
    const [step] = (await s3(param)).plan?.tasks.get('b')?.steps ?? []
    return step?.kind === 'backup' ? step.targets[0]?.storage : undefined
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
    assert.match(
      (await s3({ bucket: 'x', root: 'y' }, [])).errors,
      /backend "aws-s3" requires the module "aws". Add "modules": \["aws"\] at the top/u,
    )
    assert.match((await s3({})).errors, /missing required key "bucket"[\s\S]*missing required key "root"/u)
    assert.match(
      (await load({ tasks: [{ id: 'b', type: 'backup', backend: 'localsf' }] })).errors,
      /unknown backend "localsf". Did you mean "localfs"\?/u,
    )
    assert.match((await load({ tasks: [{ id: 'b', type: 'backup', backend: 'toString' }] })).errors, /unknown backend "toString"/u)
  })
})
