import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { descendantsOf, readProcessTable } from '../../src/process/identity/process-table.ts'
import { openPlace, type Place } from '../native/place.ts'
import { startMariadb, startPostgresql } from '../native/servers.ts'
import { guideBlocks } from '../support/guide.ts'
import { until } from '../support/time-limits.ts'
import { attack } from './attack.ts'

const OWNER = 'a user with write access to a storage, or the owner of the dumped database'

// What psql takes for code and the look through the dump for a string: the one knows that the setting was changed back, the other does not.
const unseen = (code: string) =>
  `SET standard_conforming_strings = off;\nSELECT pg_catalog.set_config('standard_conforming_strings', 'on', false);\nSELECT '\\';\nSELECT 1; ${code}\nSELECT ' x';\n`

const PSQL: Readonly<Record<string, (mark: string) => string>> = {
  'in-line': (mark) => `SET statement_timeout = 0; \\! touch ${mark}\n`,
  unrestrict: (mark) => `SELECT pg_catalog.set_config('search_path', '', false);\n\\unrestrict \`touch ${mark}\`\n`,
  copy: (mark) => `CREATE TABLE t (s text); \\copy t from program 'touch ${mark}'\n`,
  pipe: (mark) => `SET work_mem = '4MB' \\g |touch ${mark}\n`,
  unseen: (mark) => unseen(`\\! touch ${mark}`),
  'unseen-file': (mark) => unseen(`\\o ${mark}`),
  'unseen-unrestrict': (mark) => unseen(`\\unrestrict \`touch ${mark}\``),
}

/** What only a dump of several databases has, or only the block of the guide takes for a boundary. */
const BY_HAND: typeof PSQL = {
  start: (mark) => `\\! touch ${mark}\n`,
  connect: () => `\\connect "host=127.0.0.1 port=1 dbname=x"\nSELECT 1;\n`,
  'connect-backquotes': (mark) => `\\connect postgres\\! touch ${mark}\n\\connect \`touch ${mark}\`\n`,
  body: () => `CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\n\\connect postgres\nCREATE ROLE mallory SUPERUSER;\n$$;\n`,
}

const CLIENT: Readonly<Record<string, (mark: string) => string>> = {
  shell: (mark) => `SELECT 1; \\! touch ${mark}\n`,
  system: (mark) => `CREATE TABLE t (n int);\nsystem touch ${mark}\n`,
  source: (mark) => `CREATE TABLE t (n int);\nsource ${mark}.sql\n`,
  edit: (mark) => `SET @x = '${mark}';\nedit\n`,
  pager: (mark) => `pager touch ${mark}\nSELECT 1;\n`,
  tee: (mark) => `tee ${mark}\nSELECT 1;\n`,
  local: () => `CREATE TABLE t (s text);\nLOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE t;\n`,
}

function plant(place: Place, dumps: Readonly<Record<string, (mark: string) => string>>): string {
  const objects = Object.entries(dumps).map(([name, dump]) => {
    writeFileSync(join(place.folder, `${name}.dump`), dump(join(place.folder, `ran-${name}`)))
    return `${name}.sql: { exec: { argv: [cat, ${place.folder}/${name}.dump] } }`
  })
  place.configure(`{ ${objects.join(', ')} }`)
  const { status, stderr } = place.run('-q', 'run')
  assert.equal(status, 0, stderr)
  return place.folder
}

function loadAll(place: Place, names: readonly string[], into: (name: string) => readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    names.map((name) => {
      const { status, stderr } = place.run('restore', 'nightly', 'latest', `${name}.sql.zst`, '--trust-dump', ...into(name.replaceAll('-', '_')))
      assert.equal(status, 1, `${name}: ${stderr}`)
      assert.ok(!existsSync(join(place.folder, `ran-${name}`)), `${name} ran`)
      return [name, stderr]
    }),
  )
}

