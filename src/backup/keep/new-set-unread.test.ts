import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { openLocalfs, temporaryFolder } from '../../../test/support/localfs.ts'
import { makeSet } from '../../../test/support/sets.ts'
import { filesystemSets } from '../store/filesystem-sets.ts'
import { rotate } from './rotate.ts'

const call = { signal: new AbortController().signal }

it('a new set that is not there as it was published is reported, and nothing is removed', async (t) => {
  const lost = { 'is unfinished': 'manifest.json', 'is damaged': 'a', 'is missing': '' }
  await Promise.all(
    Object.entries(lost).map(async ([words, path]) => {
      const root = temporaryFolder(t)
      const sets = filesystemSets(openLocalfs(root), { completeWhen: 'manifest' })
      const make = (second: number) => makeSet(sets, call, { began: new Date(Date.UTC(2026, 0, 1, 0, 0, second)), objects: { a: 'x' } })
      const [old, current] = [await make(1), await make(2)]
      rmSync(join(root, current, path), { recursive: true })
      const request = { step: 's', policy: { copies: 1n }, current, isJustPublished: true, emit: () => undefined }
      await assert.rejects(rotate(sets, request, call), {
        code: 'backup/rotation-failed',
        message: `the new set "${current}" in "${sets.label}" ${words} after it was published`,
      })
      assert.ok((await sets.list(call)).some(({ name }) => name === old))
    }),
  )
})
