import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { call, exitCodeOf, openLocalfs } from '../../../test/support/localfs.ts'
import { skipHere } from '../../../test/support/requires.ts'
import { makeSet } from '../../../test/support/sets.ts'
import { memoryStorage } from '../../storage/conform/memory.ts'
import { nullStorage } from '../../storage/conform/null.ts'
import { rotate } from '../keep/rotate.ts'
import { objectStoreSets } from '../object-store/object-store-sets.ts'
import { filesystemSets } from './filesystem-sets.ts'
import { openSetStore } from './open-set-store.ts'
import { setStoreSuite } from './set-store.suite.ts'

const roots: string[] = []
after(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true })
})

function freshLocalfs() {
  const root = mkdtempSync(join(tmpdir(), 'sets-'))
  roots.push(root)
  return { root, storage: openLocalfs(root) }
}

setStoreSuite('a root', async () => {
  const { storage } = freshLocalfs()
  return { storage, sets: filesystemSets(storage, { completeWhen: 'manifest' }), legacySets: filesystemSets(storage, { completeWhen: 'folder' }) }
})

setStoreSuite('an object store', async () => {
  const storage = memoryStorage()
  return { storage, sets: objectStoreSets(storage, { completeWhen: 'manifest' }), legacySets: objectStoreSets(storage, { completeWhen: 'folder' }) }
})

const NAMES = ['2026-01-01T00:00:01+00:00', '2026-01-01T00:00:02+00:00', '2026-01-01T00:00:03+00:00'] as const
const began = new Date('2026-01-01T00:00:03Z')

describe('sets in a root', () => {
  it('leave alone what is foreign there, and links', async () => {
    const { root, storage } = freshLocalfs()
    const sets = filesystemSets(storage, { completeWhen: 'folder' })
    for (const name of ['0-photos', 'lost+found', NAMES[0]]) mkdirSync(join(root, name))
    for (const name of ['0-photos', NAMES[0]]) writeFileSync(join(root, name, 'file'), 'x')
    writeFileSync(join(root, 'README'), 'x')
    symlinkSync('/etc', join(root, NAMES[1]))
    const current = await makeSet(sets, call, { began, objects: { f: 'x' } })
    await rotate(sets, { step: 's', policy: { copies: 1n }, current, emit: () => undefined }, call)
    assert.deepEqual(readdirSync(root).sort(), ['0-photos', NAMES[1], NAMES[2], 'README', 'lost+found'])
  })

  it('stay if the rotation fails; all others still expire, and the failure is reported', async (t) => {
    const { root, storage } = freshLocalfs()
    const sets = filesystemSets(storage, { completeWhen: 'folder' })
    for (const name of [NAMES[0], NAMES[1]]) mkdirSync(join(root, name))
    if (exitCodeOf('chattr', '+i', join(root, NAMES[0])) !== 0) return skipHere(t, 'immutable folders need root and a file system that has them')
    try {
      const current = await makeSet(sets, call, { began, objects: { f: 'x' } })
      const rotation = rotate(sets, { step: 's', policy: { copies: 1n }, current, emit: () => undefined }, call)
      await assert.rejects(rotation, {
        code: 'backup/rotation-failed',
        message: /could not remove the old set "2026-01-01T00:00:01\+00:00": could not expire/u,
      })
      assert.deepEqual(readdirSync(root).sort(), [NAMES[0], NAMES[2]])
    } finally {
      exitCodeOf('chattr', '-i', join(root, NAMES[0]))
    }
  })

  it('with a manifest that cannot be read count as complete', async () => {
    const { root, storage } = freshLocalfs()
    const sets = filesystemSets(storage, { completeWhen: 'manifest' })
    const name = await makeSet(sets, call, { began, objects: { f: 'xyz' } })
    chmodSync(join(root, name, 'manifest.json'), 0)
    assert.deepEqual(
      (await sets.list(call)).map(({ state }) => state),
      ['complete'],
    )
  })
})

describe('openSetStore', () => {
  const local = { kind: 'localfs', root: '/nowhere', folderMode: 0o750, fileMode: 0o640, completeWhen: 'folder' } as const

  it('takes what the storage is able to', async () => {
    assert.equal((await openSetStore(openLocalfs('/nowhere'), local).list(call)).length, 0)
    assert.equal(openSetStore(memoryStorage(), { kind: 's3', profile: '', bucket: 'b', root: '', completeWhen: 'folder' }).label, 'memory')
  })

  it('keeps nothing where nothing is kept', async () => {
    const sets = openSetStore(nullStorage(), { kind: 'null' })
    assert.equal(sets.keeps, false)
    const draft = await sets.begin({ runId: 'r', task: 't' }, call)
    assert.equal(draft.kind, 'none')
    assert.equal(
      await draft.commit(began, { host: 'h', runId: 'r', task: 't', step: 's', began, ended: began, objects: [] }, call),
      '20260101T000003Z',
    )
    await draft.abort()
    assert.deepEqual(await sets.list(call), [])
    await assert.rejects(sets.readManifest(NAMES[0], call), { code: 'backup/no-set' })
  })
})
