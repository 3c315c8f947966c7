// dump-database.ts FOLDER [POINT]: dumps the database "app-two" of the server in TEST_SERVER. Kills itself at the point. With REPLACE the dump is a folder that
// has the same name each time.
import { dumpDatabases } from '../../src/file-sets/dump/dump-databases.ts'
import { openProcesses } from '../../src/process/open-processes.ts'
import { archiveWork, dumpFiles, nameFormat, SCHEME } from '../support/archive.ts'
import { signalAt } from '../support/at-point.ts'

const [folder = '', point] = process.argv.slice(2)
const {
  PGHOST: host,
  PGUSER: user,
  PGPASSWORD: value,
} = JSON.parse(process.env['TEST_SERVER'] ?? '') as Record<'PGHOST' | 'PGUSER' | 'PGPASSWORD', string>
const processes = openProcesses({ runId: `dump-database-${process.pid}` })
const told = archiveWork(processes, '2026-03-01T03:11:00', point === undefined ? {} : { failpoint: signalAt(point, 'KILL') })
const environment = { kind: 'exactly', values: { PATH: '/usr/bin:/bin' } } as const
const server = { kind: 'postgresql', host, user, password: { kind: 'plain', value }, environment, searchPath: ['/usr/bin'] } as const
const areFolders = process.env['REPLACE'] !== undefined
const scheme = areFolders ? { ...SCHEME, dump: nameFormat('{dbname}.dump'), dumpDigest: nameFormat('{dbname}.sha') } : SCHEME
const files = dumpFiles(folder, ['app-two'], { server, scheme, areFolders })
await dumpDatabases({ kind: 'dump', files, program: 'pg_dump', format: areFolders ? 'directory' : 'custom', options: [] }, told.work)
await processes.close()
