import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { someOf } from '../support/some-of.ts'
import { lacks, openPlace, type Place } from './place.ts'
import { type Directory, noMariadb, noPostgresql, noSlapd, openDirectory, type Server, startMariadb, startPostgresql } from './servers.ts'

const skip = noPostgresql || noMariadb || noSlapd || lacks('gzip', 'sqlite3', 'pgrep')

interface Dump {
  readonly program: string
  /** What its arguments fit alone, where the name does not do. */
  readonly told?: string
  /** The source as a configuration says it. */
  readonly source: () => string
  /** The program that really dumps; absent where it is not found by PATH, and cannot be replaced. */
  readonly real?: string
  /** What it talks to, if anything. */
  readonly server?: () => Server
}

let place: Place
let pg: Server
let db: Server
let directory: Directory

const DUMPS: Readonly<Record<string, Dump>> = {
  'a database of PostgreSQL': {
    program: 'pg_dump',
    told: 'pg_dump .*--create',
    source: () => `postgresql: { databases: [shop], ${pg.connect} }`,
    real: '/usr/bin/pg_dump',
    server: () => pg,
  },
  'a cluster of PostgreSQL': {
    program: 'pg_dumpall',
    source: () => `postgresql: { databases: all, ${pg.connect} }`,
    real: '/usr/bin/pg_dumpall',
    server: () => pg,
  },
  'a database of MariaDB': {
    program: 'mariadb-dump',
    source: () => `mariadb: { databases: [shop], ${db.connect} }`,
    real: '/usr/bin/mariadb-dump',
    server: () => db,
  },
  'all databases by mysqldump': {
    program: 'mysqldump',
    source: () => `mariadb: { databases: all, program: mysqldump, ${db.connect} }`,
    real: '/usr/bin/mariadb-dump',
    server: () => db,
  },
  // Not the script that asks which databases there are, which calls slapcat too.
  'a directory of OpenLDAP': { program: 'slapcat', told: '^[^(]*slapcat', source: () => 'ldap: {}', real: '/usr/sbin/slapcat' },
  'a database of SQLite': { program: 'copy-sqlite', source: () => `sqlite: { path: ${place.folder}/app.db, temporary-folder: ${place.folder} }` },
}

describe('an incomplete dump is never published', { skip }, () => {
  const endings: (() => void)[] = []
  before(async () => {
    place = openPlace({ after: (work) => endings.push(work) })
    pg = startPostgresql(place)
    db = await startMariadb(place)
    directory = openDirectory(place)
    pg.sql('postgres', 'create database shop')
    // Far more than all the pipes of a pipeline hold, so that a reader that stands still stops the dump in its middle.
    pg.sql('shop', 'create table t as select md5(n::text) || md5((-n)::text) as s from generate_series(1, 60000) n')
    db.sql('', 'create database shop; use shop; create table t (s varchar(99)); insert into t select concat(md5(seq), md5(-seq)) from seq_1_to_60000')
    place.shell(
      `sqlite3 app.db 'create table t(s); with recursive n(i) as (select 1 union all select i + 1 from n where i < 600000) insert into t select hex(randomblob(32)) from n'`,
    )
    const entry = (index: number) => `dn: o=o${index},dc=example,dc=org\nobjectClass: organization\no: o${index}\ndescription: ${'x'.repeat(2000)}\n`
    writeFileSync(
      join(place.folder, 'all.ldif'),
      [
        'dn: dc=example,dc=org\nobjectClass: dcObject\nobjectClass: organization\no: x\ndc: example\n',
        ...Array.from({ length: 1500 }, (_, index) => entry(index)),
      ].join('\n'),
    )
    place.shell(`${directory.bin}/slapadd -q -l all.ldif; mkdir bin stopped`)
    // A compressor that stops itself before it reads.
    writeFileSync(join(place.folder, 'stopped/gzip'), '#!/bin/sh\nkill -STOP $$\nexec /usr/bin/gzip "$@"\n', { mode: 0o755 })
  })
  after(() => {
    for (const end of endings) end()
  })

  const configure = (source: string, programs = 'bin') =>
    place.configure(
      `{ x: { ${source}, compress: { method: gzip, level: 1 }, environment: { PATH: "${place.folder}/${programs}:${directory.bin}:/usr/bin:/bin" } } }`,
    )
  const replaceProgram = (name: string, script: string) => place.shell(`printf '%s\\n' '#!/bin/sh' '${script}' >bin/${name}; chmod 755 bin/${name}`)
  const sets = () => {
    const folder = join(place.folder, 'root/nightly')
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('2')) : []
  }
  const assertRefused = (says: RegExp) => {
    const present = sets()
    const { status, stderr } = place.run('-q', 'run')
    assert.equal(status, 1)
    assert.match(stderr, says)
    assert.deepEqual(sets(), present)
  }

  /** A dump may be done before it is caught: then the next one is. */
  const struck = async (told: string, strike: (pid: number) => void) => {
    for (let tries = 0; tries < 10; tries += 1) {
      const present = sets()
      const ending = await runStopped(place, told, strike)
      if (ending !== 'too-late') return { ...ending, present }
    }
    throw new Error(`"${told}" was never caught in its middle`)
  }

  for (const [name, { program, told = program, source, real, server }] of Object.entries(DUMPS)) {
    if (real !== undefined) {
      it(`${name}: cut off, or empty, though its program says that all is well`, (t) => {
        t.after(() => place.shell('rm -f bin/*'))
        configure(source())
        const conf = program === 'slapcat' ? `-f ${place.folder}/ldap.conf` : ''
        for (const cut of someOf(['head -c -30', 'head -c 200000', 'head -c 0'])) {
          replaceProgram(program, `${real} ${conf} "$@" | ${cut}; exit 0`)
          // An empty directory has an empty dump: the set is published, but it is suspicious.
          if (program === 'slapcat' && cut === 'head -c 0') {
            const { status, stderr } = place.run('run', '--strict')
            assert.equal(status, 3)
            assert.match(stderr, /the new set is suspicious: object "x.ldif.gz": the directory has no entries/u)
            continue
          }
          assertRefused(new RegExp(`is incomplete: its end mark is missing.*\n.*\n?.*"${program}" reported success`, 'u'))
        }
        place.shell('rm bin/*')
        const { status, stderr } = place.run('-q', 'run')
        assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
      })
    }

    it(`${name}: its program is killed in the middle`, async () => {
      configure(source(), 'stopped')
      const { code, stderr, present } = await struck(told, (pid) => process.kill(pid, 'SIGKILL'))
      assert.equal(code, 1)
      assert.match(stderr, /was ended by SIGKILL|SIGKILL/u)
      assert.deepEqual(sets(), present)
      place.shell('rm -rf holdfast-sqlite-*')
    })

    if (server !== undefined && program !== 'mysqldump') {
      it(`${name}: the server is killed in the middle`, async () => {
        configure(source(), 'stopped')
        const { code, stderr, present } = await struck(told, () => server().killBackends())
        assert.equal(code, 1)
        assert.match(stderr, /server closed the connection|terminating connection|Lost connection|gone away/u)
        assert.deepEqual(sets(), present)
        await server().revive()
      })
    }
  }
})

