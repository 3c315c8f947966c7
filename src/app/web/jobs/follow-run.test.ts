import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { encodeEvent } from '../../../run/event-json.ts'
import { followRun } from './follow-run.ts'

function descriptorsOf(file: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(file)
    } catch {
      return false
    }
  }).length
}

it('a run is read from the position of the previous read, and its file is open only while it is read', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'follow-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'job.out')
  const at = new Date('2026-01-02T03:04:05.678Z')
  const began = encodeEvent({ kind: 'run-began', runId: 'r', task: 't', steps: ['a'] }, at)
  writeFileSync(file, began.slice(0, 20))
  const run = followRun(() => open(file))
  assert.deepEqual([await run.advance(), run.runId, descriptorsOf(file)], [true, undefined, 0])
  appendFileSync(file, began.slice(20))
  assert.deepEqual(await Promise.all([run.advance(), run.advance()]), [true, false])
  assert.deepEqual([run.runId, descriptorsOf(file)], ['r', 0])
  rmSync(file)
  const gone = followRun(() => Promise.resolve(undefined))
  assert.deepEqual([await gone.advance(), gone.runId], [false, undefined])
})
