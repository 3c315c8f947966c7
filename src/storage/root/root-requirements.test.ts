import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { call, nextRun, openLocalfs, temporaryFolder } from '../../../test/support/localfs.ts'

describe('what a plan requires of a place', () => {
  it('is that something is mounted there', async (t) => {
    const folder = temporaryFolder(t)
    const root = join(folder, 'root')
    for (const requireMount of [folder, join(folder, 'nothing')])
      await assert.rejects(openLocalfs(root, { requireMount }).folders.begin(nextRun(), call), {
        code: 'storage/mount-missing',
        hint: /must not be used/u,
      })
    assert.ok(!existsSync(root), 'nothing was made')
    const work = await openLocalfs(root, { requireMount: '/proc' }).folders.begin(nextRun(), call)
    await work.abandon()
  })

  it('is that enough is free', async (t) => {
    const root = join(temporaryFolder(t), 'not', 'there')
    await assert.rejects(openLocalfs(root, { minFreeBytes: 2 ** 60 }).folders.begin(nextRun(), call), {
      code: 'storage/full',
      message: /required 1\.0 EiB/u,
    })
    const work = await openLocalfs(root, { minFreeBytes: 1 }).folders.begin(nextRun(), call)
    await work.abandon()
  })
})
