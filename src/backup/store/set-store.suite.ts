import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { beforeEach, describe, it } from 'node:test'
import { makeSet, putObject } from '../../../test/support/sets.ts'
import type { OperationContext, Storage } from '../../storage/storage.ts'
import { rotate } from '../keep/rotate.ts'
import { parseSetName } from '../set/set-name.ts'
import type { SetStore } from '../set/set-store.ts'
import { verifySet } from '../verify/verify-set.ts'

export interface Opened {
  readonly storage: Storage
  readonly sets: SetStore
  /** The same storage, where a name of the format without a manifest is a set. */
  readonly legacySets: SetStore
}

const call: OperationContext = { signal: new AbortController().signal }
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second))
const nameAt = (second: number) => `20260101T0000${String(second).padStart(2, '0')}Z`

/** `00:00:05` of a name. */
const timeIn = (name: string) => (parseSetName(name)?.toISOString() ?? '').slice(11, 19)

/** What every keeper of sets must do. */
export function setStoreSuite(title: string, open: () => Promise<Opened>): void {
  describe(`${title} as a keeper of sets`, () => {
    let sets: SetStore
    let legacySets: SetStore
    let storage: Storage
    beforeEach(async () => {
      ;({ sets, legacySets, storage } = await open())
    })
    const put = (key: string, content = 'x') => storage.put(key, Readable.from([Buffer.from(content)], { objectMode: false }), call)
    const make = (second: number, objects: Record<string, string> = { 'db.sql': 'dump', 'a/b/c': '' }) =>
      makeSet(sets, call, { began: at(second), objects })
    const states = async (store = sets) => (await store.list(call)).map(({ name, state, bytes }) => `${timeIn(name)} ${state} ${bytes}`)
    const files = async (name: string) => (await sets.listFiles(name, call)).map(({ path }) => path).sort()

    it('makes a set that is complete, holds what was put, and verifies', async () => {
      const name = await make(5)
      assert.equal(name, nameAt(5))
      assert.deepEqual(await states(), ['00:00:05 complete 4'])
      assert.deepEqual(await files(name), ['RESTORE.md', 'SHA256SUMS', 'a/b/c', 'db.sql', 'manifest.json', 'restore.sh'])
      assert.equal(await text(await sets.openObject(name, 'db.sql', call)), 'dump')
      const manifest = await sets.readManifest(name, call)
      assert.deepEqual([manifest.set, manifest.host, manifest.objects.map(({ path }) => path)], [name, 'web-01', ['db.sql', 'a/b/c']])
      const { problems, ...result } = await verifySet(sets, name, call)
      assert.deepEqual([result, problems], [{ set: name, state: 'complete', objects: 2, bytes: 4n }, []])
    })

    it('shows nothing of a set in the making, and nothing at all of an aborted one', async () => {
      const draft = await sets.begin({ runId: 'r1', task: 't', began: at(1) }, call)
      await putObject(draft, { path: 'f', content: 'x' }, call)
      assert.ok(!(await states()).some((it) => it.includes('complete')))
      assert.ok(!(await states(legacySets)).some((it) => it.includes('legacy')))
      await draft.abort()
      await draft.abort()
      assert.deepEqual(await states(), [])
      for await (const { key } of storage.list('', call)) assert.fail(key)
    })

    it('gives the next free second, and one set the name, when several want the same', async () => {
      assert.deepEqual([await make(5), await make(5), await make(5)], [nameAt(5), nameAt(6), nameAt(7)])
      const drafts = await Promise.all([1, 2, 3].map((index) => sets.begin({ runId: `p${index}`, task: 't', began: at(30) }, call)))
      const facts = { host: 'h', runId: 'r', task: 't', step: 't', began: at(30), ended: at(30), objects: [] }
      const names = await Promise.all(drafts.map((draft) => sets.exclusively(call, () => draft.commit(at(30), facts, call))))
      assert.deepEqual([...names].sort(), [nameAt(30), nameAt(31), nameAt(32)])
    })

    it('puts our files aside where objects have their names', async () => {
      const name = await make(1, { 'manifest.json': '{}', 'SHA256SUMS/x': 'y' })
      assert.deepEqual(await files(name), [
        '.holdfast/SHA256SUMS',
        '.holdfast/manifest.json',
        'RESTORE.md',
        'SHA256SUMS/x',
        'manifest.json',
        'restore.sh',
      ])
      assert.deepEqual(await states(), ['00:00:01 complete 3'])
      assert.deepEqual((await verifySet(sets, name, call)).problems, [])
    })

    it('tells its own manifest from an object that is one of another set', async () => {
      const other = await make(1, { elsewhere: 'x' })
      const name = await make(2, { 'manifest.json': await text(await sets.openObject(other, 'manifest.json', call)), f: 'y' })
      assert.deepEqual((await sets.readManifest(name, call)).set, name)
      assert.deepEqual((await verifySet(sets, name, call)).problems, [])
    })

    it('follows no path of a manifest that leads out of the set', async () => {
      const name = await make(1, { 'a/secret': 'x' })
      const manifest = await text(await sets.openObject(name, 'manifest.json', call))
      await put(`${name}/manifest.json`, manifest.replace('"a/secret"', '"../secret"'))
      await assert.rejects(sets.readManifest(name, call), { code: 'backup/damaged', message: /outside of the set/u })
    })

    it('finds a manifest that is of another set', async () => {
      const [one, two] = [await make(1), await make(2)]
      await put(`${two}/manifest.json`, await text(await sets.openObject(one, 'manifest.json', call)))
      assert.match(
        (await verifySet(sets, two, call)).problems.map(({ message }) => message).join(),
        /is the manifest of another set, "20260101T000001Z/u,
      )
    })

    it('refuses objects in the folder that is ours', async () => {
      for (const path of ['.holdfast', '.holdfast/begin/x']) await assert.rejects(make(1, { [path]: 'x' }), { code: 'backup/reserved-path' })
      assert.deepEqual(await states(), [])
    })

    it('takes what has no manifest for legacy where the plan says so, else for unfinished', async () => {
      await put(`${nameAt(1)}/sub/y`, 'y'.repeat(400))
      await put(`${nameAt(1)}/manifest.json`, '{"name":"a web app"}')
      assert.deepEqual([await states(), await states(legacySets)], [['00:00:01 unfinished 420'], ['00:00:01 legacy 420']])
      await assert.rejects(sets.readManifest(nameAt(1), call), { code: 'backup/unfinished' })
      await assert.rejects(legacySets.readManifest(nameAt(1), call), { code: 'backup/legacy' })
      const { problems, ...result } = await verifySet(legacySets, nameAt(1), call)
      assert.deepEqual([result, problems], [{ set: nameAt(1), state: 'legacy', objects: 2, bytes: 420n }, []])
    })

    it('sees nothing that has another name', async () => {
      for (const key of ['README', 'lost+found/x', '20260230T000000Z/x', `${nameAt(1)}x/manifest.json`, `sub/${nameAt(1)}/manifest.json`])
        await put(key)
      assert.deepEqual(await legacySets.list(call), [])
      for (const name of ['README', '..', 'lost+found', '']) {
        await assert.rejects(async () => sets.expire(name, call), { code: 'backup/no-set' }, name)
        await assert.rejects(async () => sets.readManifest(name, call), { code: 'backup/no-set' }, name)
        await assert.rejects(async () => sets.openObject(name, 'x', call), { code: 'backup/no-set' }, name)
      }
    })

    it('says that there is no such set', async () => {
      await assert.rejects(sets.readManifest(nameAt(9), call), { code: 'backup/no-set' })
      await assert.rejects(sets.listFiles(nameAt(9), call), { code: 'backup/no-set' })
      await assert.rejects(verifySet(sets, nameAt(9), call), { code: 'backup/no-set' })
    })

    it('counts a set of a later version, and refuses to read it', async () => {
      await put(`${nameAt(1)}/data`, 'x'.repeat(100))
      await put(`${nameAt(1)}/manifest.json`, '{\n  "version": 2,\n  "tool": "holdfast 9.9.9",\n  "all": "new"\n}\n')
      const [summary] = await sets.list(call)
      assert.deepEqual([summary?.state, summary?.isNewer], ['complete', true])
      await assert.rejects(verifySet(sets, nameAt(1), call), { code: 'backup/newer', message: /holdfast 9\.9\.9/u, hint: /RESTORE\.md/u })
      await make(2)
      await rotate(sets, { step: 's', policy: { copies: 1n }, current: nameAt(2), emit: () => undefined }, call)
      assert.equal((await states()).length, 2)
    })

    it('takes a damaged manifest for a set that is there, and says what is wrong', async () => {
      const name = await make(1)
      await put(`${name}/manifest.json`, (await text(await sets.openObject(name, 'manifest.json', call))).slice(0, -30))
      assert.match((await states()).join(), /complete/u)
      await assert.rejects(verifySet(sets, name, call), { code: 'backup/damaged', hint: /SHA256SUMS/u })
    })

    it('takes a set for damaged that has lost objects or has others, and neither counts nor removes it', async () => {
      for (const second of [1, 2, 3, 4]) await make(second)
      await storage.remove(`${nameAt(2)}/db.sql`, call)
      await put(`${nameAt(3)}/db.sql`, 'longer than before')
      for (const path of ['db.sql', 'a/b/c']) await storage.remove(`${nameAt(4)}/${path}`, call)
      for (const store of [sets, legacySets])
        assert.deepEqual(
          (await store.list(call)).map(({ name, state }) => `${timeIn(name).slice(6)} ${state}`),
          ['01 complete', '02 damaged', '03 damaged', '04 damaged'],
        )
      assert.deepEqual(
        (await verifySet(sets, nameAt(4), call)).problems.map(({ message }) => message),
        ['"db.sql" is missing', '"a/b/c" is missing'],
      )
      await make(5)
      const notes = await rotate(sets, { step: 's', policy: { copies: 2n }, current: nameAt(5), emit: () => undefined }, call)
      assert.deepEqual([notes.length, notes.every((note) => note.includes('is damaged'))], [3, true])
      await rotate(sets, { step: 's', policy: { copies: 1n }, current: nameAt(5), emit: () => undefined }, call)
      assert.deepEqual(
        (await sets.list(call)).map(({ name, state }) => `${timeIn(name).slice(6)} ${state}`),
        ['02 damaged', '03 damaged', '04 damaged', '05 complete'],
      )
    })

    it('rotates: oldest first, never the new one, and tells', async () => {
      for (const second of [1, 2, 3, 4]) await make(second, { f: 'x'.repeat(1000) })
      const told: string[] = []
      const request = { step: 's', policy: { copies: 3n, totalBytes: 2500n }, current: nameAt(4) }
      const notes = await rotate(sets, { ...request, emit: (event) => told.push(event.kind === 'set-expired' ? event.set : event.kind) }, call)
      assert.deepEqual([told, notes], [['rotation-decided', nameAt(1), nameAt(2)], []])
      assert.deepEqual(await states(), ['00:00:03 complete 1000', '00:00:04 complete 1000'])
      for await (const { key } of storage.list('', call)) assert.ok(key.startsWith(nameAt(3)) || key.startsWith(nameAt(4)), key)
    })

    it('expires legacy sets too, and whatever lies in them', async () => {
      await put(`${nameAt(1)}/x`)
      await put(`${nameAt(1)}/.holdfast-like/y`)
      await make(2)
      await rotate(legacySets, { step: 's', policy: { copies: 1n }, current: nameAt(2), emit: () => undefined }, call)
      assert.deepEqual(await states(legacySets), ['00:00:02 complete 4'])
    })

    it('notes that nothing was rotated when the clock was set back', async () => {
      for (const second of [50, 51]) await make(second)
      const before = new Date(Date.UTC(2025, 0, 1))
      const current = await makeSet(sets, call, { began: before, objects: { f: 'x' } })
      const notes = await rotate(sets, { step: 's', policy: { copies: 1n }, current, emit: () => undefined }, call)
      assert.match(notes.join(), /no old sets were removed.*clock was set back/u)
      assert.equal((await states()).length, 3)
    })

    it('finds every fault of a damaged set', async () => {
      const name = await make(1, { same: 'same', gone: 'gone', longer: 'abc', flipped: 'abc' })
      await storage.remove(`${name}/gone`, call)
      await put(`${name}/longer`, 'abcd')
      await put(`${name}/flipped`, 'abd')
      await put(`${name}/more`, '?')
      const { problems } = await verifySet(sets, name, call)
      assert.deepEqual(
        problems.map(({ kind, path }) => `${kind} ${path}`),
        ['missing gone', 'size longer', 'digest flipped', 'extra more'],
      )
      assert.deepEqual(problems.map(({ message }) => message).slice(0, 2), ['"gone" is missing', '"longer" has 4 bytes, expected 3'])
    })

    it('finds that our own files were changed or taken away', async () => {
      const name = await make(1)
      await put(`${name}/RESTORE.md`, 'rm -rf /')
      assert.deepEqual(
        (await verifySet(sets, name, call)).problems.map(({ kind, path }) => `${kind} ${path}`),
        ['digest SHA256SUMS'],
      )
      await storage.remove(`${name}/SHA256SUMS`, call)
      assert.deepEqual(
        (await verifySet(sets, name, call)).problems.map(({ kind, path }) => `${kind} ${path}`),
        ['missing SHA256SUMS'],
      )
    })

    it('tells how far a check has got', async () => {
      const name = await make(1, { a: 'xx', b: 'yyy' })
      const told: string[] = []
      await verifySet(sets, name, call, {
        onProgress: ({ reading, doneBytes, totalBytes }) => told.push(`${reading[0]?.path} ${doneBytes}/${totalBytes}`),
      })
      assert.deepEqual(told, ['a 2/5', 'b 5/5'])
    })

    it('stops a check when told to', async () => {
      const name = await make(1)
      await assert.rejects(verifySet(sets, name, { signal: AbortSignal.abort() }), { code: 'storage/aborted' })
    })
  })
}
