import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { drill, mutate, noSandbox } from './drills.ts'
import { openPlace, type Place } from './place.ts'
import { noMariadb, noPostgresql, startMariadb, startPostgresql } from './servers.ts'

/** Changes a dump, and what is recorded of all of its bytes. */
function mutateRecorded(place: Place, path: string, change: (dump: string) => string): void {
  mutate(place, path, change)
  const file = join(place.newestSet(), 'manifest.json')
  const manifest = place.manifest()
  const objects = manifest.objects.map((it) =>
    it.path === path && it.dump ? { ...it, dump: { ...it.dump, bytes: it.bytes, sha256: it.sha256 } } : it,
  )
  writeFileSync(file, `${JSON.stringify({ ...manifest, objects }, undefined, 2)}\n`)
}

const tablesOf = (place: Place, path: string) => place.manifest().objects.find((it) => it.path === path)?.dump?.tableDigests ?? {}

describe('digests of the rows of tables', { skip: noSandbox }, () => {
  it('prove the values of a PostgreSQL database after its restore', { skip: noPostgresql }, (t) => {
    const place = openPlace(t)
    const { sql, script, connect } = startPostgresql(place)
    script('fill-cluster.sql')
    sql('shop', "create table mixed (n int, s text); insert into mixed select n, repeat('x', (n * 7919) % 4000) from generate_series(1, 3000) n")
    place.configure(
      `{ pg: { postgresql: { databases: [shop], ${connect}, table-digests: true }, compress: none }, all: { postgresql: { databases: all, ${connect}, table-digests: true } } }`,
    )
    assert.equal(place.run('-q', 'run').status, 0)
    assert.ok(Object.hasOwn(tablesOf(place, 'pg/shop.sql'), 'public.mixed'))
    const { result, ends, stderr } = drill(place)
    assert.deepEqual(
      Object.values(ends).filter((it) => it !== 'proven'),
      [],
      stderr,
    )
    for (const path of ['pg/shop.sql', 'all.sql.zst']) {
      const { asked = [], notAsked } = result.objects.find((it) => it.path === path) ?? {}
      assert.ok(asked.includes(`values of columns of ${Object.keys(tablesOf(place, path)).length} tables`), asked.join('; '))
      assert.deepEqual(notAsked, [])
    }
    // What happens while it is loaded; the statement is also another definition than the restored database has.
    mutateRecorded(place, 'pg/shop.sql', (it) =>
      it.replace(/(?=\n--\n-- PostgreSQL database dump complete)/u, "\nUPDATE public.mixed SET s = 'other' WHERE n = 17;\n"),
    )
    assert.match(drill(place).ends['pg/shop.sql'] ?? '', /^failed: .*after the restore, has other values in "public\.mixed"$/u)
  })

  it('prove the values of a MariaDB database after its restore', { skip: noMariadb }, async (t) => {
    const place = openPlace(t)
    const { script, connect } = await startMariadb(place)
    script('fill-mariadb.sql')
    place.shell(
      `mariadb --no-defaults -u root -S db/socket -e "create database d; create table d.t (n int, s text, f double, b blob, j json); insert into d.t values (1, 'a),\\n(b', 0.1, x'00ff', '{}'), (2, 'größe', 1e300, null, null), (2, 'größe', 1e300, null, null)"`,
    )
    place.configure(
      `{ db: { mariadb: { databases: [d], ${connect}, table-digests: true }, compress: none }, all: { mariadb: { databases: all, ${connect}, table-digests: true } } }`,
    )
    assert.equal(place.run('-q', 'run').status, 0)
    assert.deepEqual(Object.keys(tablesOf(place, 'db.sql')), ['d/t'])
    const { result, ends, stderr } = drill(place)
    assert.deepEqual(ends, { 'db.sql': 'proven', 'all.sql.zst': 'proven' }, stderr)
    const told = result.objects.map(({ asked, notAsked }) => [...asked, ...notAsked].filter((it) => it.startsWith('values of columns')))
    assert.deepEqual(told[0], ['values of columns of 1 table'])
    assert.match(told[1]?.[0] ?? '', /^values of columns of \d+ tables$/u)
    mutateRecorded(place, 'db.sql', (it) => it.replace(/(?=-- Dump completed)/u, 'UPDATE d.t SET f = 0.2 WHERE n = 1;\n'))
    assert.match(drill(place).ends['db.sql'] ?? '', /^failed: .*after the restore, has other values in "d\/t"$/u)
  })

  it('name the table with other values in verify --deep', { skip: noPostgresql }, (t) => {
    const place = openPlace(t)
    const { sql, connect } = startPostgresql(place)
    sql('postgres', 'create database shop')
    sql(
      'shop',
      "create table t (n int); insert into t values (1), (2); create table u as select * from t; create table v as select repeat('x', 1000000) s from generate_series(1, 34)",
    )
    place.configure(`{ pg: { postgresql: { databases: [shop], ${connect}, table-digests: true }, compress: none } }`)
    assert.equal(place.run('-q', 'run').status, 0)
    const digests = tablesOf(place, 'pg/shop.sql')
    assert.deepEqual(Object.keys(digests), ['public.t', 'public.u', 'public.v'])
    const programs = () =>
      place
        .manifest()
        .objects.find((it) => it.path === 'pg/shop.sql')
        ?.stages.map(({ program }) => program)
    assert.deepEqual(programs(), ['pg_dump', 'tee'])
    // The second run observes such a large dump in a process of its own.
    assert.equal(place.run('-q', 'run').status, 0)
    assert.notDeepEqual(programs(), ['pg_dump', 'tee'])
    assert.deepEqual(tablesOf(place, 'pg/shop.sql'), digests)
    mutate(place, 'pg/shop.sql', (it) => it.replace(/(?<=COPY public\.u .*\n)1\n/u, '3\n'))
    const { status, stdout, stderr } = place.run('verify', '--deep')
    assert.notEqual(status, 0)
    assert.match(stdout + stderr, /"pg\/shop\.sql" has other values in "public\.u"/u)
    assert.match(readFileSync(join(place.newestSet(), 'manifest.json'), 'utf8'), /"tableDigests": \{\n\s+"public\.t": "[0-9a-f]{64}",/u)
  })
})
