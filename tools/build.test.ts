import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { buildFolder } from './build.ts'

it('leaves a folder alone that holds something else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'build-'))
  try {
    writeFileSync(join(folder, 'mine'), '')
    // No checkout: to build it would fail as well, but later.
    await assert.rejects(buildFolder(join(folder, 'nowhere'), folder), /holds something else/u)
    assert.deepEqual(readdirSync(folder), ['mine'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
