import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { endDeadRuns } from './dead-runs.ts'

it('removes drafts of records that killed runs have left, and not those being written', async (t) => {
  const top = mkdtempSync(join(tmpdir(), 'drafts-'))
  t.after(() => rmSync(top, { recursive: true }))
  const folder = join(top, 'processes')
  mkdirSync(folder, { mode: 0o700 })
  for (const name of ['.old', '.new']) writeFileSync(join(folder, name), '')
  utimesSync(join(folder, '.old'), 1, 1)
  await endDeadRuns(folder, assert.fail)
  assert.deepEqual(readdirSync(folder), ['.new'])
})
