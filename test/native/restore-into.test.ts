import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openPlace } from './place.ts'
import { noMariadb, noPostgresql, startMariadb, startPostgresql } from './servers.ts'

function flipLastByte(file: string): void {
  const bytes = readFileSync(file)
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  writeFileSync(file, bytes)
}

describe('restore --into postgresql', { skip: noPostgresql }, () => {
  it('fills a database of another name, and never touches the one that was dumped', (t) => {
    const place = openPlace(t)
    const { sql: client, connect } = startPostgresql(place)
    client(
      'postgres',
      'create role clerk; create database shop; comment on database shop is $$the shop$$; alter database shop set work_mem = $$5MB$$',
    )
    client('postgres', 'grant connect on database shop to clerk')
    client(
      'shop',
      String.raw`create table t (n int, s text); insert into t select n, 'row ' || n from generate_series(1, 1000) n;
insert into t values (-1, E'\\connect postgres'), (-2, E'a\n\\connect postgres\nDROP DATABASE shop;'), (-3, 'COPY t FROM stdin;');
create function f() returns text language sql as $$
select '
CREATE DATABASE nothing;
ALTER DATABASE nothing OWNER TO nobody;
'::text
$$;
alter function f() owner to clerk;`,
    )
    client('postgres', 'create database "my-db"')
    place.configure(`{ pg: { postgresql: { databases: [shop, my-db], ${connect} } }, all: { postgresql: { databases: all, ${connect} } } }`)
    assert.equal(place.run('-q', 'run').status, 0)

    client('shop', "insert into t values (-9, 'since'); drop function f()")
    const portray = () =>
      client(
        'shop',
        "select count(*), sum(n) from t; select datconnlimit, shobj_description(oid, 'pg_database'), datacl from pg_database where datname = 'shop'",
      )
    const before = portray()
    const intoAs = (user: string, name: string, object: string, ...rest: string[]) =>
      place.run(
        'restore',
        'nightly',
        'latest',
        object,
        '--into',
        `postgresql://${user}@/${name}?host=${place.folder}/pg`,
        '--password-file',
        'pg.pass',
        ...rest,
      )
    const into = (name: string, object: string, ...rest: string[]) => intoAs('boss', name, object, ...rest)
    assert.equal(into('scratch', 'pg/shop.sql.zst', '--dry-run').status, 0)
    const { status, stdout, stderr } = into('scratch', 'pg/shop.sql.zst')
    assert.equal(status, 0, stderr)
    assert.doesNotMatch(stdout + stderr, /ARY/u)
    assert.equal(client('scratch', 'select count(*), sum(n) from t; select length(f())'), '1003|500494\n66\n')
    assert.equal(client('scratch', 'select s from t where n = -1'), '\\connect postgres\n')
    assert.equal(portray(), before)

    assert.match(into('scratch', 'pg/shop.sql.zst').stderr, /database "scratch" already exists/u)
    assert.match(into('shop', 'pg/shop.sql.zst').stderr, /database "shop" already exists/u)
    client('scratch', 'drop table t')
    assert.equal(into('scratch', 'pg/shop.sql.zst', '--overwrite').status, 0)
    assert.equal(client('scratch', 'select count(*) from t'), '1003\n')

    // Code of indexes must not run as a superuser; other owners are those of the dump.
    assert.match(
      client('scratch', "select pg_get_userbyid(relowner), pg_get_userbyid(proowner) from pg_class, pg_proc where relname = 't' and proname = 'f'"),
      /^holdfast_[\da-f]{16}\|clerk\n$/u,
    )
    assert.equal(client('postgres', "select count(*) from pg_roles where rolname like 'holdfast%' and not rolcanlogin and not rolsuper"), '1\n')
    client(
      'postgres',
      String.raw`create role app login createdb createrole password 'CAN:ARY\ "x"'; create role weak login createdb password 'CAN:ARY\ "x"'`,
    )
    const asApp = intoAs('app', 'apps', 'pg/my-db.sql.zst')
    assert.equal(asApp.status, 0, asApp.stderr)
    assert.equal(client('postgres', "select pg_get_userbyid(datdba) from pg_database where datname = 'apps'; drop database apps"), 'app\n')
    assert.match(intoAs('weak', 'weaks', 'pg/my-db.sql.zst').stderr, /"weak" cannot create the role without privileges.*Grant it CREATEROLE/su)

    // A name that psql takes in quotes alone.
    assert.equal(into('dashed', 'pg/my-db.sql.zst').status, 0)
    for (const object of ['pg/globals.sql.zst', 'all.sql.zst'])
      assert.match(into('other', object).stderr, /cannot be loaded into another database: it contains roles/u)
    client('scratch', 'drop function f()')
    client('shop', 'drop owned by clerk')
    client('postgres', 'drop role clerk')
    const failed = into('half', 'pg/shop.sql.zst')
    assert.match(failed.stderr, /role "clerk" does not exist/u)
    flipLastByte(join(place.newestSet(), 'pg/shop.sql.zst'))
    assert.match(into('damaged', 'pg/shop.sql.zst').stderr, /SHA-256 differs/u)
    assert.equal(
      client('postgres', "select string_agg(datname, ' ' order by datname) from pg_database where not datistemplate"),
      'dashed my-db postgres scratch shop\n',
    )
  })
})

