import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { noRclone, rcloneSpec } from '../../../test/support/rclone.ts'
import { asStream, makeSet } from '../../../test/support/sets.ts'
import { openStorage } from '../../storage/open-storage.ts'
import { UPLOADS, uploadName } from '../../storage/rclone/upload-names.ts'
import type { Storage, StoredKind } from '../../storage/storage.ts'
import { formatSetName } from '../set/set-name.ts'
import { setStoreSuite } from '../store/set-store.suite.ts'
import { objectStoreSets } from './object-store-sets.ts'

const roots: string[] = []
let last: Storage | undefined
after(async () => {
  await last?.close()
  for (const root of roots) rmSync(root, { recursive: true, force: true })
})

describe('rclone', { skip: noRclone }, () => {
  setStoreSuite('a remote of rclone', async () => {
    await last?.close()
    const root = mkdtempSync(join(tmpdir(), 'rclone-sets-'))
    roots.push(root)
    const storage = await openStorage(rcloneSpec(root), { note: (text) => assert.fail(text) })
    last = storage
    return { storage, sets: objectStoreSets(storage, { completeWhen: 'manifest' }), legacySets: objectStoreSets(storage, { completeWhen: 'folder' }) }
  })

  it('uploads that runs of other boots left go with their sets, and those of sets in the making stay', async () => {
    const root = mkdtempSync(join(tmpdir(), 'rclone-sets-'))
    roots.push(root)
    const storage = await openStorage(rcloneSpec(root), { note: (text) => assert.fail(text) })
    const signal = new AbortController().signal
    const began = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second))
    const sets = objectStoreSets(storage, { completeWhen: 'manifest' })
    const inMaking = await sets.begin({ runId: 'here', task: 't', began: began(1) }, { signal })
    const whole = await makeSet(sets, { signal }, { began: began(2), objects: { a: 'a' } })
    const left = (set: string, ageDays: number, kind?: StoredKind) => {
      const name = uploadName(`${set}/a`, kind).replace(/_[-0-9a-f]{36}_/u, '_00000000-0000-4000-8000-000000000000_')
      const path = join(root, UPLOADS, name)
      mkdirSync(join(root, UPLOADS), { recursive: true })
      writeFileSync(path, 'half')
      const time = new Date(Date.now() - ageDays * 24 * 3600_000)
      utimesSync(path, time, time)
      return name
    }
    const gone = formatSetName(began(0))
    const stays = [left(asStream(inMaking).name, 30), left(whole, 0), left(gone, 0, 'marker'), left('other', 30)]
    for (const [set, ageDays, kind] of [
      [gone, 0],
      [whole, 2],
      [gone, 8, 'marker'],
    ] as const)
      left(set, ageDays, kind)
    const next = await sets.begin({ runId: 'next', task: 't', began: new Date() }, { signal })
    assert.deepEqual(readdirSync(join(root, UPLOADS)).toSorted(), stays.toSorted())
    for (const draft of [inMaking, next]) await draft.abort()
    await storage.close()
  })
})
