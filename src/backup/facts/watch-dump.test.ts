import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { watchDump } from './watch-dump.ts'
import { watchSchema } from './watch-schema.ts'

function factsOf(kind: string, dump: string, portion = 1 << 20) {
  const watch = watchDump(kind)
  const bytes = Buffer.from(dump)
  for (let at = 0; at < bytes.length; at += portion) watch?.see(bytes.subarray(at, at + portion))
  return watch?.end()
}

const MARIADB = `-- MariaDB dump 10.19
CREATE DATABASE \`s\`;
USE \`s\`;
CREATE TABLE \`t\` (\`a\` text) ENGINE=InnoDB AUTO_INCREMENT=9;
INSERT INTO \`t\` VALUES
('INSERT INTO \`t\` VALUES'),
('),'),
('${'x'.repeat(3000)}');
CREATE TABLE \`one\` (\`a\` text);
INSERT INTO \`one\` VALUES
('');
INSERT INTO \`one\` VALUES (1,'),\\n('),(2);
CREATE TABLE \`lines\` (\`a\` text);
INSERT INTO \`lines\` VALUES
('a
b'),
('c'),
('d');
CREATE TABLE \`empty\` (\`a\` text);
-- Dump completed
`

describe('watchDump', () => {
  it('counts the rows of a MariaDB dump, in pieces of any size', () => {
    for (const portion of [1, 7, 100, 1 << 20]) {
      const facts = factsOf('mariadb', MARIADB, portion)
      assert.deepEqual(facts?.rows, { 's/t': 3, 's/one': 3, 's/lines': 3, 's/empty': 0 }, String(portion))
      assert.deepEqual([facts.bytes, facts.sha256], [MARIADB.length, createHash('sha256').update(MARIADB).digest('hex')])
    }
  })

  it('counts rows longer than what is waited for', () => {
    const long = 'x'.repeat(2_500_000)
    const dump = `USE \`s\`;\nCREATE TABLE \`t\` (a text);\nINSERT INTO \`t\` VALUES\n('a'),\n('${long}'),\n('b'),\n('c');\nCREATE TABLE \`u\` (a text);\n`
    assert.deepEqual(factsOf('mariadb', dump, 65_536)?.rows, { 's/t': 4, 's/u': 0 })
  })

  it('counts the rows of a PostgreSQL dump, in pieces of any size', () => {
    const rows = ['1\tCOPY public.t (a, b) FROM stdin;', '2\t', '\\\\.', '', '3\t\\N', ...Array.from({ length: 2000 }, (_, n) => `${n}`)]
    const copy = (table: string, all: readonly string[], end = '\\.\n') =>
      `COPY public.${table} (a, b) FROM stdin;\n${all.map((it) => `${it}\n`).join('')}${end}`
    const tables = ['CREATE TABLE public.t (a int);', 'CREATE FUNCTION public.f() RETURNS int AS $_$\nCOPY public.no FROM stdin;\n$_$;']
    const dump = [
      ...[
        '--\n-- PostgreSQL database dump\n--\n',
        ...tables,
        copy('t', rows),
        copy('empty', []),
        copy('one', ['x']),
        copy('dos', ['a', 'b'], '\\.\r\n'),
      ],
      ...["SELECT pg_catalog.setval('public.s', 1, true);", 'CREATE INDEX i ON public.t (a);', copy('"long"', ['y'.repeat(5000), 'z']), '--'],
    ].join('\n')
    const whole = factsOf('postgresql', dump)
    const counts = { 'public.t': rows.length, 'public.empty': 0, 'public.one': 1, 'public.dos': 2, 'public.long': 2 }
    for (const portion of [1, 2, 3, 4, 5, 7, 100, 255, 256, 257, 4096, 1 << 20]) {
      const facts = factsOf('postgresql', dump, portion)
      assert.deepEqual(facts?.rows, counts, String(portion))
      assert.deepEqual(facts, whole)
    }
    assert.deepEqual(whole?.created, { table: 1, routine: 1, index: 1 })
  })

  it('has the same digest of the definitions for another order, other rows and other values of sequences', () => {
    const dump = (...statements: string[]) => `--\n-- PostgreSQL database dump\n--\nSET x = 1;\n${statements.join('\n')}\n`
    const [table, index, other] = ['CREATE TABLE public.t (a int);', 'CREATE INDEX i ON public.t (a);', 'CREATE INDEX i ON public.t (b);']
    const schema = factsOf('postgresql', dump(table, index))?.schema
    assert.equal(factsOf('postgresql', dump(index, '-- text', 'CREATE  TABLE public.t\n(a int);'))?.schema, schema)
    assert.notEqual(factsOf('postgresql', dump(table, other))?.schema, schema)
    const next = (value: number) => dump(table, `SELECT pg_catalog.setval('public.s', ${value}, true);`)
    assert.equal(factsOf('postgresql', next(1))?.schema, factsOf('postgresql', next(2))?.schema)
  })

  it('needs the same memory for any number of large objects, and omits the digest of too many definitions', () => {
    const schema = (statements: readonly string[]) => {
      const watch = watchSchema(2)
      for (const text of statements) watch.see({ text, isCut: false, isOddData: false }, undefined)
      return watch.end()
    }
    const two = ['CREATE TABLE a (n int)', 'CREATE TABLE b (n int)']
    const objects = ['1', '2'].flatMap((it) => [
      `SELECT pg_catalog.lo_create('${it}')`,
      `ALTER LARGE OBJECT ${it} OWNER TO boss`,
      `GRANT SELECT ON LARGE OBJECT ${it} TO clerk`,
      `COMMENT ON LARGE OBJECT ${it} IS ''`,
    ])
    assert.match(schema(two).schema ?? '', /^[0-9a-f]{64}$/u)
    assert.equal(schema([...objects, ...two]).schema, schema(two).schema)
    assert.deepEqual(schema([...two, 'CREATE TABLE c (n int)']), { created: { table: 3 } })
  })

  it('collects the values of sequences, and large objects in any order and portions', () => {
    const dump = (...statements: string[]) => `--\n-- PostgreSQL database dump\n--\n${statements.join('\n')}\n`
    const setval = (name: string, value: string) => `SELECT pg_catalog.setval(${name}, ${value});`
    const sequences = factsOf(
      'postgresql',
      dump(
        setval(`'public."It''s a.b"'`, '9223372036854775807, true'),
        setval(`E'public."back\\\\slash"'`, '-3, false'),
        setval("'x.s'", '1, true'),
        '--',
      ),
    )?.sequences
    assert.deepEqual(sequences, { 'public."It\'s a.b"': '9223372036854775807', 'public.back\\slash': '-3 unused', 'x.s': '1' })
    const object = (oid: string, ...parts: readonly string[]) => [
      ...[`SELECT pg_catalog.lo_create('${oid}');`, 'BEGIN;', `SELECT pg_catalog.lo_open('${oid}', 131072);`],
      ...parts.map((hex) => `SELECT pg_catalog.lowrite(0, '\\x${hex}');`),
      ...['SELECT pg_catalog.lo_close(0);', 'COMMIT;'],
    ]
    const objects = (...all: readonly (readonly string[])[]) => factsOf('postgresql', dump(...all.flat()))?.largeObjects
    const [one, two] = [object('1', 'aa00', 'ff'), object('2')]
    const found = objects(one, two)
    assert.deepEqual([found?.count, found?.bytes], [2, 3])
    assert.deepEqual(objects(two, object('1', 'aa00ff')), found)
    for (const other of [object('1', 'aa01ff'), object('3', 'aa00ff')]) assert.notEqual(objects(other, two)?.digest, found?.digest)
    const sum = ['\n1\naa00ff', '\n2\n'].map((text) => BigInt(`0x${createHash('sha256').update(text).digest('hex')}`)).reduce((a, b) => a + b)
    assert.equal(found?.digest, (sum % (1n << 256n)).toString(16).padStart(64, '0'))
  })

  it('still has the size and the digest of a dump that it cannot read', () => {
    const watch = watchDump('postgresql')
    const first = Buffer.from(`--\n-- PostgreSQL database dump\n--\n${'-- x\n'.repeat(400)}`)
    const unreadable = Object.assign(Buffer.from('CREATE TABLE t (n int);\n'), {
      toString: () => {
        throw new RangeError('invalid length')
      },
    })
    for (const chunk of [first, unreadable, first]) watch?.see(chunk)
    const bytes = Buffer.concat([first, unreadable, first])
    assert.deepEqual(watch?.end(), { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
    assert.match(String(watch?.failure?.()), /invalid length/u)
  })

  it('observes only kinds with a known output', () => {
    assert.equal(watchDump('files'), undefined)
    assert.equal(watchDump(undefined), undefined)
  })
})
