import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { readMountinfo } from '../../storage/root/mountinfo.ts'
import { describeContent } from '../filter/filters.ts'
import { isSampled, openSampling } from './sample-contents.ts'

const DAY_MS = 24 * 3_600_000
const NEVER = new AbortController().signal
/** The change times of the files of a test are those of now, so it takes place in some days. */
const later = () => new Date(Date.now() + 3 * DAY_MS)

// Whatever the temporary folder is on.
const onDisk = () => readMountinfo().replaceAll(/ - \S+ /gu, ' - ext4 ')

function open(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-sample-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'a/b'), { recursive: true })
  writeFileSync(join(folder, 'a/b/größe'), 'three')
  writeFileSync(join(folder, 'a/two'), 'two')
  symlinkSync('b', join(folder, 'a/link'))
  const member = (path: string, bytes: number) => ({ name: Buffer.from(`${folder.slice(1)}/${path}`).toString('latin1'), bytes })
  const take = async (sampling = openSampling(later, onDisk), ...members: readonly ReturnType<typeof member>[]) =>
    (await sampling.take(members.length > 0 ? members : [member('a/b/größe', 5), member('a/two', 3)], NEVER)).map(({ path, ...rest }) => ({
      path: path.slice(folder.length),
      ...rest,
    }))
  return { folder, member, take }
}

const THREE = { path: 'a/b/größe', bytes: 5, sha256: createHash('sha256').update('three').digest('hex') }
const TWO = { path: 'a/two', bytes: 3, sha256: createHash('sha256').update('two').digest('hex') }

describe('sample of the contents of files', () => {
  it('contains the digests of files that have not changed for a day', async (t) => {
    const { take } = open(t)
    assert.deepEqual(await take(), [THREE, TWO])
    assert.deepEqual(await take(openSampling(() => new Date(Date.now() + DAY_MS / 2), onDisk)), [])
  })

  it('omits files that have another size, are links or folders, or cannot be named', async (t) => {
    const { take, member } = open(t)
    const others = [member('a/two', 4), member('a/two', 2), member('a/link/größe', 5), member('a/link', 1), member('a/b', 5), member('none', 1)]
    const bad = [member('a/../a/two', 3), { name: '', bytes: 1 }, { name: '.', bytes: 1 }, { name: '\xff', bytes: 1 }, member('a/two\0', 3)]
    assert.deepEqual(await take(undefined, ...others, ...bad, member('a/./two', 3)), [{ ...TWO, path: 'a/./two' }])
  })

  it('omits files that changed while the archive was made', async (t) => {
    const { folder, take } = open(t)
    await setTimeout(100)
    // A day after this moment.
    const changedMs = Date.now()
    const startedMs = performance.now()
    const sampling = openSampling(() => new Date(changedMs + DAY_MS + performance.now() - startedMs), onDisk)
    assert.deepEqual(await take(sampling), [THREE, TWO])
    await setTimeout(100)
    writeFileSync(join(folder, 'a/two'), 'TWO')
    utimesSync(join(folder, 'a/two'), 0, 0)
    assert.deepEqual(await take(sampling), [THREE])
  })

  it('is empty if the clock was set, a file system was mounted, or it is not one of a disk of this host', async (t) => {
    const { folder, take } = open(t)
    let [days, mounts] = [3, onDisk()]
    const clock = () => new Date(Date.now() + days * DAY_MS)
    const set = openSampling(clock, onDisk)
    days = 4
    assert.deepEqual(await take(set), [])
    const mounted = openSampling(clock, () => mounts)
    mounts += `999 1 0:99 / ${folder}/a/b rw - ext4 /dev/x rw\n`
    assert.deepEqual(await take(mounted), [TWO])
    assert.deepEqual(await take(openSampling(later, () => onDisk().replaceAll(' - ext4 ', ' - nfs4 '))), [])
  })

  it('ends after an abort, and is limited to 16 files', async (t) => {
    const { member, take } = open(t)
    const names = Array.from({ length: 40 }, (_, index) => member(`a${'/.'.repeat(index)}/two`, 3))
    assert.equal((await take(undefined, ...names)).length, 16)
    assert.deepEqual(await openSampling(later, onDisk).take(names, AbortSignal.abort()), [])
  })
})

it('objects are sampled if the digests reveal nothing that the object does not', () => {
  const tar = ['tar', '--create', '--file=-', 'x'] as const
  const isSampledWith = (...argvs: readonly (readonly [string, ...string[]])[]) => isSampled(describeContent(argvs.map((argv) => ({ argv }))))
  assert.ok(isSampledWith(tar))
  assert.ok(isSampledWith(tar, ['zstd']))
  assert.ok(!isSampledWith(tar, ['zstd'], ['age', '--encrypt', '--recipient', 'x']))
  assert.ok(!isSampledWith(tar, ['gpg', '--encrypt']))
  assert.ok(!isSampledWith(tar, ['strange']))
  assert.ok(!isSampledWith(['cat', 'x']))
})
