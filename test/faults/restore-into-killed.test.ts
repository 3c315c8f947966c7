import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openPlace, type Place } from '../native/place.ts'
import { noMariadb, noPostgresql, type Server, startMariadb, startPostgresql } from '../native/servers.ts'
import { someOf } from '../support/some-of.ts'
import { INTO_DATABASE_POINTS } from './stop-points.ts'

const AT_POINT = fileURLToPath(new URL('../programs/holdfast-at-point.ts', import.meta.url))
/** While these are passed, tables are on their way; only MariaDB passes them. */
const MOVING = new Set(['into-database-moving', 'into-database-emptied', 'into-database-renamed'])

function killAt(place: Place, point: string, args: readonly string[]): void {
  const { signal, stderr } = spawnSync(process.execPath, [AT_POINT, point, 'KILL', '--', '-f', join(place.folder, 'holdfast.yaml'), ...args], {
    encoding: 'utf8',
    cwd: place.folder,
    env: {
      PATH: process.env['PATH'],
      HOME: place.folder,
      HOLDFAST_STATE: join(place.folder, 'state'),
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
    },
  })
  assert.equal(signal, 'SIGKILL', `${point}: ${stderr}`)
}

function records(place: Place): readonly string[] {
  return readdirSync(join(place.folder, 'state/databases'))
}

function begin(place: Place, dump: string): void {
  writeFileSync(join(place.folder, 'new.dump'), dump)
  place.configure(`{ new.sql: { exec: [cat, ${place.folder}/new.dump] } }`)
  assert.equal(place.run('-q', 'run').status, 0)
}

const restore = (into: string, password: string) => [
  ...['restore', 'nightly', 'latest', 'new.sql.zst', '--overwrite', '--trust-dump', '--into', into, '--password-file', password],
]

describe('a restore into PostgreSQL that is killed with SIGKILL', { skip: noPostgresql }, () => {
  it('leaves the old database or the new one, and the next restore removes the rest', (t) => {
    const place = openPlace(t)
    const { sql }: Server = startPostgresql(place)
    begin(place, 'CREATE TABLE public.t (s text);\nALTER TABLE public.t OWNER TO boss;\nCOPY public.t (s) FROM stdin;\nnew\n\\.\n')
    const into = restore(`postgresql://boss@/live?host=${place.folder}/pg`, 'pg.pass').filter((it) => it !== '--trust-dump')
    sql('postgres', 'create database live')
    for (const point of someOf(
      INTO_DATABASE_POINTS.filter((it) => !MOVING.has(it)),
      2,
    )) {
      sql('live', "drop table if exists t; create table t (s text); insert into t values ('old')")
      killAt(place, point, into)
      assert.equal(sql('live', 'select s from t'), point === 'into-database-placed' ? 'new\n' : 'old\n', point)
      assert.match(place.run('run').stderr, /a restore into the database "live" of postgresql:.* was interrupted/u)
      const { status, stderr } = place.run(...into)
      assert.equal(status, 0, stderr)
      assert.equal(sql('live', 'select s from t'), 'new\n')
      assert.equal(
        sql(
          'postgres',
          "select count(*) from pg_database where datname like 'holdfast%'; select count(*) from pg_roles where rolname like 'holdfast%' and rolcanlogin",
        ),
        '0\n0\n',
        point,
      )
      assert.deepEqual(records(place), [], point)
    }
  })
})

describe('a restore into MariaDB that is killed with SIGKILL', { skip: noMariadb }, () => {
  it('loses no table, and the next restore removes or reports the rest', async (t) => {
    const place = openPlace(t)
    const { sql } = await startMariadb(place)
    const client = (text: string) => sql('', text)
    begin(
      place,
      "CREATE TABLE `p` (`n` int primary key) ENGINE=InnoDB;\nCREATE TABLE `t` (`s` text, `n` int, FOREIGN KEY (`n`) REFERENCES `p` (`n`));\nINSERT INTO `t` VALUES ('new',NULL);\nDELIMITER ;;\n/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER tr BEFORE INSERT ON t FOR EACH ROW set new.s = upper(new.s) */;;\nDELIMITER ;\n",
    )
    const into = restore(`mariadb://clerk@/live?socket=${place.folder}/db/socket`, 'db.pass')
    const rows = (value: string) =>
      client("select table_schema from information_schema.tables where table_name = 't' and table_schema <> 'mysql'")
        .split('\n')
        .filter((it) => it !== '')
        .filter((it) => client(`select s from \`${it}\`.t`) === `${value}\n`)
    for (const point of someOf(INTO_DATABASE_POINTS, 2)) {
      client(
        "drop database if exists live; create database live; create table live.t (s text); insert into live.t values ('old'); create view live.v as select s from live.t; create trigger live.tr before insert on live.t for each row set new.s = lower(new.s)",
      )
      killAt(place, point, into)
      assert.equal(client("select count(*) from mysql.user where user like 'holdfast%'"), /recorded$/u.test(point) ? '0\n' : '2\n', point)
      if (point === 'into-database-placed') assert.deepEqual(rows('new'), ['live'])
      else assert.equal(rows('old').length, 1, point)
      if (MOVING.has(point)) assert.equal(rows('new').length, 1, point)
      const again = place.run(...into)
      assert.equal(again.status, 0, `${point}: ${again.stderr}`)
      assert.ok(rows('new').includes('live'), point)
      assert.equal(client("insert into live.t values ('x', null); select count(*) from live.t where binary s = 'X'"), '1\n', point)
      if (MOVING.has(point)) {
        assert.match(again.stderr, /was interrupted while it moved tables: .*RENAME TABLE/u)
        const [name = ''] = records(place)
        assert.match(name, /^holdfast_[\da-f]{16}\.json$/u)
        const id = name.replace('.json', '')
        client(`drop database if exists ${id}; drop database if exists ${id}_old`)
        assert.equal(place.run(...into).status, 0)
      }
      assert.equal(client("select count(*) from mysql.user where user like 'holdfast%'; show databases like 'holdfast%'"), '0\n', point)
      assert.deepEqual(records(place), [], point)
    }
  })
})
