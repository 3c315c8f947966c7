import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type DatabaseServer, parseServer } from '../../src/backup/into-database/database-server.ts'
import { queryServer } from '../../src/backup/into-database/server-facts.ts'
import { openProcesses } from '../../src/process/open-processes.ts'
import { DEFAULT_LIMITS } from '../../src/process/processes.ts'
import { openPlace } from './place.ts'
import { noPostgresql, startPostgresql } from './servers.ts'

it('the answer of a server is whole, or an error', { skip: noPostgresql }, async (t) => {
  const place = openPlace(t)
  const { environment } = startPostgresql(place)
  const processes = openProcesses({ runId: `answers-${process.pid}` })
  t.after(() => processes.close())
  const server = parseServer(`postgresql://boss@/live?host=${place.folder}/pg`) as DatabaseServer
  const ask = (mebibytes: number) =>
    queryServer(
      `SELECT repeat('x', 1024 * 1024 - 1) FROM generate_series(1, ${mebibytes});`,
      { server, login: { environment } },
      { processes, call: { signal: new AbortController().signal }, limits: DEFAULT_LIMITS },
    )
  assert.equal((await ask(64)).length, 64 * 1024 * 1024)
  await assert.rejects(ask(65), { code: 'backup/not-loaded', message: 'the answer of the server is larger than 64 MiB, the limit' })
})
