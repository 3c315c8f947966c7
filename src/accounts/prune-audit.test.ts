import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { listAudit, recordAction } from './audit.ts'
import { AUDIT_LIMITS, pruneAudit } from './prune-audit.ts'
import { openStore } from './store.ts'

const DAY_MS = 86_400_000
const ADA = { who: 'ada', via: 'session', address: '192.0.2.1' } as const

test('the audit log keeps what is young and within the number of lines, and records what it removed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  let now = new Date('2026-01-01T00:00:00.000Z')
  const store = openStore(join(folder, 'accounts.db'), { clock: () => now, note: assert.fail })
  t.after(() => store.close())
  const add = (count: number, at: Date) =>
    store.write((db) => {
      for (let line = 0; line < count; line += 1) recordAction(db, at, ADA, { action: 'login', target: 'ada', outcome: 'done' })
    })
  const lines = () => listAudit(store, { limit: 3 })
  await add(500, new Date(now.getTime() - 800 * DAY_MS))
  await add(1500, now)
  assert.equal(await pruneAudit(store, AUDIT_LIMITS), 500)
  assert.equal(lines().total, 1501)
  const [removal] = lines().rows
  assert.deepEqual(
    [removal?.action, removal?.via, removal?.before],
    ['audit-pruned', 'server', { lines: 500, from: '2023-10-24T00:00:00.000Z', to: '2023-10-24T00:00:00.000Z' }],
  )
  // Nothing is left to remove, and nothing is written.
  assert.equal(await pruneAudit(store, AUDIT_LIMITS), 0)
  assert.equal(await pruneAudit(store, { ...AUDIT_LIMITS, keepMs: Number.MAX_SAFE_INTEGER }), 0)
  assert.equal(lines().total, 1501)

  assert.equal(await pruneAudit(store, { ...AUDIT_LIMITS, lines: 1200 }), 302)
  assert.equal(lines().total, 1200)
  assert.equal(await pruneAudit(store, { ...AUDIT_LIMITS, lines: 1200 }), 0)

  // A clock that is wrong by years does not empty the log.
  now = new Date('2099-01-01T00:00:00.000Z')
  assert.equal(await pruneAudit(store, AUDIT_LIMITS), 200)
  assert.equal(await pruneAudit(store, AUDIT_LIMITS), 0)
  assert.equal(lines().total, 1001)
})