attack(
  {
    name: 'a dump contains commands for psql',
    attacker: OWNER,
    how: 'adds `\\!` after a statement, `\\unrestrict` with a command in backquotes, `\\copy … program` and `\\g |…` to a dump, also in places that only psql treats as code; root loads it with `restore --into` and `--trust-dump`',
    outcome:
      'each is rejected by the inspection of the dump, or by psql, which is confined and cannot start programs; no command is run, and the new database is removed',
    needs: ['root', 'pg_dump', 'psql', 'runuser', 'zstd', 'unshare'],
  },
  (t) => {
    const place = openPlace(t)
    const { sql } = startPostgresql(place)
    plant(place, PSQL)
    const said = loadAll(place, Object.keys(PSQL), (name) => [
      '--into',
      `postgresql://boss@/${name}?host=${place.folder}/pg`,
      '--password-file',
      'pg.pass',
    ])
    for (const name of ['in-line', 'unrestrict', 'copy', 'pipe'])
      assert.match(said.get(name) ?? '', /it contains commands for the client|is not a plain dump/u)
    for (const name of ['unseen', 'unseen-file', 'unseen-unrestrict']) assert.match(said.get(name) ?? '', /psql failed \(exit code/u)
    assert.equal(sql('postgres', 'select count(*) from pg_database where not datistemplate'), '1\n')
  },
)

attack(
  {
    name: 'a dump contains commands for the MariaDB client',
    attacker: OWNER,
    how: 'adds `\\!`, `system`, `source`, `edit`, `pager`, `tee` and LOAD DATA LOCAL to a dump; root loads it with `restore --into` and `--trust-dump`',
    outcome:
      'each is rejected by the inspection of the dump, or by the client, which is confined; no command is run, no file of the host is read, and the new database and its user are removed',
    needs: ['root', 'mariadbd', 'mariadb', 'mariadb-install-db', 'zstd', 'unshare'],
  },
  async (t) => {
    const place = openPlace(t)
    const { sql } = await startMariadb(place)
    plant(place, CLIENT)
    writeFileSync(join(place.folder, 'ran-source.sql'), `\\! touch ${place.folder}/ran-source\n`)
    const said = loadAll(place, Object.keys(CLIENT), (name) => [
      '--into',
      `mariadb://clerk@/${name}?socket=${place.folder}/db/socket`,
      '--password-file',
      'db.pass',
    ])
    assert.match(said.get('local') ?? '', /LOAD DATA or LOAD_FILE, which read a file/u)
    assert.match(said.get('local') ?? '', /disabled|not allowed/iu)
    assert.equal(
      sql('', "select count(*) from information_schema.schemata where schema_name in ('shell', 'system', 'source', 'edit', 'pager', 'tee', 'local')"),
      '0\n',
    )
    assert.equal(sql('', "select count(*) from mysql.user where user like 'holdfast%'"), '0\n')
  },
)

attack(
  {
    name: 'a dump makes the server start a program',
    attacker: OWNER,
    how: 'adds COPY … PROGRAM, SECURITY DEFINER and a function in an untrusted language to a dump; root loads it as a superuser with `restore --into`',
    outcome: 'the restore lists the actions that the dump requests from the server, and creates no database without `--trust-dump`',
    needs: ['root', 'pg_dump', 'psql', 'runuser', 'zstd', 'unshare'],
  },
  (t) => {
    const place = openPlace(t)
    const { sql } = startPostgresql(place)
    plant(place, {
      server: (mark) =>
        `COPY (SELECT 1) TO PROGRAM 'touch ${mark}';\nCREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS $$select 1$$;\n`,
    })
    const { status, stderr } = place.run(
      'restore',
      'nightly',
      'latest',
      'server.sql.zst',
      '--into',
      `postgresql://boss@/x?host=${place.folder}/pg`,
      '--password-file',
      'pg.pass',
    )
    assert.equal(status, 1)
    assert.match(stderr, /COPY … PROGRAM.*SECURITY DEFINER.*"boss" is a superuser: use --trust-dump to load it/su)
    assert.ok(!existsSync(join(place.folder, 'ran-server')))
    assert.equal(sql('postgres', 'select count(*) from pg_database where not datistemplate'), '1\n')
  },
)

attack(
  {
    name: 'a dump hides what it makes the server do',
    attacker: OWNER,
    how: 'puts COPY … PROGRAM together from pieces in a function that a row of the dump calls, reads a file of the server in an INSERT behind kilobytes of values, gives a function of the server to itself, and exchanges the stored object after it was inspected; root loads it as a superuser with `restore --into`',
    outcome:
      'the role that loads the dump has no such privileges; the INSERT is reported; what is loaded is what was inspected; nothing of the dump stays on the server',
    needs: ['root', 'pg_dump', 'psql', 'runuser', 'zstd', 'unshare'],
  },
  async (t) => {
    const place = openPlace(t)
    const { sql } = startPostgresql(place)
    const mark = (name: string) => join(place.folder, 'pg', `ran-${name}`)
    const dumps = {
      pieces: `CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN EXECUTE 'CO'||'PY (SELECT 1) TO PRO'||'GRAM ''id > ${mark('pieces')}'''; RETURN NEW; END$$;\nCREATE TABLE public.t (s text);\nCREATE TRIGGER g BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.f();\nINSERT INTO public.t VALUES ('a');\n`,
      far: `CREATE TABLE public.t (s text);\nINSERT INTO public.t VALUES ${"('a'),".repeat(20_000)}(pg_read_file('/etc/hostname'));\n`,
      owner: `CREATE TABLE public.t (s text);\nALTER FUNCTION pg_catalog.pg_switch_wal() OWNER TO clerk;\n`,
      benign: `CREATE TABLE public.t (s text);\n-- ${'x'.repeat(400)}\n`,
    }
    sql('postgres', 'create role clerk')
    for (const [name, dump] of Object.entries(dumps)) writeFileSync(join(place.folder, `${name}.dump`), dump)
    place.configure(
      `{ ${Object.keys(dumps)
        .map((it) => `${it}.sql: { exec: [cat, ${place.folder}/${it}.dump], compress: none }`)
        .join(', ')} }`,
    )
    assert.equal(place.run('-q', 'run').status, 0)
    const args = (name: string) => [
      ...['restore', 'nightly', 'latest', `${name}.sql`, '--into', `postgresql://boss@/x_${name}?host=${place.folder}/pg`],
      ...['--password-file', 'pg.pass'],
    ]
    const said = (name: string) => {
      const { status, stderr } = place.run(...args(name))
      assert.equal(status, 1, name)
      return stderr
    }
    assert.match(said('pieces'), /permission denied to COPY|must be superuser or/u)
    assert.match(said('far'), /INSERT with something other than values/u)
    assert.match(said('owner'), /owner of an object that it did not create/u)
    assert.ok(!existsSync(mark('pieces')))
    // Exchanged as soon as a client of the server runs: the inspection has ended then.
    const stored = join(place.newestSet(), 'benign.sql')
    const hostile = `COPY (SELECT 1) TO PROGRAM 'id > ${mark('exchanged')}';\n`
    writeFileSync(join(place.folder, 'hostile'), hostile.padEnd(statSync(stored).size - 1, '-').concat('\n'))
    const running = place.start(...args('benign'))
    const ended = once(running, 'exit')
    await until(() => running.exitCode !== null || running.signalCode !== null || hasClient(running.pid ?? 0))
    assert.deepEqual([running.exitCode, running.signalCode], [null, null], 'no client was seen')
    renameSync(join(place.folder, 'hostile'), stored)
    assert.deepEqual(await ended, [0, null])
    assert.ok(!existsSync(mark('exchanged')))
    assert.equal(
      sql(
        'postgres',
        "select datname from pg_database where not datistemplate order by 1; select count(*) from pg_roles where rolname like 'holdfast%'",
      ),
      'postgres\nx_benign\n1\n',
    )
  },
)

/** Whether psql is among the descendants of a process, by itself or as an argument of what starts it. */
function hasClient(root: number): boolean {
  return descendantsOf(new Set([root]), readProcessTable()).some(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
        .split('\0')
        .some((word) => basename(word) === 'psql')
    } catch {
      return false
    }
  })
}

