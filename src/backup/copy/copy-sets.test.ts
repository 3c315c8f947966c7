import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { asBody, at, type CopyOptions, contentOf, copy, fill, name } from '../../../test/support/copying.ts'
import { call, openLocalfs, temporaryFolder } from '../../../test/support/localfs.ts'
import { makeSet } from '../../../test/support/sets.ts'
import { localSets, markedSets, wholeSets } from '../../../test/support/several.ts'
import { memoryStorage } from '../../storage/conform/memory.ts'
import { StorageError } from '../../storage/storage.ts'
import { objectStoreSets } from '../object-store/object-store-sets.ts'
import type { SetStore } from '../set/set-store.ts'
import { filesystemSets } from '../store/filesystem-sets.ts'
import { verifySet } from '../verify/verify-set.ts'

describe('copying sets', () => {
  it('copies every missing file unchanged, between all kinds of storages', async (t) => {
    const folder = temporaryFolder(t)
    const first = localSets(join(folder, 'a'))
    await fill(first, [1, 2])
    const chain = [first, markedSets(memoryStorage()), localSets(join(folder, 'b')), markedSets(memoryStorage())]
    for (const [index, to] of chain.entries()) {
      const from = chain[index - 1]
      if (from === undefined) continue
      assert.deepEqual((await copy(from, to)).notes, [])
      assert.deepEqual(await wholeSets(to), [name(1), name(2)])
      for (const set of [name(1), name(2)]) assert.deepEqual(await contentOf(to, set), await contentOf(from, set))
      assert.equal((await copy(from, to)).sent, 0, 'nothing is sent twice')
    }
    await fill(first, [3])
    assert.equal((await copy(first, chain[1] as SetStore)).published, 1)
  })

  it('copies only the newest sets, and none that would expire at once', async () => {
    const from = markedSets(memoryStorage())
    await fill(from, [1, 2, 3, 4])
    const to = markedSets(memoryStorage())
    await copy(from, to, { newest: 1 })
    assert.deepEqual(await wholeSets(to), [name(4)])
    const { notes, published, error } = await copy(from, to, { keep: { copies: 2n } })
    assert.deepEqual(await wholeSets(to), [name(3), name(4)])
    assert.equal(published, 1)
    assert.deepEqual([notes, error], [[], undefined], 'which is as it should be')
    await fill(from, [5])
    await copy(from, to, { keep: { copies: 2n } })
    assert.deepEqual(await wholeSets(to), [name(4), name(5)], 'it is rotated by its own policy')
  })

  it('removes nothing when the clock was set back', async () => {
    const [from, to] = [markedSets(memoryStorage()), markedSets(memoryStorage())]
    await fill(from, [1, 2])
    await copy(from, to)
    const { notes } = await copy(from, to, { keep: { copies: 1n }, now: at(0) })
    assert.match(notes.join(), /the clock of this host is behind its newest set/u)
    assert.equal((await wholeSets(to)).length, 2)
  })

  it('does not copy a set that differs from its manifest, and copies the others', async (t) => {
    for (const to of [localSets(join(temporaryFolder(t), 'b')), markedSets(memoryStorage())]) {
      const root = join(temporaryFolder(t), 'a')
      const from = localSets(root)
      await fill(from, [2, 3, 4])
      await fill(to, [0, 1])
      writeFileSync(join(root, name(3), 'db.sql'), 'A dump')
      const { error } = await copy(from, to, { keep: { copies: 3n } })
      assert.equal(error?.code, 'backup/damaged')
      assert.match(error?.message ?? '', /"db\.sql" of the set "20260101T000003Z" in ".*" does not match the manifest/u)
      assert.deepEqual(await wholeSets(to), [name(0), name(1), name(2), name(4)], 'nothing was removed for what did not come')
      rmSync(join(root, name(3), 'db.sql'))
      const lost = await copy(from, to)
      assert.equal(lost.error?.code, 'backup/damaged')
      assert.match(lost.error?.message ?? '', /the set "20260101T000003Z" in ".*" is damaged and was not copied: "db\.sql" is missing$/u)
      assert.equal((await wholeSets(to)).length, 4)
    }
  })

  it('reports each set that was not copied, and other notes', async (t) => {
    const root = join(temporaryFolder(t), 'a')
    const from = filesystemSets(openLocalfs(root), { completeWhen: 'folder' })
    const old = (second: number) => `2026-01-01T00:00:0${second}+00:00`
    await fill(from, [1, 2, 3])
    for (const second of [1, 2]) writeFileSync(join(root, old(second), 'db.sql'), 'A dump')
    mkdirSync(join(root, old(5)))
    writeFileSync(join(root, old(5), 'file'), 'x')
    const { error, told } = await copy(from, markedSets(memoryStorage()))
    assert.deepEqual([error?.message, ...told].map((it) => /T00:00:0(?<second>\d)/u.exec(it ?? '')?.groups?.['second']).toSorted(), ['1', '2', '5'])
  })

  it('does not bring a set that lacks its guide or its checksums', async (t) => {
    for (const path of ['RESTORE.md', 'SHA256SUMS']) {
      const root = join(temporaryFolder(t), 'a')
      const [from, to] = [localSets(root), markedSets(memoryStorage())]
      await fill(from, [1, 2])
      rmSync(join(root, name(1), path))
      const { error } = await copy(from, to)
      assert.equal(error?.code, 'backup/damaged')
      assert.ok(error?.message.includes(`are missing: "${path}"`), error?.message)
      assert.deepEqual(await wholeSets(to), [name(2)])
    }
  })

  it('brings a set of an earlier version, which has no script, and verifies it', async (t) => {
    const root = join(temporaryFolder(t), 'a')
    const [from, to] = [localSets(root), markedSets(memoryStorage())]
    await fill(from, [1, 2])
    const sums = join(root, name(1), 'SHA256SUMS')
    writeFileSync(sums, readFileSync(sums, 'utf8').replace(/^.* restore\.sh\n/mu, ''))
    for (const set of [1, 2]) rmSync(join(root, name(set), 'restore.sh'))
    assert.deepEqual((await copy(from, to)).notes, [])
    assert.deepEqual((await verifySet(to, name(1), call)).problems, [])
    const { problems } = await verifySet(to, name(2), call)
    assert.match(problems.map(({ message }) => message).join(), /^"SHA256SUMS" does not match the set/u, 'it had one')
  })

  it('never changes existing sets, and reports two with the same name', async (t) => {
    const folder = temporaryFolder(t)
    const [from, to] = [localSets(join(folder, 'a')), localSets(join(folder, 'b'))]
    await fill(from, [1, 2])
    await makeSet(to, call, { began: at(1), objects: { 'db.sql': 'another dump' } })
    const before = await contentOf(to, name(1))
    const { error } = await copy(from, to)
    assert.equal(error?.code, 'backup/conflict')
    assert.match(error?.message ?? '', /a" and ".*b" have different sets with the same name/u)
    assert.deepEqual(await contentOf(to, name(1)), before)
    assert.deepEqual(await wholeSets(to), [name(1), name(2)])
  })

  it('replaces a copy that is damaged on the target, whatever kind of storage it is', async (t) => {
    const from = markedSets(memoryStorage())
    await fill(from, [1, 2])
    for (const storage of [openLocalfs(join(temporaryFolder(t), 'b')), memoryStorage()]) {
      const to =
        storage.folders === undefined ? markedSets(storage) : filesystemSets({ ...storage, folders: storage.folders }, { completeWhen: 'manifest' })
      await copy(from, to)
      for (const hurt of [
        () => storage.remove(`${name(2)}/db.sql`, call),
        () => storage.put(`${name(2)}/of`, asBody('longer than before'), call),
        async () => {
          for (const path of ['db.sql', 'www/a.tar', 'of', 'RESTORE.md']) await storage.remove(`${name(2)}/${path}`, call)
        },
      ]) {
        await hurt()
        assert.deepEqual(
          (await to.list(call)).map(({ state }) => state),
          ['complete', 'damaged'],
        )
        const { notes, error } = await copy(from, to)
        assert.deepEqual([error, notes.length], [undefined, 1])
        assert.match(notes.join(), /^the damaged set "20260101T000002Z" in ".*" was replaced by a new copy$/u)
        for (const set of [name(1), name(2)]) assert.deepEqual(await contentOf(to, set), await contentOf(from, set))
        assert.equal((await copy(from, to)).sent, 0)
      }
    }
  })

  it('keeps what is left of a damaged copy when it cannot be replaced: another set, a damaged source, a failure', async (t) => {
    for (const storage of [openLocalfs(join(temporaryFolder(t), 'b')), memoryStorage()]) {
      const to =
        storage.folders === undefined ? markedSets(storage) : filesystemSets({ ...storage, folders: storage.folders }, { completeWhen: 'manifest' })
      const source = memoryStorage()
      const from = markedSets(source)
      await fill(from, [1])
      const other = markedSets(memoryStorage())
      await makeSet(other, call, { began: at(1), objects: { 'db.sql': 'another dump' } })
      await copy(from, to)
      await storage.remove(`${name(1)}/db.sql`, call)
      const before = await contentOf(to, name(1))
      assert.equal((await copy(other, to)).error?.code, 'backup/conflict')
      const failpoint = (point: string) => {
        if (point === 'copy-file-stored') throw new StorageError('broken', 'the device has failed')
      }
      assert.equal((await copy(from, to, { call: { ...call, failpoint } })).error?.code, 'storage/broken')
      await storage.remove(`${name(1)}/db.sql`, call)
      await source.put(`${name(1)}/db.sql`, asBody('A dump'), call)
      assert.equal((await copy(from, to)).error?.code, 'backup/damaged')
      const after = await contentOf(to, name(1))
      for (const [path, bytes] of before) assert.equal(after.get(path), bytes, path)
      assert.deepEqual(
        (await to.list(call)).map(({ state }) => state),
        ['damaged'],
      )
    }
  })

  it('passes over a set that expires meanwhile, and leaves nothing of it', async (t) => {
    for (const isLocal of [true, false]) {
      const root = join(temporaryFolder(t), 'a')
      const from = localSets(root)
      await fill(from, [1, 2])
      const kept = new Map<string, Buffer>()
      const target = join(temporaryFolder(t), 'b')
      const to = isLocal ? localSets(target) : markedSets(memoryStorage(kept))
      let stored = 0
      const failpoint = (point: string) => {
        if (point === 'copy-file-stored') stored += 1
        if (stored === 1 && point === 'copy-file-stored') renameSync(join(root, name(2)), join(root, 'gone'))
      }
      const { notes, error } = await copy(from, to, { call: { ...call, failpoint } })
      assert.equal(error, undefined)
      assert.match(notes.join(), /was removed from ".*" before it was copied/u)
      assert.deepEqual(await wholeSets(to), [name(1)])
      assert.ok([...kept.keys()].every((key) => key.startsWith(name(1))))
      assert.equal(existsSync(join(target, '.holdfast-work')), false)
    }
  })

  it('fails for a set that loses an object meanwhile, and leaves nothing of it', async (t) => {
    for (const isLocal of [true, false]) {
      const root = join(temporaryFolder(t), 'a')
      const from = localSets(root)
      await fill(from, [1, 2])
      const kept = new Map<string, Buffer>()
      const to = isLocal ? localSets(join(temporaryFolder(t), 'b')) : markedSets(memoryStorage(kept))
      let stored = 0
      const failpoint = (point: string) => {
        if (point === 'copy-file-stored') stored += 1
        if (stored === 1 && point === 'copy-file-stored') rmSync(join(root, name(2), 'www/a.tar'))
      }
      const { error, told } = await copy(from, to, { call: { ...call, failpoint } })
      assert.equal(error?.code, 'backup/damaged')
      assert.match(error?.message ?? '', /files of the set "20260101T000002Z" in ".*" are missing: "www\/a\.tar"/u)
      assert.deepEqual(told, [])
      assert.deepEqual(await wholeSets(to), [name(1)])
      assert.ok([...kept.keys()].every((key) => key.startsWith(name(1))))
    }
  })

  it('fails without a set to copy: an empty storage, one that has vanished before or meanwhile, and unfinished sets', async (t) => {
    const folder = temporaryFolder(t)
    const [root, away] = [join(folder, 'a'), join(folder, 'away')]
    const from = localSets(root)
    const to = markedSets(memoryStorage())
    const fails = async (source = from, options: CopyOptions = {}) => {
      const { error, published, notes } = await copy(source, to, options)
      assert.deepEqual([published, notes, await to.list(call)], [0, [], []])
      return error?.code
    }
    assert.equal(await fails(), 'backup/no-set')
    await fill(from, [1, 2])
    renameSync(root, away)
    assert.equal(await fails(localSets(root)), 'backup/no-set')
    renameSync(away, root)
    const failpoint = (point: string) => {
      if (point === 'copy-file-stored') for (const second of [1, 2]) rmSync(join(root, name(second)), { recursive: true, force: true })
    }
    assert.equal(await fails(from, { call: { ...call, failpoint } }), 'backup/damaged')
    const unfinished = markedSets(memoryStorage())
    await unfinished.begin({ runId: 'r', task: 't', began: at(1) }, call)
    assert.equal(await fails(unfinished), 'backup/no-set')
  })

  it('copies some of very many records of a publication, with a note', async () => {
    const [from, to] = [markedSets(memoryStorage()), markedSets(memoryStorage())]
    await fill(from, [1])
    for (let ms = 100; ms < 121; ms += 1) await from.records?.put(`${name(1)}.20260101T000001${ms}Z.complete.published`, asBody('x'), call)
    const { notes } = await copy(from, to)
    assert.match(notes.join(), /^there are 21 records of the publication of the set "20260101T000001Z" in ".*": 20 were copied$/u)
    assert.equal((await to.records?.names(name(1), call))?.length, 20)
  })

  it('brings sets without a manifest only to where they count', async (t) => {
    const folder = temporaryFolder(t)
    const [a, b] = [join(folder, 'a'), join(folder, 'b')]
    const legacy = (root: string) => filesystemSets(openLocalfs(root, { completeWhen: 'folder' }), { completeWhen: 'folder' })
    mkdirSync(join(a, name(1), 'sub'), { recursive: true })
    writeFileSync(join(a, name(1), 'sub/file'), 'x')
    const refused = await copy(legacy(a), localSets(b))
    assert.match(refused.notes.join(), /it has no manifest, which the target requires/u)
    assert.equal((await copy(legacy(a), legacy(b), { takesLegacy: true })).published, 1)
    assert.equal(readFileSync(join(b, name(1), 'sub/file'), 'utf8'), 'x')
    const objects = objectStoreSets(memoryStorage(), { completeWhen: 'folder' })
    assert.equal((await copy(legacy(a), objects, { takesLegacy: true })).published, 1)
    assert.deepEqual(
      (await objects.list(call)).map(({ state }) => state),
      ['legacy'],
    )
  })
})
