import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compareChapter, type Scene } from './database-matrix.ts'
import { openPlace } from './place.ts'
import { noMariadb, noPostgresql, startMariadb, startPostgresql } from './servers.ts'

/** A way of which the database is dropped, loaded again from the set, and compared by what its own client dumps. */
interface Filled {
  readonly name: string
  readonly create?: string
  readonly fill: string
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

describe('names and contents', () => {
  it('postgresql', { skip: noPostgresql }, (t) => {
    const place = openPlace(t)
    const server = startPostgresql(place)
    const scene: Scene = { place, server, socket: `${place.folder}/pg`, port: 5432, shown: [[place.folder, 'FOLDER']] }
    const exports = `export PGHOST=${place.folder}/pg PGUSER=boss PGPASSWORD="$(cat pg.pass)"`
    const conninfo = (name: string) => quote(`dbname='${name.replaceAll(/[\\']/gu, '\\$&')}'`)
    const portrait = (name: string) => place.shell(`${exports}; pg_dump -d ${conninfo(name)} | grep -v restrict`)
    const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`
    const restored = (names: readonly string[]) => {
      const before = names.map(portrait)
      const dumps = place.manifest().objects.filter(({ path }) => !path.endsWith('/globals.sql'))
      assert.equal(dumps.length, names.length)
      for (const name of names) server.sql('postgres', `drop database ${identifier(name)}`)
      for (const { path } of dumps)
        place.shell(`${exports}; psql -X -q -v ON_ERROR_STOP=1 -d postgres -f ${quote(`${place.newestSet()}/${path}`)} >/dev/null`)
      assert.deepEqual(names.map(portrait), before)
      return 'restored equal'
    }
    const names = [
      'a b',
      'a/b',
      'a_b',
      "it's",
      'say "hi"',
      'back\\slash',
      'x=y',
      '-dash',
      '$HOME',
      'Ünïcode 日本',
      '50%',
      'globals',
      '.',
      '..',
      'n'.repeat(63),
    ]
    for (const name of names) server.sql('postgres', `create database ${identifier(name)}`)
    for (const name of names) server.sql(`"$(printf %s ${conninfo(name)})"`, `create table t (s text); insert into t values ('of this database')`)
    const of = (list: readonly string[]) => `postgresql: { databases: ${JSON.stringify(list)}, ${server.connect} }`
    const contents: readonly Filled[] = [
      { name: 'an empty database', fill: 'select 1' },
      {
        name: 'texts like the end of a dump, and backslashes',
        fill: "create table t (s text); insert into t values (E'\\\\.\n-- PostgreSQL database dump complete\n--\n\n'), (E'\\\\N\t\\\\'), (null), ('')",
      },
      {
        name: 'binary data and large objects',
        fill: "create table t (b bytea); insert into t select decode(md5(n::text), 'hex') from generate_series(1, 100) n; select lo_from_bytea(0, '\\x00ff0a27')",
      },
      {
        name: 'a database in LATIN1',
        create: " encoding 'LATIN1' locale 'C' template template0",
        fill: "create table t (s text); insert into t values (convert_from('\\xe9', 'LATIN1'))",
      },
      {
        name: 'names with quotes, line breaks and semicolons',
        fill: 'create table "a;""b" ("c\nd" int, "--" text); insert into "a;""b" values (1, \'x\'); create schema "it\'s"; create view "it\'s"."v w" as select * from "a;""b"',
      },
      {
        name: 'partitions, identities, generated columns, domains and enums',
        fill: "create type mood as enum ('a', 'b'); create domain few as int check (value < 9); create table t (id int generated always as identity, n few, m mood, d int generated always as (n * 2) stored); insert into t (n, m) values (1, 'a'); create table p (k int) partition by range (k); create table p1 partition of p for values from (0) to (9); insert into p values (3)",
      },
      {
        name: 'a materialized view that depends on a function',
        fill: 'create function f() returns int language sql immutable as $$ select 42 $$; create materialized view mv as select f() as n',
      },
      {
        name: 'circular foreign keys',
        fill: 'create table a (id int primary key, b int); create table b (id int primary key, a int references a); insert into a values (1, 1); insert into b values (1, 1); alter table a add foreign key (b) references b',
      },
    ]
    compareChapter('PostgreSQL: names and contents', scene, [
      {
        name: `databases called ${names
          .slice(0, -1)
          .map((it) => `\`${it}\``)
          .join(', ')}, and one of 63 letters`,
        object: of(names),
        restored: () => restored(names),
      },
      ...contents.map(({ name, create = '', fill }) => ({
        name,
        object: of(['shop']),
        before: () => {
          server.sql('postgres', `drop database if exists shop; create database shop${create}`)
          server.sql('shop', fill)
        },
        restored: () => restored(['shop']),
      })),
    ])
  })

  it('mariadb', { skip: noMariadb }, async (t) => {
    const place = openPlace(t)
    const server = await startMariadb(place)
    const socket = `${place.folder}/db/socket`
    const scene: Scene = { place, server, socket, port: 3306, shown: [[place.folder, 'FOLDER']] }
    const client = `--no-defaults -u root -S ${socket}`
    const dump = (name: string) =>
      place.shell(`mariadb-dump ${client} --single-transaction --skip-dump-date --routines --events --hex-blob --databases -- ${quote(name)}`)
    const identifier = (name: string) => `\`${name.replaceAll('`', '``')}\``
    const restored = (names: readonly string[]) => {
      const before = names.map(dump)
      for (const name of names) server.sql('', `set names utf8mb4; drop database ${identifier(name)}`)
      place.shell(`mariadb ${client} <${quote(`${place.newestSet()}/db.sql`)}`)
      assert.deepEqual(names.map(dump), before)
      return 'restored equal'
    }
    const names = [
      'a b',
      'a/b',
      'a_b',
      "it's",
      'say "hi"',
      'back\\slash',
      'tick`tick',
      'x=y',
      '-dash',
      '$HOME',
      'Ünïcode 日本',
      '50%',
      'a.b',
      'n'.repeat(64),
    ]
    for (const name of names)
      server.sql(
        '',
        `set names utf8mb4; create database ${identifier(name)}; use ${identifier(name)}; create table t (s text); insert into t values ('of this database')`,
      )
    const of = (list: readonly string[]) => `mariadb: { databases: ${JSON.stringify(list)}, ${server.connect} }`
    const contents: readonly Filled[] = [
      { name: 'an empty database', fill: 'select 1' },
      {
        name: 'texts like the end of a dump, and backslashes',
        fill: "create table t (s text); insert into t values ('\\n-- Dump completed on 2026-01-01  1:00:00\\n'), ('\\\\'), (null), ('')",
      },
      {
        name: 'binary data, and four character sets',
        fill: "create table t (b blob, l varchar(9) character set latin1, u varchar(9) character set ucs2, s varchar(9) character set utf8mb4); insert into t values (x'00ff0a27', 'café', 'café', '🐘')",
      },
      {
        name: 'names with quotes, line breaks and semicolons',
        fill: 'create table `a;"b` (`c\'d` int, `--` text); insert into `a;"b` values (1, \'x\'); create view `v w` as select * from `a;"b`',
      },
      {
        name: 'dates of zero',
        fill: "set sql_mode = ''; create table t (d date, at datetime); insert into t values ('0000-00-00', '2026-02-00 00:00:00')",
      },
      {
        name: 'sequences, partitions, generated columns, history',
        fill: 'create sequence ids start with 5; create table p (k int) partition by range (k) (partition low values less than (9)); insert into p values (3); create table g (n int, d int as (n * 2) stored); insert into g (n) values (4); create table h (n int) with system versioning; insert into h values (1)',
      },
      {
        name: 'tables of MyISAM and Aria',
        fill: 'create table m (n int) engine = MyISAM; create table a (n int) engine = Aria; insert into m values (1); insert into a values (2)',
      },
      {
        name: 'circular foreign keys',
        fill: 'create table a (id int primary key, b int); create table b (id int primary key, a int, foreign key (a) references a (id)); insert into a values (1, 1); insert into b values (1, 1); alter table a add foreign key (b) references b (id)',
      },
      { name: 'a view of a table that was dropped', fill: 'create table t (n int); create view v as select n from t; drop table t' },
      {
        name: 'a view whose definer was dropped',
        fill: 'create table t (n int); create user gone@localhost; create definer = gone@localhost view v as select n from t; drop user gone@localhost',
      },
    ]
    compareChapter('MariaDB: names and contents', scene, [
      {
        name: `databases called ${names
          .slice(0, -1)
          .map((it) => (it.includes('`') ? `\`\`${it}\`\`` : `\`${it}\``))
          .join(', ')}, and one of 64 letters`,
        object: of(names),
        restored: () => restored(names),
      },
      ...contents.map(({ name, fill }) => ({
        name,
        object: of(['shop']),
        before: () => server.sql('', `set names utf8mb4; drop database if exists shop; create database shop; use shop; ${fill}`),
        restored: () => restored(['shop']),
      })),
    ])
  })
})
