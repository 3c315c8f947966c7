import assert from 'node:assert/strict'
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { call, openLocalfs, temporaryFolder } from '../../../test/support/localfs.ts'
import { makeSet } from '../../../test/support/sets.ts'
import { filesystemSets } from './filesystem-sets.ts'
import { wasRemoved } from './was-removed.ts'

it('a set was removed if it is no longer published, and others are', async (t) => {
  const folder = temporaryFolder(t)
  const root = join(folder, 'root')
  const sets = filesystemSets(openLocalfs(root), { completeWhen: 'manifest' })
  const make = (day: number) => makeSet(sets, call, { began: new Date(Date.UTC(2026, 0, day)), objects: { one: '1' } })
  const [absent, partial, damaged, last] = [await make(1), await make(2), await make(3), await make(4)]
  renameSync(join(root, absent), join(folder, 'elsewhere'))
  // As a removal leaves it that is in progress: without the manifest and its record.
  rmSync(join(root, partial, 'manifest.json'))
  rmSync(join(root, '.holdfast-records'), { recursive: true, force: true })
  rmSync(join(root, damaged, 'one'))
  const removed = async () => Promise.all([absent, partial, damaged, last].map((set) => wasRemoved(sets, set, call)))
  assert.deepEqual(await removed(), [true, true, false, false])
  for (const set of [partial, damaged, last]) rmSync(join(root, set), { recursive: true })
  assert.deepEqual(await removed(), [false, false, false, false], 'the storage itself may have vanished')
})
