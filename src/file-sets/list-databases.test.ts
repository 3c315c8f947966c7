import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { archiveWork } from '../../test/support/archive.ts'
import { openProcesses } from '../process/open-processes.ts'
import { databasesOf } from './list-databases.ts'

it('refuses a list of databases without an end', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'list-databases-'))
  const processes = openProcesses({ runId: `list-${process.pid}` })
  t.after(async () => {
    await processes.close()
    rmSync(folder, { recursive: true })
  })
  writeFileSync(join(folder, 'psql'), '#!/bin/sh\nexec yes name\n', { mode: 0o755 })
  const server = {
    kind: 'postgresql',
    environment: { kind: 'exactly', values: { PATH: '/usr/bin:/bin' } },
    searchPath: [folder],
  } as const
  const { work } = archiveWork(processes, '2026-03-01T03:11:00')
  await assert.rejects(databasesOf({ names: 'all', exclude: { language: 'shell', patterns: [] } }, server, work), {
    code: 'archive/dump-failed',
    message: /longer than 16/u,
  })
})
