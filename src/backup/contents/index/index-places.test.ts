import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import { cannotMount } from '../../../../test/faults/small-disk.ts'
import { call, openLocalfs, temporaryFolder } from '../../../../test/support/localfs.ts'
import { indexNameOf, sideFilesOn } from '../../set/side-files.ts'
import { beginIndexOf, findIndex, removeOrphans } from './index-places.ts'

const OBJECT = { set: '2026-01-02T03:04:05+00:00', record: { path: 'etc.tar', sha256: 'a'.repeat(64), bytes: 1, filters: [] } }

/** An index of this host and beside its set. */
async function stored(t: TestContext) {
  const [root, stateFolder] = [temporaryFolder(t), temporaryFolder(t)]
  const places = { sets: { label: root, sideFiles: sideFilesOn(openLocalfs(root)) }, stateFolder }
  const index = await beginIndexOf(places, OBJECT, call)
  index?.add({ path: 'etc', kind: 'folder' })
  assert.equal(await index?.store({ made: new Date(0), format: 'tar', entries: 1 }), undefined)
  const [folder = ''] = readdirSync(join(stateFolder, 'indexes'))
  return { places, own: join(stateFolder, 'indexes', folder, indexNameOf(OBJECT.set, OBJECT.record.path)) }
}

async function found(places: Parameters<typeof findIndex>[0]): Promise<readonly string[] | undefined> {
  const index = await findIndex(places, OBJECT, call)
  const lines: string[] = []
  if (index === undefined) return undefined
  for await (const some of index.lines()) lines.push(...some)
  return lines
}

const LINES = ['{"path":"etc","kind":"folder"}']

describe('the index beside the set is used', () => {
  it('if no copy can be stored on this host', async (t) => {
    const { places, own } = await stored(t)
    assert.deepEqual(await found(places), LINES)
    rmSync(own)
    mkdirSync(own)
    assert.deepEqual(await found(places), LINES)
    assert.deepEqual(readdirSync(join(own, '..')), [indexNameOf(OBJECT.set, OBJECT.record.path)])
  })

  it('if that of this host cannot be read', { skip: cannotMount() }, async (t) => {
    const { places, own } = await stored(t)
    // Reading the beginning of this file fails with EIO.
    execFileSync('mount', ['--bind', `/proc/${process.pid}/mem`, own])
    try {
      assert.deepEqual(await found(places), LINES)
    } finally {
      execFileSync('umount', ['-l', own])
    }
  })
})

describe('files beside a set', () => {
  for (const isPublished of [true, false]) {
    const title = isPublished ? 'are kept if the set was published after the sets were listed' : 'are removed with their set'
    it(title, async (t) => {
      const { places, own } = await stored(t)
      const { sideFiles } = places.sets
      await sideFiles.put(`${OBJECT.set}.accepted`, Readable.from([Buffer.from('accepted\n')]), call)
      const names = async () => (isPublished ? [OBJECT.set] : [])
      await removeOrphans({ ...places, sets: { ...places.sets, names } }, { present: [], now: new Date(), beside: true }, call)
      const left = [existsSync(own), (await sideFiles.names(OBJECT.set, call)).length]
      assert.deepEqual(left, isPublished ? [true, 2] : [false, 0])
    })
  }
})
