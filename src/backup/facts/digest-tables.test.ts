import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { digestTables } from './digest-tables.ts'
import { watchDump } from './watch-dump.ts'

type Kind = Parameters<typeof digestTables>[0]

function digestsOf(kind: Kind, dump: string, portion = 1 << 20) {
  const watch = watchDump(kind, { hasTables: true })
  const bytes = Buffer.from(dump)
  for (let at = 0; at < bytes.length; at += portion) watch?.see(bytes.subarray(at, at + portion))
  return watch?.end().tableDigests
}

/** By another way: with large numbers. */
function sumOf(...rows: readonly string[]): string {
  const sum = rows.reduce((all, row) => all + BigInt(`0x${createHash('sha256').update(row).digest('hex')}`), 0n)
  return (sum % (1n << 256n)).toString(16).padStart(64, '0')
}

const PORTIONS = [1, 2, 3, 7, 100, 4096, 1 << 20]
const many = Array.from({ length: 300 }, (_, index) => `${index}\tvalue ${index}`)

describe('digests of the rows of tables', () => {
  it('are those of a PostgreSQL dump, in any order of the rows, and in pieces of any size', () => {
    const copy = (table: string, rows: readonly string[]) =>
      `--\n\nCREATE TABLE ${table} (a int, b text);\n\nCOPY ${table} (a, b) FROM stdin;\n${rows.map((it) => `${it}\n`).join('')}\\.\n\n`
    const body = 'CREATE FUNCTION public.f() RETURNS int AS $_$\nCOPY public.no FROM stdin;\n$_$;\n\n'
    const odd = ['1\t\\\\.', '', '\\N\tCOPY public.t (a) FROM stdin;', 'größe']
    const dump = (t: readonly string[]) =>
      `--\n-- PostgreSQL database dump\n--\n\n${body}${copy('public.t', t)}${copy('public.empty', [])}${copy('public."a.b"', odd)}-- PostgreSQL database dump complete\n`
    const wanted = { 'public.t': sumOf(...many), 'public."a.b"': sumOf(...odd) }
    for (const portion of PORTIONS) assert.deepEqual(digestsOf('postgresql', dump(many), portion), wanted, String(portion))
    assert.deepEqual(digestsOf('postgresql', dump(many.toReversed())), wanted)
    assert.notEqual(digestsOf('postgresql', dump(many.with(7, '7\tvalue 8')))?.['public.t'], wanted['public.t'])
    // The same row twice is not the same as not at all.
    assert.notDeepEqual(digestsOf('postgresql', dump(['a', 'a', 'b'])), digestsOf('postgresql', dump(['b', 'b', 'b'])))
  })

  it('name the database of a table in a dump of a PostgreSQL cluster', () => {
    const copy = (row: string) => `CREATE TABLE public.t (a int);\n\nCOPY public.t (a) FROM stdin;\n${row}\n\\.\n\n`
    const dump = `--\n-- PostgreSQL database cluster dump\n--\n\n\\connect a\n\n${copy('1')}\\connect "b/c"\n\n${copy('2')}`
    for (const portion of PORTIONS)
      assert.deepEqual(digestsOf('postgresql', dump, portion), { 'a/public.t': sumOf('1'), 'b%2Fc/public.t': sumOf('2') })
  })

  it('are those of a MariaDB dump, except for tables whose rows are not on lines of their own', () => {
    const dump = `-- MariaDB dump 10.19\n\nCREATE DATABASE \`s\`;\n\nUSE \`s\`;\nCREATE TABLE \`t\` (\`a\` text);
INSERT INTO \`t\` VALUES\n(1,'x),'),\n(2,');'),\n('größe\\n');\nINSERT INTO \`t\` VALUES\n(4,NULL);
CREATE TABLE \`one\` (a int);\nINSERT INTO \`one\` VALUES (1),(2);\nCREATE TABLE \`both\` (a int);\nINSERT INTO \`both\` VALUES\n(1);\nINSERT INTO \`both\` VALUES (2);
CREATE TABLE \`empty\` (a int);\nUSE \`o/p\`;\nCREATE TABLE \`t\` (a int);\nINSERT INTO \`t\` VALUES\n(9);\n-- Dump completed\n`
    const wanted = { 's/t': sumOf("(1,'x),')", "(2,');')", "('größe\\n')", '(4,NULL)'), 'o%2Fp/t': sumOf('(9)') }
    for (const portion of PORTIONS) assert.deepEqual(digestsOf('mariadb', dump, portion), wanted, String(portion))
  })

  it('are absent if a row is too long to be kept in memory', () => {
    const digester = digestTables('postgresql')
    digester.see(Buffer.from('\nCOPY public.t (a) FROM stdin;\n1\n'))
    assert.equal(digester.end().size, 1)
    for (let mib = 0; mib < 65; mib += 1) digester.see(Buffer.alloc(1024 * 1024, 'x'))
    digester.see(Buffer.from('\n\\.\n\nCOPY public.u (a) FROM stdin;\n1\n\\.\n'))
    assert.equal(digester.end().size, 0)
  })

  it('are absent if there are too many tables for a manifest', () => {
    const digester = digestTables('postgresql')
    for (let table = 0; table <= 10_000; table += 1) digester.see(Buffer.from(`\nCOPY public.t${table} (a) FROM stdin;\n1\n\\.\n`))
    assert.equal(digester.end().size, 0)
  })

  it('are not made by default', () => {
    const watch = watchDump('postgresql')
    watch?.see(Buffer.from('--\n-- PostgreSQL database dump\n--\n\nCREATE TABLE public.t (a int);\n\nCOPY public.t (a) FROM stdin;\n1\n\\.\n'))
    assert.equal(watch?.end().tableDigests, undefined)
  })
})
