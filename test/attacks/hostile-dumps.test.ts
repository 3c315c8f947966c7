import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openPlace, type Place } from '../native/place.ts'
import { startMariadb, startPostgresql } from '../native/servers.ts'
import { attack } from './attack.ts'

const OWNER = 'whoever can write to a storage, or owns what was dumped'

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
    name: 'a dump holds commands for psql',
    attacker: OWNER,
    how: 'puts `\\!` behind a statement, `\\unrestrict` with a command in backquotes, `\\copy … program`, `\\g |…` into a dump, also where only psql takes them for code; root loads it with `restore --into` and `--trust-dump`',
    outcome:
      'each is refused: when the dump is looked through, or by psql, which is confined and cannot start anything; no command has run, and the new database is gone',
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
    for (const name of ['unseen', 'unseen-file', 'unseen-unrestrict']) assert.match(said.get(name) ?? '', /"psql" ended with exit code/u)
    assert.equal(sql('postgres', 'select count(*) from pg_database where not datistemplate'), '1\n')
  },
)

attack(
  {
    name: 'a dump holds commands for the client of MariaDB',
    attacker: OWNER,
    how: 'puts `\\!`, `system`, `source`, `edit`, `pager`, `tee` and LOAD DATA LOCAL into a dump; root loads it with `restore --into` and `--trust-dump`',
    outcome:
      'each is refused, by the look through the dump or by the client, which is confined; no command has run, no file of the host was read, the new database and its user are gone',
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
    how: 'puts COPY … PROGRAM, SECURITY DEFINER and a function of an untrusted language into a dump; root loads it as a superuser with `restore --into`',
    outcome: 'the restore says what the dump would make the server do, and makes no database without `--trust-dump`',
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
