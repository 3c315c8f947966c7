import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { openLogIndex } from './log-index.ts'

it('a log that is too large to read does not count as a good run; an unreadable folder of logs does not count as empty', async (t) => {
  const top = mkdtempSync(join(tmpdir(), 'logs-'))
  t.after(() => rmSync(top, { recursive: true, force: true }))
  mkdirSync(join(top, '2026'))
  writeFileSync(join(top, '2026', 'b-20260302_000000.log'), `${'x'.repeat(1024 * 1024)}\n`.repeat(65))
  writeFileSync(join(top, '2026', 'a-20260301_000000.log'), 'INFO\n')
  const [large, small] = (await openLogIndex().read(top)).get('2026') ?? []
  assert.deepEqual([large?.error, large?.warning, large?.unread], [false, true, true])
  assert.match(large?.msg ?? '', /too large/u)
  assert.deepEqual([small?.error, small?.warning, small?.unread], [false, false, undefined])
  truncateSync(join(top, '2026', 'b-20260302_000000.log'))
  assert.equal((await openLogIndex().read(top)).get('2026')?.[0]?.warning, false)
  symlinkSync('loop', join(top, 'loop'))
  await assert.rejects(openLogIndex().read(join(top, 'loop')))
  assert.equal((await openLogIndex().read(join(top, 'nothing'))).size, 0)
})
