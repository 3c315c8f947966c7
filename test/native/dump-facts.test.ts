import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, it } from 'node:test'
import { forgeObject, forgetRecords } from '../support/forge.ts'
import { lacks, openPlace, type Place } from './place.ts'
import { noMariadb, noPostgresql, noSlapd, openDirectory, startMariadb, startPostgresql } from './servers.ts'

type Mutation = readonly [string, (dump: string) => string, RegExp]

/** Each mutation, stored with correct digests, is reported by `verify --deep`; the dump as it was made is good. */
function assertFound(place: Place, path: string, mutations: readonly Mutation[]): void {
  const set = place.newestSet()
  const original = readFileSync(join(set, path))
  const verify = () => {
    const { status, stdout, stderr } = place.run('verify', 'nightly', '--deep')
    return { status, text: stdout + stderr }
  }
  for (const [name, mutate, expected] of mutations) {
    const mutant = Buffer.from(mutate(original.toString('latin1')), 'latin1')
    assert.ok(!mutant.equals(original), name)
    forgeObject(set, path, mutant)
    forgetRecords(set, join(place.folder, 'state'))
    const { status, text } = verify()
    assert.match(text, expected, name)
    assert.equal(status, 1, name)
  }
  forgeObject(set, path, original)
  const { status, text } = verify()
  assert.equal(status, 0, text)
}

const dumpOf = (place: Place, path: string) => place.manifest().objects.find((it) => it.path === path)?.dump