attack(
  {
    name: 'a dump contains commands for psql, and is loaded with the commands of RESTORE.md',
    attacker: OWNER,
    how: 'adds such commands to the dump of a set, and `\\connect` to a server of the attacker, also in the body of a function; root runs the block of the guide, with a psql that has a restricted mode and with one that does not',
    outcome:
      'no command is run with either version; in restricted mode, the block stops at each of them; without it, psql runs as a user who owns no files; a good dump is loaded',
    needs: ['root', 'pg_dump', 'psql', 'runuser', 'setpriv', 'prlimit', 'awk', 'zstd'],
  },
  (t) => {
    const place = openPlace(t)
    const server = startPostgresql(place)
    server.sql('postgres', 'create database "my-shop"')
    server.sql('my-shop', 'create table t as select 1 as n')
    place.configure(`{ db: { postgresql: { databases: [my-shop], ${server.connect} } } }`)
    assert.equal(place.run('-q', 'run').status, 0)
    const guide = readFileSync(join(place.newestSet(), 'RESTORE.md'), 'utf8')
    const environment = { ...server.environment, DEST: join(place.folder, 'dest') }
    place.guided(guideBlocks(guide).join('\n'), environment)
    const block = guideBlocks(guide, 'sh needs-server').find((it) => it.includes('my-shop.sql')) ?? ''
    const file = join(place.folder, 'dest/db/my-shop.sql')
    const good = readFileSync(file, 'utf8')
    const marks = join(place.folder, 'marks')
    mkdirSync(marks)
    chmodSync(marks, 0o777)
    const load = (dump: string, script = block) => {
      writeFileSync(file, dump)
      server.sql('postgres', 'drop database if exists "my-shop"')
      return place.guided(script, environment)
    }
    assert.equal(load(good), '')
    for (const [name, dump] of Object.entries({ ...PSQL, ...BY_HAND })) {
      assert.throws(() => load(good + dump(join(marks, name))), name)
      assert.deepEqual(readdirSync(marks), [], name)
    }
    // As if its version had no such mode. It goes on after some commands that it could not start.
    const older = block.replace("grep -q '^ *", "grep -q '^none *")
    assert.equal(load(good, older), '')
    for (const [name, dump] of Object.entries({ ...PSQL, ...BY_HAND }).filter(([it]) => /^(?:in-line|copy|unseen-file|start|connect-)/u.test(it))) {
      try {
        load(good + dump(join(marks, name)), older)
      } catch (error) {
        assert.match(String(error), /ended with/u)
      }
      // Written by psql itself, as the user whom the block chose: who owns nothing.
      const written = readdirSync(marks).map((it) => [it, statSync(join(marks, it)).uid])
      assert.deepEqual(written, name === 'unseen-file' ? [['unseen-file', 65_534]] : [], name)
      for (const [it = ''] of written) rmSync(join(marks, String(it)))
    }
    assert.equal(server.sql('postgres', "select count(*) from pg_roles where rolname = 'mallory'"), '0\n')
    assert.equal(load(good), '')
    assert.equal(server.sql('my-shop', 'select n from t'), '1\n')
  },
)
