import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openPlace, type Place } from './place.ts'
import { noMariadb, noPostgresql, startMariadb, startPostgresql } from './servers.ts'

/** What is in the object whose path contains this, as `KIND PATH ROWS`, sorted. */
function contentsOf(place: Place, part: string): readonly string[] {
  const path = place.manifest().objects.find((it) => it.path.includes(part))?.path ?? ''
  const { status, stdout, stderr } = place.run('ls', '-R', '--json', 'nightly', 'latest', path)
  assert.equal(status, 0, stderr)
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.equal(rows.at(-1)?.end, 'listed', stdout)
  return rows
    .slice(0, -1)
    .map(({ kind, path: name, rows: count }) => `${kind} ${name}${count === undefined ? '' : ` ${count}`}`)
    .toSorted()
}

describe('what is in dumps', () => {
  it('of PostgreSQL: tables with their rows, whatever is in rows, comments and functions', { skip: noPostgresql }, (t) => {
    const place = openPlace(t)
    const server = startPostgresql(place)
    server.sql('postgres', 'create database shop')
    server.sql(
      'shop',
      `create table orders (id int, note text);
insert into orders select i, E'a\\n\\\\.\\nCOPY public.fake (a) FROM stdin;\\n1' from generate_series(1, 1234) i;
create table "Odd ""name"".x/y" (n int);
create table parted (n int) partition by range (n);
create table parted_1 partition of parted for values from (0) to (10);
insert into parted values (1), (2);
comment on table orders is E'COPY public.fake (a) FROM stdin;\\n1\\n\\\\.';
create function f() returns int language plpgsql as $f$ begin
insert into orders values (1);
return 1; end $f$;`,
    )
    place.configure(`{ pg: { postgresql: { databases: [shop], ${server.connect} } }, all: { postgresql: { databases: all, ${server.connect} } } }`)
    const { status, stderr } = place.run('-q', 'run')
    assert.equal(status, 0, stderr)
    const tables = ['table public."Odd ""name"".x%2Fy" 0', 'table public.orders 1234', 'table public.parted', 'table public.parted_1 2']
    assert.deepEqual(contentsOf(place, 'shop'), ['database shop', ...tables])
    const cluster = contentsOf(place, 'all')
    for (const table of tables) assert.ok(cluster.includes(table.replace('table ', 'table shop/')), `${table}: ${cluster.join()}`)
    assert.match(place.run('find', 'orders').stdout, /shop\S* public\.orders {2}\(table, 1234 rows\)/u)
  })

  it('of MariaDB: databases and tables with their rows, whatever is in rows and triggers', { skip: noMariadb }, async (t) => {
    const place = openPlace(t)
    const { sql, connect } = await startMariadb(place)
    sql('', 'create database shop; use shop; create table t (n int, s text); insert into t select seq, "it\'s (1),\\n(2); \\\\" from seq_1_to_3000;')
    sql('', "create database `-odd`; create table `-odd`.`a/b %` (b blob); insert into `-odd`.`a/b %` values (x'00ff0a'), (null);")
    sql('', 'create table shop.empty (n int); create view shop.v as select * from shop.t;')
    sql('', 'create trigger shop.g before insert on shop.t for each row set new.s = "INSERT INTO `t` VALUES (1),(2);";')
    place.configure(
      `{ some: { mariadb: { databases: [shop, -odd], ${connect} } }, old: { mariadb: { databases: [shop], opts: [--complete-insert], ${connect} } } }`,
    )
    const { status, stderr } = place.run('-q', 'run')
    assert.equal(status, 0, stderr)
    assert.deepEqual(contentsOf(place, 'some'), ['database -odd', 'database shop', 'table -odd/a%2Fb %25 2', 'table shop/empty', 'table shop/t 3000'])
    assert.deepEqual(contentsOf(place, 'old'), ['database shop', 'table shop/empty', 'table shop/t 3000'])
  })
})
