import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe } from 'node:test'
import { noRclone, rcloneSpec } from '../../test/support/rclone.ts'
import { openStorage } from '../storage/open.ts'
import type { Storage } from '../storage/storage.ts'
import { byMarker } from './by-marker.ts'
import { setStoreSuite } from './set-store.suite.ts'

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
    return { storage, sets: byMarker(storage, { completeWhen: 'manifest' }), legacySets: byMarker(storage, { completeWhen: 'folder' }) }
  })
})
