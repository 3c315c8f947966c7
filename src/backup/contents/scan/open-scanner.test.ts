import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { StoredRecord } from '../../restore/restore-jobs.ts'
import type { ContentEntry } from '../entry.ts'
import { openScanner } from './open-scanner.ts'

function scan(text: string, record: Partial<StoredRecord> = {}, portion = 1) {
  const entries: ContentEntry[] = []
  const scanner = openScanner({ path: 'o', bytes: 0, filters: [], ...record }, (entry) => entries.push(entry))
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += portion) scanner.see(bytes.subarray(at, at + portion))
  const fault = scanner.end()
  const found = entries.map(({ path, kind, rows }) => `${kind} ${path}${rows === undefined ? '' : ` ${rows}`}`)
  return { format: scanner.format, found, fault }
}

const PG_END = '\n--\n-- PostgreSQL database dump complete\n--\n\n'

describe('openScanner', () => {
  it('counts the rows of a PostgreSQL dump, whatever is in them', () => {
    const dump = `--
-- PostgreSQL database dump
--
CREATE DATABASE shop WITH TEMPLATE = template0;
\\connect shop
CREATE FUNCTION public.f() RETURNS void LANGUAGE sql AS $_$
COPY public.fake FROM stdin;
INSERT INTO public.fake VALUES (1);
$_$;
CREATE TABLE public.orders (id int, note text DEFAULT 'CREATE TABLE x ()');
CREATE TABLE public."Odd.name/%" (id int);
CREATE UNLOGGED TABLE public.parted (id int) PARTITION BY RANGE (id);
COPY public.orders (id, note) FROM stdin;
1\tCOPY public.fake FROM stdin;
2\t\\\\.
3\t$$
\\.

COPY public."Odd.name/%" (id) FROM stdin;
\\.

INSERT INTO public.inserted (a, "b (") VALUES (1, 'x), (y'), (2, (3)), (4, 5);
INSERT INTO public.inserted VALUES (6, $1$(),()$1$);
${PG_END}`
    for (const portion of [1, 13, 100_000]) {
      const { format, found, fault } = scan(dump, {}, portion)
      assert.deepEqual([format, fault], ['postgresql', undefined])
      assert.deepEqual(found.toSorted(), [
        'database shop',
        'table public."Odd.name%2F%25" 0',
        'table public.inserted 4',
        'table public.orders 3',
        'table public.parted',
      ])
    }
  })

  it('names the databases of a cluster', () => {
    const cluster = `--\n-- PostgreSQL database cluster dump\n--\nCREATE ROLE boss;\n\\connect template1\n--\n-- PostgreSQL database dump\n--\n${PG_END}\\connect -reuse-previous=on "dbname='od''d'"\nCREATE TABLE public.t ();\n\\connect shop\nCOPY public.t (a) FROM stdin;\n1\n\\.\n--\n-- PostgreSQL database cluster dump complete\n--\n\n`
    const { found, fault } = scan(cluster, { kind: 'postgresql' })
    assert.equal(fault, undefined)
    assert.ok(found.includes('table shop/public.t 1'), found.join())
  })

  it('counts the rows of a MariaDB dump, however they are written', () => {
    const dump = `/*M!999999\\- enable the sandbox mode */ 
-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB
CREATE DATABASE /*!32312 IF NOT EXISTS*/ \`shop\` /*!40100 DEFAULT CHARACTER SET utf8mb4 */;
USE \`shop\`;
DROP TABLE IF EXISTS \`orders\`;
CREATE TABLE \`orders\` (\`id\` int DEFAULT (1), \`n\` text) ENGINE=InnoDB;
INSERT INTO \`orders\` VALUES
(1,'a'),
(2,'it''s (3), \\'(4)'),
(5,NULL);
INSERT INTO \`orders\` (\`id\`, \`n (x)\`) VALUES (6,'x'),(7,_binary 0x28);
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=\`a\`@\`b\`*/ /*!50003 TRIGGER t BEFORE INSERT ON orders FOR EACH ROW
BEGIN
INSERT INTO \`log\` VALUES (1);
END */;;
DELIMITER ;
CREATE TABLE \`a/b\` (\`id\` int);
/*!50001 CREATE TABLE \`v\` (\`id\` tinyint) */;
/*!50001 DROP TABLE IF EXISTS \`v\`*/;
/*!50001 CREATE VIEW \`v\` AS SELECT 1 */;
-- Dump completed on 2026-11-26  3:04:05
`
    for (const portion of [1, 17, 100_000]) {
      const { format, found, fault } = scan(dump, {}, portion)
      assert.deepEqual([format, fault], ['mariadb', undefined])
      assert.deepEqual(found.toSorted(), ['database shop', 'table shop/a%2Fb', 'table shop/orders 5'])
    }
  })

  it('lists the entries of a directory', () => {
    const long = `cn=${'y'.repeat(200)},dc=example`
    const ldif = `dn: dc=example\ndc: example\ndescription: dn: no\n\ndn:: ${Buffer.from('cn=Zoë,dc=example').toString('base64')}\nphoto:: ${'A'.repeat(5000)}\n\ndn: ${long.slice(0, 70)}\n ${long.slice(70)}\ncn: y\n\n`
    for (const portion of [1, 3, 100_000]) {
      const { format, found, fault } = scan(ldif, { kind: 'ldap', facts: { entries: 3 } }, portion)
      assert.deepEqual([format, fault], ['ldif', undefined])
      assert.deepEqual(found, ['entry dc=example', 'entry cn=Zoë,dc=example', `entry ${long}`])
    }
    assert.match(scan(ldif, { kind: 'ldap', facts: { entries: 4 } }).fault ?? '', /has 3 entries, expected 4/u)
  })

  it('reports a truncated dump as incomplete, with its contents', () => {
    const dump = '--\n-- PostgreSQL database dump\n--\n\nCREATE TABLE public.t (a int);\nCOPY public.t (a) FROM stdin;\n1\n2\n'
    const { found, fault } = scan(dump)
    assert.match(found.join(), /^table public\.t \d$/u)
    assert.match(fault ?? '', /is truncated: it does not end like a PostgreSQL dump/u)
    assert.match(scan('', { kind: 'mariadb' }).fault ?? '', /is empty/u)
  })

  it('reports tables that are not listed because of their names', () => {
    const { found, fault } = scan(
      `--\n-- PostgreSQL database dump\n--\n\nCREATE TABLE public.${'x'.repeat(17_000)} (a int);\nCREATE TABLE public.t (a int);\n${PG_END}`,
      {},
      100_000,
    )
    assert.deepEqual(found, ['table public.t'])
    assert.equal(fault, 'has tables or databases whose names are empty or longer than 16384 bytes')
  })

  it('finds nothing in other data', () => {
    assert.deepEqual(scan('hello\n'), { format: 'none', found: [], fault: undefined })
    assert.deepEqual(scan(''), { format: 'none', found: [], fault: undefined })
  })
})