describe('restore --into mariadb', { skip: noMariadb }, () => {
  it('fills a database of another name, and never touches the one that was dumped', async (t) => {
    const place = openPlace(t)
    const { sql, connect } = await startMariadb(place)
    const client = (text: string) => sql('', text)
    client('create database shop; use shop; create table t (n int, s text); insert into t select seq, concat("row ", seq) from seq_1_to_1000;')
    client(
      String.raw`use shop; insert into t values (-1, 'x\nUSE mysql;\nDROP DATABASE shop;\n'), (-2, '\\u mysql'); create view v as select n from t;`,
    )
    client(
      'create function shop.twice(n int) returns int deterministic return n * 2; use shop; create trigger tr before insert on t for each row set new.s = upper(new.s);',
    )
    client('create event shop.e on schedule every 1 day do delete from t;')
    client(
      'create database views; use views; create table t (n int); insert into t values (7); create view v as select t.n * 2 as n from t join t u on t.n = u.n where t.n > 1.5;',
    )
    client('create database second; create table second.u (n int); create trigger second.far before insert on second.u for each row set new.n = 0;')
    writeFileSync(
      join(place.folder, 'plain.dump'),
      'CREATE TABLE t (s text);\nINSERT INTO t VALUES (1);\nCREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW set new.s = 2;\n',
    )
    place.configure(
      `{ plain.sql: { exec: [cat, ${place.folder}/plain.dump] }, one: { mariadb: { databases: [shop], opts: [--add-drop-database], ${connect} } }, two: { mariadb: { databases: [shop, second], ${connect} } }, far: { mariadb: { databases: [second], ${connect} } }, views: { mariadb: { databases: [views], ${connect} } } }`,
    )
    const made = place.run('-q', 'run')
    assert.equal(made.status, 0, made.stderr)

    client("insert into shop.t values (-9, 'since'); drop view shop.v; alter database shop character set latin1;")
    const portray = () =>
      client('select count(*), sum(n) from shop.t; show create database shop; show tables from shop; checksum table shop.t; select * from mysql.db;')
    const before = portray()
    const intoAs = (user: string, name: string, object: string, ...rest: string[]) =>
      place.run(
        'restore',
        'nightly',
        'latest',
        object,
        '--into',
        `mariadb://${user}@/${name}?socket=${place.folder}/db/socket`,
        '--password-file',
        'db.pass',
        ...rest,
      )
    const into = (name: string, object: string, ...rest: string[]) => intoAs('clerk', name, object, '--trust-dump', ...rest)
    assert.match(
      intoAs('clerk', 'scratch', 'one.sql.zst').stderr,
      /was not loaded because it does more than fill a database: .*DEFINER.*events.*"clerk@localhost" is a superuser/su,
    )
    assert.equal(client("show databases like 'scratch'"), '')
    const withViews = intoAs('clerk', 'looks', 'views.sql.zst')
    assert.equal(withViews.status, 0, withViews.stderr)
    assert.equal(client('select n from looks.v'), '14\n')
    assert.match(client('show create view looks.v'), /DEFINER=`root`@`localhost` SQL SECURITY DEFINER VIEW/u)
    client('drop database looks')
    const { status, stdout, stderr } = into('scratch', 'one.sql.zst')
    assert.equal(status, 0, stderr)
    assert.doesNotMatch(stdout + stderr, /CAN"ARY/u)
    assert.equal(client('select count(*), sum(n), scratch.twice(4) from scratch.t; select count(*) from scratch.v;'), '1002\t500497\t8\n1002\n')
    client("insert into scratch.t values (-7, 'quiet')")
    assert.equal(client('select s from scratch.t where n = -7'), 'QUIET\n')
    assert.match(client('show create view scratch.v'), /from `t`|`scratch`\.`t`/u)
    assert.equal(portray(), before)

    // Replaced only by a complete one; a dump that fails changes nothing.
    const whole = () =>
      client('select count(*), scratch.twice(1) from scratch.v; show triggers from scratch; show events from scratch; show tables from scratch')
    client(
      'update scratch.t set s = "old"; drop view scratch.v; drop trigger scratch.tr; create trigger scratch.kept before delete on scratch.t for each row set @x = 1; create view scratch.v as select 1 as n; create table scratch.more (n int)',
    )
    const old = whole()
    const failing = into('scratch', 'far.sql.zst', '--overwrite').stderr
    assert.match(failing, /command denied to user.*the existing database "scratch" was not changed/su)
    assert.equal(whole(), old)
    const replacing = into('scratch', 'one.sql.zst', '--overwrite')
    assert.equal(replacing.status, 0, replacing.stderr)
    assert.match(whole(), /^1002\t2\ntr\tINSERT\tt\t.*\nscratch\te\t.*\nt\nv\n$/su)
    assert.equal(client("show databases like 'holdfast%'"), '')

    assert.match(into('scratch', 'one.sql.zst').stderr, /database "scratch" already exists/u)
    client('drop trigger second.far')
    assert.match(into('other', 'far.sql.zst').stderr, /command denied to user/u)
    assert.equal(client('show triggers from second'), '')
    assert.equal(client("select count(*) from mysql.user where user like 'holdfast%'"), '0\n')
    assert.match(into('other', 'two.sql.zst').stderr, /several databases/u)
    flipLastByte(join(place.newestSet(), 'one.sql.zst'))
    assert.match(into('other', 'one.sql.zst', '--overwrite').stderr, /SHA-256 differs/u)
    assert.equal(client("show databases like 'other'"), '')
    client(String.raw`create user maker@localhost identified by 'CAN:ARY\\ "x"'; grant create, create user on *.* to maker@localhost;`)
    const cleanupNotes = intoAs('maker', 'left', 'two.sql.zst').stderr + intoAs('maker', 'left', 'far.sql.zst', '--trust-dump').stderr
    assert.match(cleanupNotes, /could not clean up, run this manually: DROP DATABASE IF EXISTS `holdfast_[0-9a-f]{16}`: .*Access denied/u)
    assert.equal(client("select count(*) from mysql.user where user like 'holdfast%'"), '0\n')
    // A login that cannot create triggers in the database that is replaced: the tables are moved, and moved back.
    client(String.raw`create user mover@localhost identified by 'CAN:ARY\\ "x"'; grant create user on *.* to mover@localhost; grant all on ${'`holdfast\\_%`'}.* to mover@localhost with grant option;
create database part; grant select, insert, create, drop, alter, create view, show view on part.* to mover@localhost; create table part.t (s text); insert into part.t values ('old'); create view part.v as select s from part.t`)
    const moving = () => intoAs('mover', 'part', 'plain.sql.zst', '--overwrite', '--trust-dump').stderr
    assert.match(moving(), /"mover@localhost" cannot create the view "v" again, because its definer is another account/u)
    client('create or replace definer=mover@localhost view part.v as select s from part.t')
    assert.match(moving(), /TRIGGER command denied.*everything was moved back/su)
    assert.equal(client("select s from part.v; show databases like 'holdfast%'"), 'old\n')
    const plain = into('part', 'plain.sql.zst', '--overwrite')
    assert.equal(plain.status, 0, plain.stderr)
    assert.equal(client('insert into part.t values (7); select s from part.t'), '1\n2\n')
    for (const wrong of ['mariadb://clerk:CANARY@/x', 'mariadb://clerk@/', 'oracle://x/y']) {
      const refused = place.run('restore', 'nightly', 'latest', 'one.sql.zst', '--into', wrong)
      assert.equal(refused.status, 2)
      assert.doesNotMatch(refused.stderr, /CANARY/u)
    }
  })
})