/** A run whose compressor stands still until its dump has come to a halt in the middle, with all pipes full; then `strike`. */
async function runStopped(
  place: Place,
  program: string,
  strike: (pid: number) => void,
): Promise<{ readonly code: number | null; readonly stderr: string } | 'too-late'> {
  const run = place.start('-q', 'run')
  let stderr = ''
  run.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = once(run, 'exit')
  try {
    // Other compressors, such as that of the roles of a cluster, go on until the dump is there.
    const dump = await childOf(run.pid, program, () => {
      if (childrenOf(run.pid, program).length === 0) for (const pid of childrenOf(run.pid, 'gzip')) signal(pid, 'SIGCONT')
      return run.exitCode !== null
    })
    if (dump === undefined) return 'too-late'
    const isCaught = await halted(dump)
    if (isCaught) strike(dump)
    for (; run.exitCode === null && run.signalCode === null; await sleep(20)) for (const pid of childrenOf(run.pid, 'gzip')) signal(pid, 'SIGCONT')
    if (!isCaught) return 'too-late'
    const [code] = (await ended) as [number | null]
    return { code, stderr }
  } finally {
    run.kill('SIGKILL')
  }
}

/** A child whose arguments fit. Not one that is there for a moment only, such as what starts it. */
async function childOf(parent: number | undefined, word: string, isOver: () => boolean): Promise<number | undefined> {
  for (let last = 0; !isOver(); await sleep(5)) {
    const [pid = 0] = childrenOf(parent, word)
    if (pid > 0 && pid === last) return pid
    last = pid
  }
  return undefined
}

/** Whether a process, with those that it started, has written something and then nothing more for a while; false when it has ended. */
async function halted(pid: number): Promise<boolean> {
  let last = 0
  for (let still = 0, looks = 0; still < 5 || last < 50_000; looks += 1) {
    if (!isThere(pid)) return false
    if (looks > 1000) throw new Error(`the process ${pid} has not come to a halt`)
    await sleep(40)
    const now = treeOf(pid).reduce((sum, it) => sum + writtenBy(it), 0)
    still = now === last ? still + 1 : 0
    last = now
  }
  return isThere(pid)
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended by itself.
  }
}

function isThere(pid: number): boolean {
  try {
    return !/^State:\s+Z/mu.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

function treeOf(pid: number): readonly number[] {
  return [pid, ...childrenOf(pid, '').flatMap(treeOf)]
}

function childrenOf(parent: number | undefined, word: string): readonly number[] {
  return spawnSync('pgrep', ['-P', String(parent), '-f', word], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter(Boolean)
    .map(Number)
}

/** How much a process has written; 0 when it has ended. */
function writtenBy(pid: number): number {
  try {
    return Number(/^wchar: (\d+)/mu.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])
  } catch {
    return 0
  }
}
