import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { cannotMount, mountSmallDisk } from '../../../test/faults/small-disk.ts'
import { openPlace, type Place } from '../../../test/native/place.ts'
import { noPostgresql, type Server, startPostgresql } from '../../../test/native/servers.ts'
import { archiveWork, dumpFiles, nameFormat, SCHEME } from '../../../test/support/archive.ts'
import { lacks } from '../../../test/support/lacks.ts'
import { stderrTailOf } from '../../../test/support/stderr-tail.ts'
import type { DumpFiles, DumpStep } from '../../plan/dated-files.ts'
import { openProcesses } from '../../process/open-processes.ts'
import type { Processes } from '../../process/processes.ts'
import { ArchiveError } from '../errors.ts'
import { dumpDatabases } from './dump-databases.ts'

const PROGRAM = fileURLToPath(new URL('../../../test/programs/dump-database.ts', import.meta.url))
const AT = '2026-03-01T03:11:00'

let place: Place
let pg: Server
let processes: Processes
let folder: string
let count = 0
const endings: (() => void)[] = []

describe('dumpDatabases', { skip: noPostgresql || lacks('pg_restore', 'gzip') }, () => {
  before(() => {
    place = openPlace({ after: (work) => endings.push(work) })
    pg = startPostgresql(place)
    processes = openProcesses({ runId: `dump-${process.pid}` })
    for (const name of ['app1', 'app-two', 'odd=name']) pg.sql('postgres', `create database "${name}"`)
    pg.sql('app1', 'create table t as select md5(n::text) || md5((-n)::text) as s from generate_series(1, 60000) n')
    mkdirSync(join(place.folder, 'bin'))
    symlinkSync('/usr/bin/pg_restore', join(place.folder, 'bin/pg_restore'))
  })
  after(async () => {
    await processes.close()
    for (const end of endings) end()
  })
  beforeEach(() => {
    folder = join(place.folder, `out${count++}`)
  })

  const stepOf = (names: readonly string[], changes: Partial<DumpFiles> = {}, more: Partial<DumpStep> = {}): DumpStep => ({
    kind: 'dump',
    files: dumpFiles(folder, names, {
      server: {
        kind: 'postgresql',
        host: pg.environment['PGHOST'] ?? '',
        user: 'boss',
        password: { kind: 'plain', value: pg.environment['PGPASSWORD'] ?? '' },
        environment: { kind: 'exactly', values: { PATH: '/usr/bin:/bin', LC_ALL: 'C', PGPASSWORD: 'of somebody else' } },
        searchPath: ['/usr/bin'],
      },
      ...changes,
    }),
    program: 'pg_dump',
    format: 'custom',
    options: [],
    ...more,
  })
  const dump = async (step: DumpStep, options: Parameters<typeof archiveWork>[2] = {}) => {
    const told = archiveWork(processes, AT, options)
    await dumpDatabases(step, told.work)
    return told
  }
  const files = () => (existsSync(folder) ? readdirSync(folder).toSorted() : [])
  const modesOf = (path: string) =>
    new Set(readdirSync(path, { recursive: true }).map((it) => (statSync(join(path, String(it))).mode & 0o7777).toString(8)))
  const sqlOf = (name: string) => execFileSync('/usr/bin/pg_restore', ['--file=-', join(folder, name)], { encoding: 'utf8', maxBuffer: 1e9 })
  const program = (script: string) => {
    const path = join(place.folder, 'bin/pg_dump')
    rmSync(path, { force: true })
    writeFileSync(path, `#!/bin/bash\nset -o pipefail\n${script}\n`)
    chmodSync(path, 0o755)
    return path
  }

  it('dumps databases by name, with their digests', async () => {
    const { events, notes } = await dump(stepOf(['app1', 'app-two', 'odd=name']))
    assert.deepEqual(notes, [])
    assert.deepEqual(
      files(),
      ['app-two', 'app1', 'odd=name'].flatMap((it) => [`db-${it}-20260301_031100.hash`, `db-${it}-20260301_031100.pgdump`]),
    )
    const path = join(folder, 'db-app1-20260301_031100.pgdump')
    assert.equal(readFileSync(path.replace('pgdump', 'hash'), 'latin1'), execFileSync('sha1sum', [path], { encoding: 'latin1' }).slice(0, 40))
    assert.equal(
      sqlOf('db-app1-20260301_031100.pgdump')
        .split('\n')
        .filter((it) => /^[0-9a-f]{64}$/u.test(it)).length,
      60_000,
    )
    const [ended] = events.filter((it) => it.kind === 'dump-ended')
    assert.deepEqual([ended?.database, ended?.bytes, ended?.dry], ['app1', statSync(path).size, false])
  })

  it('queries the list of databases, in both languages of patterns', async () => {
    await dump(stepOf([], { databases: { names: 'all', exclude: { language: 'shell', patterns: ['template*', 'odd*'] } }, digests: false }))
    assert.deepEqual(
      files(),
      ['app-two', 'app1', 'postgres'].map((it) => `db-${it}-20260301_031100.pgdump`),
    )
    rmSync(folder, { recursive: true })
    await dump(
      stepOf([], { databases: { names: 'all', exclude: { language: 'regex', patterns: ['postgres.*', 'templ', 'o', 'app1'] } }, digests: false }),
    )
    assert.deepEqual(files(), ['db-app-two-20260301_031100.pgdump'])
  })

  it('uses the next free second, and replaces a dump whose name contains no time', async () => {
    for (let n = 0; n < 2; n++) await dump(stepOf(['app-two'], { digests: false }))
    assert.deepEqual(files(), ['db-app-two-20260301_031100.pgdump', 'db-app-two-20260301_031101.pgdump'])
    rmSync(folder, { recursive: true })
    const scheme = { ...SCHEME, dump: nameFormat('{dbname}.dump'), dumpDigest: nameFormat('{dbname}.sha') }
    for (const areFolders of [false, false, true, true]) {
      await dump(stepOf(['app-two'], { scheme, areFolders }, { format: areFolders ? 'directory' : 'custom' }))
      assert.deepEqual(files(), ['app-two.dump', 'app-two.sha'])
      assert.equal(statSync(join(folder, 'app-two.dump')).isDirectory(), areFolders)
      assert.deepEqual([...modesOf(folder)].toSorted(), areFolders ? ['640', '750'] : ['640'])
    }
  })

  it('gives a dump that is a folder back when another one cannot take its name', async () => {
    const scheme = { ...SCHEME, dump: nameFormat('{dbname}.dump') }
    const step = stepOf(['app-two'], { scheme, areFolders: true, digests: false }, { format: 'directory' })
    await dump(step)
    const before = statSync(join(folder, 'app-two.dump')).ino
    const failpoint = (passed: string) => {
      if (passed !== 'dump-set-aside') return
      const part = readdirSync(folder).find((it) => it.startsWith('.holdfast-part-')) ?? ''
      rmSync(join(folder, part, 'dump'), { recursive: true })
    }
    await assert.rejects(dump(step, { failpoint }), /ENOENT/u)
    assert.deepEqual([files(), statSync(join(folder, 'app-two.dump')).ino], [['app-two.dump'], before])
  })

  it('makes folders, of several processes, and as another user', async () => {
    const step = stepOf(['app1'], { areFolders: true }, { format: 'directory', options: ['--jobs=2'] })
    await dump({ ...step, files: { ...step.files, server: { ...step.files.server, runAs: 'postgres' } } })
    const path = join(folder, 'db-app1-20260301_031100.pgdump')
    assert.ok(existsSync(join(path, 'toc.dat')))
    const sum = execFileSync('/bin/sh', ['-c', 'LC_ALL=C; sha1sum * | sha1sum'], { cwd: path, encoding: 'latin1' }).slice(0, 40)
    assert.equal(readFileSync(path.replace('pgdump', 'hash'), 'latin1'), sum)
    assert.match(sqlOf('db-app1-20260301_031100.pgdump'), /COPY public\.t/u)
  })

  it('makes plain dumps, also compressed ones, and tar files', async () => {
    for (const [format, options] of [
      ['plain', []],
      ['plain', ['--compress=5']],
      ['tar', []],
    ] as const) {
      rmSync(folder, { recursive: true, force: true })
      const { notes } = await dump(stepOf(['app1'], { digests: false }, { format, options }))
      assert.deepEqual([files().length, notes], [1, []])
    }
  })

  it('never shows the password', async () => {
    const seen = join(place.folder, 'seen')
    const path = program(
      `{ tr '\\0' '\\n' </proc/$PPID/cmdline; tr '\\0' '\\n' </proc/$$/environ; printf '%s\\n' "$@"; } >${seen}; exec /usr/bin/pg_dump "$@"`,
    )
    const { events, notes } = await dump(stepOf(['app-two'], {}, { program: path }))
    const secret = pg.environment['PGPASSWORD'] ?? ''
    for (const text of [readFileSync(seen, 'latin1'), JSON.stringify([events, notes])])
      assert.ok(!text.includes(secret) && !text.includes('somebody else'))
    assert.match(readFileSync(seen, 'latin1'), /PGPASSFILE=\/dev\/fd\/3/u)
  })

  it('reports a failed database, and dumps the others', async () => {
    const told = archiveWork(processes, AT)
    await assert.rejects(dumpDatabases(stepOf(['nosuch', 'a/b', 'app-two'], { digests: false }), told.work), (error) => {
      assert.ok(error instanceof ArchiveError && error.code === 'archive/dump-failed')
      assert.match(error.message, /could not dump the database "nosuch"/u)
      assert.match(stderrTailOf(error), /does not exist/u)
      return true
    })
    assert.match(told.notes.join('\n'), /the name of the database "a\/b" cannot be used/u)
    assert.deepEqual(files(), ['db-app-two-20260301_031100.pgdump'])
  })

  it('fails when the server does not let it in or does not answer, and when no database is left', async () => {
    const step = stepOf(['app1'])
    const { server } = step.files
    const wrong = stepOf(['app1'], { server: { ...server, password: { kind: 'plain', value: 'WRONG' } } })
    await assert.rejects(dump(wrong), (error) => /authentication failed/u.test(stderrTailOf(error)))
    const silent = stepOf([], { server: { ...server, port: 1 }, databases: { names: 'all', exclude: { language: 'shell', patterns: [] } } })
    await assert.rejects(dump(silent), /psql failed \(exit code 2/u)
    await assert.rejects(
      dump(stepOf(['app1'], { databases: { names: ['app1'], exclude: { language: 'shell', patterns: ['*'] } } })),
      /no databases to dump/u,
    )
    await assert.rejects(dump(stepOf(['app1'], {}, { program: '/nonexistent/pg_dump' })), /file not found/u)
    assert.deepEqual(files(), [])
  })

  it('gives no name to a dump that breaks off, whatever its exit code', async () => {
    for (const [format, length] of [
      ['custom', 20_000],
      ['custom', 0],
      ['plain', 20_000],
      ['tar', 20_000],
    ] as const) {
      const path = program(`/usr/bin/pg_dump "$@" 2>/dev/null | head -c ${length}; exit 0`)
      await assert.rejects(
        dump(stepOf(['app1'], {}, { format, program: path })),
        /could not read .* to the end|is truncated|is empty/u,
        `${format} ${length}`,
      )
      assert.deepEqual(files(), [])
    }
    const broken = program(`/usr/bin/pg_dump "$@"; for it in "$@"; do rm -f "\${it#--file=}"/[0-9]*.dat.gz; done`)
    await assert.rejects(dump(stepOf(['app1'], { areFolders: true }, { format: 'directory', program: broken })), /could not read .* to the end/u)
    assert.deepEqual(files(), [])
  })

  it('gives no name to a dump whose server is killed in its middle', async () => {
    const [mark, go] = [join(place.folder, 'mark'), join(place.folder, 'go')]
    const path = program(`/usr/bin/pg_dump "$@" | { head -c 20000; touch ${mark}; while [ ! -e ${go} ]; do sleep 0.05; done; cat; }`)
    const dumping = dump(stepOf(['app1'], {}, { format: 'plain', program: path }))
    dumping.catch(() => undefined)
    while (!existsSync(mark)) await sleep(20)
    pg.killBackends()
    writeFileSync(go, '')
    await assert.rejects(dumping, (error) => /terminat|closed the connection/u.test(stderrTailOf(error)))
    assert.deepEqual(files(), [])
    await pg.revive()
  })

  it('leaves nothing on a full disk, and where it may not write', { skip: cannotMount() }, async () => {
    const disk = mountSmallDisk(folder, 'size=200k')
    try {
      await assert.rejects(dump(stepOf(['app1'])), (error) => /No space left/u.test(`${error}${stderrTailOf(error)}`))
      assert.deepEqual(files(), [])
      disk.remount('ro')
      await assert.rejects(dump(stepOf(['app1'])), /read-only/u)
      assert.deepEqual(files(), [])
    } finally {
      disk.unmount()
    }
  })

  it('makes nothing when dry', async () => {
    const { events } = await dump(stepOf([], { databases: { names: 'all', exclude: { language: 'shell', patterns: ['[!a]*'] } } }, { dry: true }))
    assert.deepEqual(
      events.flatMap((it) => (it.kind === 'dump-ended' ? [[it.database, it.dry]] : [])),
      [
        ['app-two', true],
        ['app1', true],
      ],
    )
    assert.equal(existsSync(folder), false)
  })

  for (const point of ['dump-work-made', 'dump-made', 'dump-renamed', 'dump-digest-renamed']) {
    it(`leaves nothing half made when killed at ${point}, and the next run clears up`, () => {
      const environment = { ...process.env, TEST_SERVER: JSON.stringify(pg.environment) }
      const run = (...args: readonly string[]) => spawnSync(process.execPath, [PROGRAM, folder, ...args], { encoding: 'utf8', env: environment })
      assert.equal(run(point).signal, 'SIGKILL')
      const named = files().filter((it) => it.endsWith('.pgdump'))
      for (const it of named) sqlOf(it)
      assert.equal(named.length, point.endsWith('renamed') ? 1 : 0)
      const again = run()
      assert.equal(again.status, 0, again.stderr)
      assert.ok(files().every((it) => it.startsWith('db-app-two-')))
    })
  }

  for (const point of ['dump-set-aside', 'dump-renamed']) {
    it(`has the old folder or the new one after it was killed at ${point}, and the next run clears up`, () => {
      const environment = { ...process.env, TEST_SERVER: JSON.stringify(pg.environment), REPLACE: '1' }
      const run = (env: NodeJS.ProcessEnv, ...args: readonly string[]) =>
        spawnSync(process.execPath, [PROGRAM, folder, ...args], { encoding: 'utf8', env: { ...environment, ...env } })
      assert.equal(run({}).status, 0)
      const before = statSync(join(folder, 'app-two.dump')).ino
      assert.equal(run({}, point).signal, 'SIGKILL')
      assert.equal(existsSync(join(folder, 'app-two.dump')), point === 'dump-renamed')
      // The server is out of reach: what was there has to be there again all the same.
      assert.equal(run({ TEST_SERVER: JSON.stringify({ ...pg.environment, PGHOST: '/nonexistent' }) }).status, 1)
      assert.equal(statSync(join(folder, 'app-two.dump')).ino === before, point === 'dump-set-aside')
      sqlOf('app-two.dump')
      assert.equal(run({}).status, 0)
      assert.deepEqual(files(), ['app-two.dump', 'app-two.sha'])
    })
  }

  it('stops on an abort', async () => {
    const stop = new AbortController()
    const failpoint = (passed: string) => passed === 'dump-made' && stop.abort(new Error('stop'))
    await assert.rejects(dump(stepOf(['app-two']), { failpoint, signal: stop.signal }), /stopped before completion/u)
    assert.deepEqual(files(), [])
  })
})