describe('the facts of a dump', () => {
  it('PostgreSQL: rows as the server has them, and equal for the restored database', { skip: noPostgresql }, (t) => {
    const place = openPlace(t)
    const { script, sql, connect } = startPostgresql(place)
    script('fill-cluster.sql')
    place.configure(
      `{ pg: { postgresql: { databases: [shop], ${connect} }, compress: none }, all: { postgresql: { databases: all, ${connect} }, compress: none } }`,
    )
    assert.equal(place.run('-q', 'run').status, 0)
    const dump = dumpOf(place, 'pg/shop.sql')
    assert.ok(dump?.rows)
    for (const [table, rows] of Object.entries(dump.rows)) assert.equal(sql('shop', `select count(*) from only ${table}`), `${rows}\n`, table)
    assert.equal(
      Object.keys(dump.rows).length,
      Number(sql('shop', "select count(*) from pg_tables where schemaname !~ '^pg_|^information_schema'")) - 1,
    )
    assert.equal(
      dump.created?.['index'],
      Number(
        sql(
          'shop',
          "select count(*) from pg_indexes i where schemaname !~ '^pg_' and not exists (select from pg_constraint c where c.conname = indexname)",
        ),
      ),
    )
    const value = (name: string) => sql('shop', `select last_value || case when is_called then '' else ' unused' end from ${name}`).trim()
    const names = sql('shop', "select format('%I.%I', schemaname, sequencename) from pg_sequences").trim().split('\n')
    assert.deepEqual(dump.sequences, Object.fromEntries(names.toSorted().map((name) => [name, value(name)])))
    const objects = sql('shop', 'select count(distinct loid), sum(length(data)) from pg_largeobject').trim().split('|').map(Number)
    assert.deepEqual([dump.largeObjects?.count, dump.largeObjects?.bytes], objects)
    assert.deepEqual(dump.encodings, { shop: 'UTF8' })
    const all = dumpOf(place, 'all.sql')
    assert.ok(all)
    assert.equal(all.sequences?.[`shop/${names[0]}`], value(names[0] ?? ''))
    assert.equal(all.rows?.['shop/store.t'], dump.rows['store.t'])
    assert.equal(all.rows?.['postgres/public.in_postgres'], 1)

    const server = `postgresql://boss@/scratch?host=${place.folder}/pg`
    const { status, stderr } = place.run(
      'restore',
      'nightly',
      'latest',
      'pg/shop.sql',
      '--into',
      server,
      '--password-file',
      'pg.pass',
      '--trust-dump',
    )
    assert.equal(status, 0, stderr)
    place.configure(`{ pg: { postgresql: { databases: [scratch], ${connect} }, compress: none } }`)
    assert.equal(place.run('-q', 'run').status, 0)
    const same = ({ schema, created, rows, sequences, largeObjects }: Partial<typeof dump>) => ({ schema, created, rows, sequences, largeObjects })
    assert.deepEqual(same(dumpOf(place, 'pg/scratch.sql') ?? {}), same(dump))
    sql('scratch', 'drop index store.by_text')
    assert.equal(place.run('-q', 'run').status, 0)
    const without = dumpOf(place, 'pg/scratch.sql')
    assert.notEqual(without?.schema, dump.schema)
    assert.equal(without?.created?.['index'], (dump.created['index'] ?? 0) - 1)

    // As if it had been large: a process of its own observes it, and writes the file.
    const file = join(place.newestSet(), 'manifest.json')
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/("dump": \{\s*"bytes": )\d+/gu, '$1123456789'))
    assert.equal(place.run('-q', 'run').status, 0)
    const [large] = place.manifest().objects.filter((it) => it.path === 'pg/scratch.sql')
    assert.deepEqual(
      large?.stages.map(({ program }) => program),
      ['pg_dump', basename(process.execPath)],
    )
    assert.deepEqual(same(large?.dump ?? {}), same(without ?? {}))
    const digest = createHash('sha256')
      .update(readFileSync(join(place.newestSet(), 'pg/scratch.sql')))
      .digest('hex')
    assert.deepEqual([large?.sha256, large?.dump?.sha256], [digest, digest])
  })

  it('PostgreSQL: verify finds what was stored differently', { skip: noPostgresql }, (t) => {
    const place = openPlace(t)
    const { sql, connect } = startPostgresql(place)
    sql('postgres', 'create database shop')
    sql(
      'shop',
      "create table t (n int primary key, s text); insert into t select n, 'row ' || n from generate_series(1, 500) n; create index i on t (s); create sequence q start 7; select lo_from_bytea(9, 'abc')",
    )
    place.configure(`{ pg: { postgresql: { databases: [shop], ${connect} }, compress: none } }`)
    assert.equal(place.run('-q', 'run').status, 0)
    assertFound(place, 'pg/shop.sql', [
      ['rows lost', (it) => it.replace(/^25\trow 25\n26\trow 26\n/mu, ''), /has 498 rows in "public\.t", expected 500/u],
      [
        'a table lost',
        (it) => it.replace(/CREATE TABLE public\.t[\s\S]*?;\n/u, '').replace(/COPY public\.t[\s\S]*?\n\\\.\n/u, ''),
        /lacks the table "public\.t", which had 500 rows/u,
      ],
      ['an index lost', (it) => it.replace(/CREATE INDEX i .*\n/u, ''), /has 0 × index, expected 1/u],
      [
        'values exchanged',
        (it) => it.replace('7\trow 7\n', '7\trow 8\n').replace('8\trow 8\n8', '8\trow 7\n8'),
        /contains other data than was dumped/u,
      ],
      ['a bit flipped', (it) => it.replace('row 99', 'rox 99'), /contains other data than was dumped/u],
      [
        'cut, with an end',
        (it) => `${it.slice(0, it.indexOf('\n100\t'))}\n\\.\n\n--\n-- PostgreSQL database dump complete\n--\n\n`,
        /has 99 rows in "public\.t", expected 500/u,
      ],
      [
        'an empty database',
        (it) => it.replace(/CREATE TABLE[\s\S]*(?=--\n-- PostgreSQL database dump complete)/u, ''),
        /lacks the table "public\.t"/u,
      ],
      ['a sequence lost', (it) => it.replace(/SELECT pg_catalog\.setval.*\n/u, ''), /has no value of the sequence "public\.q", expected "7 unused"/u],
      ['another value of a sequence', (it) => it.replace(', 7, false)', ', 8, false)'), /has the value "8 unused" of the sequence "public\.q"/u],
      ['another large object', (it) => it.replace('x616263', 'x616264'), /has large objects with other contents/u],
      [
        'an empty large object',
        (it) => it.replace(/SELECT pg_catalog\.lowrite.*\n/u, ''),
        /has 1 large objects with 0 bytes, expected 1 large objects with 3 bytes/u,
      ],
      [
        'another encoding',
        (it) => it.replace(/ENCODING = '\w+'/u, "ENCODING = 'LATIN9'"),
        /has the value "LATIN9" of the encoding of the database "shop"/u,
      ],
      ['a column of another type', (it) => it.replace('s text', 's char(9)'), /has other definitions/u],
    ])
  })

  it('MariaDB: rows as the server has them, and verify finds what was stored differently', { skip: noMariadb }, async (t) => {
    const place = openPlace(t)
    const { script, sql, connect } = await startMariadb(place)
    script('fill-mariadb.sql')
    sql(
      '',
      "create database small character set latin1; use small; create table t (n int primary key, s text); insert into t select seq, concat('row (', seq) from seq_1_to_500; create table empty (n int)",
    )
    place.configure(
      `{ db: { mariadb: { databases: all, ${connect} }, compress: none }, small: { mariadb: { databases: [small], ${connect} }, compress: none } }`,
    )
    assert.equal(place.run('-q', 'run').status, 0)
    const { rows = {} } = dumpOf(place, 'db.sql') ?? {}
    const own = Object.entries(rows).filter(([table]) => !table.startsWith('mysql/'))
    assert.ok(own.length > 3)
    for (const [table, count] of own) {
      const name = table
        .split('/')
        .map((part) => `\`${decodeURIComponent(part).replaceAll('`', '``')}\``)
        .join('.')
      assert.equal(sql('', `select count(*) from ${name}`), `${count}\n`, table)
    }
    assert.deepEqual(dumpOf(place, 'small.sql')?.rows, { 'small/empty': 0, 'small/t': 500 })
    assert.deepEqual(dumpOf(place, 'small.sql')?.encodings, { small: 'latin1 latin1_swedish_ci' })
    assertFound(place, 'small.sql', [
      ['rows lost', (it) => it.replace("(25,'row (25'),\n", ''), /has 499 rows in "small\/t", expected 500/u],
      ['values exchanged', (it) => it.replace("(7,'row (7')", "(7,'row (8')"), /contains other data than was dumped/u],
      ['another database', (it) => it.replaceAll('`small`', '`big`'), /table "big\/empty" that was not dumped/u],
    ])
  })

  it('OpenLDAP: verify finds what was stored differently', { skip: noSlapd }, (t) => {
    const place = openPlace(t)
    const directory = openDirectory(place)
    place.shell(
      `printf 'dn: dc=example,dc=org\\nobjectClass: dcObject\\nobjectClass: organization\\no: x\\ndc: example\\n\\ndn: cn=a,dc=example,dc=org\\nobjectClass: person\\ncn: a\\nsn: b\\n\\n' | ${directory.bin}/slapadd`,
    )
    place.configure(`{ dir: { ldap: {}, environment: { PATH: "${directory.bin}:/usr/bin:/bin" }, compress: none } }`)
    const { status, stderr } = place.run('-q', 'run')
    assert.equal(status, 0, stderr)
    assertFound(place, 'dir.ldif', [
      ['an entry lost', (it) => it.replace(/dn: cn=a[\s\S]*$/u, ''), /has 1 entries, expected 2/u],
      ['a value changed', (it) => it.replace('sn: b', 'sn: c'), /contains other data than was dumped/u],
    ])
  })

  it('archives and SQLite: verify finds contents stored differently', {
    skip: lacks('tar', 'sqlite3', 'zstd', 'nice', 'setfattr', 'setfacl'),
  }, (t) => {
    const place = openPlace(t)
    place.shell(
      `mkdir data; for n in $(seq 40); do for m in $(seq 60); do echo "file $n"; done >data/$n; done; setfattr -n user.note -v kept data/5; setfacl -m u:1234:r data/6
       sqlite3 app.db "create table t (n integer primary key, s text); with recursive r (i) as (select 1 union all select i + 1 from r where i < 500) insert into t select i, 'row ' || i from r; create table \\"a/\\"\\"b\\" (n); insert into \\"a/\\"\\"b\\" values (1), (2); create table empty (n primary key) without rowid"`,
    )
    const [files, sqlite] = [`files: { paths: [${place.folder}/data] }`, `sqlite: { path: ${place.folder}/app.db }`]
    place.configure(
      `{ data: { ${files}, compress: none }, packed: { files: { paths: [${place.folder}/data], digest: true }, nice: 3 }, quick: { ${files} }, app: { ${sqlite}, compress: none }, small: { ${sqlite} }, host: { host-facts: {} } }`,
    )
    const { status, stderr } = place.run('-q', 'run')
    assert.equal(status, 0, stderr)
    const paths = ['data.tar', 'packed.tar.zst', 'app.db', 'small.db.zst', 'host.tar.zst']
    for (const path of paths) {
      const output = execFileSync(path.endsWith('.zst') ? 'zstd' : 'cat', path.endsWith('.zst') ? ['-dcq', path] : [path], { cwd: place.newestSet() })
      const rows = /db/u.test(path) && { 'a%2F"b': 2, empty: 0, t: 500 }
      assert.deepEqual(
        dumpOf(place, path),
        { bytes: output.length, sha256: createHash('sha256').update(output).digest('hex'), ...(rows && { rows }) },
        path,
      )
    }
    assert.equal(dumpOf(place, 'quick.tar.zst'), undefined)
    const programs = place.manifest().objects.map(({ stages }) => stages.map(({ program }) => program).join(' '))
    assert.deepEqual(programs, ['tar', 'tar zstd', 'tar zstd', 'node', 'node zstd', 'sh zstd'])
    assert.equal(place.manifest().objects[1]?.facts?.['entries'], 41)
    assert.equal(place.manifest().objects[1]?.coverage?.attributes, 2)

    assertFound(place, 'data.tar', [
      ['a member changed', (it) => it.replace('file 7\nfile 7', 'file 7\nfile 8'), /contains other data than was dumped/u],
      ['the mode of a member changed', reheaded(/data\/9\0/u), /has members with other modes, /u],
      [
        'an attribute lost',
        (it) => it.replace('SCHILY.xattr.user', 'SCHILY_xattr.user'),
        /has 1 member with access control lists or extended attributes, expected 2/u,
      ],
    ])
    assertFound(place, 'app.db', [['a row changed', (it) => it.replace('row 99', 'row 98'), /contains other data than was dumped/u]])
    const set = place.newestSet()
    const mutations = [
      ['packed.tar.zst', /file 7/u, /contains other data than was dumped/u],
      ['small.db.zst', /row 99/u, /contains other data than was dumped/u],
      ['quick.tar.zst', /SCHILY\.(?=acl)|SCHILY\.(?=xattr\.system)/gu, /has 1 member with access control lists or extended attributes, expected 2/u],
    ] as const
    for (const [path, part, expected] of mutations) {
      const output = execFileSync('zstd', ['-dcq', path], { cwd: set }).toString('latin1')
      const mutant = Buffer.from(
        output.replace(part, (it) => 'x'.repeat(it.length)),
        'latin1',
      )
      const original = readFileSync(join(set, path))
      forgeObject(set, path, execFileSync('zstd', ['-cq'], { input: mutant }))
      forgetRecords(set, join(place.folder, 'state'))
      const found = place.run('verify', 'nightly', '--deep')
      assert.match(found.stdout + found.stderr, expected, path)
      forgeObject(set, path, original)
    }
    assert.equal(place.run('verify', 'nightly', '--deep').status, 0)
  })
})

/** Changes the mode of the member whose header begins like this, and corrects the checksum of the header (pax format: tar(5)). */
function reheaded(begin: RegExp): (archive: string) => string {
  return (archive) => {
    const bytes = Buffer.from(archive, 'latin1')
    const at = (archive.search(begin) >> 9) << 9
    bytes.write('0000777', at + 100, 'latin1')
    bytes.fill(' ', at + 148, at + 156)
    const sum = bytes.subarray(at, at + 512).reduce((all, byte) => all + byte, 0)
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1')
    return bytes.toString('latin1')
  }
}
