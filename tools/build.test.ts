import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { buildFolder } from './build.ts'

it('rejects a folder that contains other files', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'build-'))
  try {
    writeFileSync(join(folder, 'mine'), '')
    // No checkout: to build it would fail as well, but later.
    await assert.rejects(buildFolder(join(folder, 'nowhere'), folder), /contains other files/u)
    assert.deepEqual(readdirSync(folder), ['mine'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
