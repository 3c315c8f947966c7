import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { watchDangers } from './dump-dangers.ts'
import { readStatements } from './dump-statements.ts'

type Kind = 'postgresql' | 'mariadb'

function look(kind: Kind, text: string, size = 7) {
  const watch = watchDangers(kind)
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) watch.see(bytes.subarray(at, at + size))
  return watch.end()
}

const PG = String.raw`--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
COMMENT ON EXTENSION pg_trgm IS 'a \ in a text; COPY x TO PROGRAM';
CREATE FUNCTION public.f() RETURNS text
    LANGUAGE sql
    AS $$
select 'x; \! id'::text -- $
$$;
CREATE FUNCTION public.g(n integer) RETURNS integer
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT n;
 SELECT CASE WHEN n > 1 THEN 2 ELSE 3 END;
END;
COPY public.t (n, s) FROM stdin;
1	\\! id; COPY t TO PROGRAM 'id'
2	\\connect postgres\nDO $$x$$
\.


COPY public.empty (n) FROM stdin;
\.
INSERT INTO public.u VALUES ('it''s; \! id', E'a\'; \\! id', 'COPY t TO PROGRAM');
SELECT pg_catalog.setval('public.s', 1, true);
/* a comment /* that nests? */
ALTER TABLE ONLY public.t ADD CONSTRAINT p PRIMARY KEY (n);
REFRESH MATERIALIZED VIEW public.v;
--
-- PostgreSQL database dump complete
--
`

const MARIADB = String.raw`/*M!999999\- enable the sandbox mode */
-- MariaDB dump 10.19
/*!40101 SET NAMES utf8mb4 */;
# a comment; \! id
DROP TABLE IF EXISTS ${'`t`'};
CREATE TABLE ${'`t;\\`'} (n int);
/*!50001 CREATE VIEW ${'`v`'} AS SELECT
 1 AS ${'`n`'} */;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=${'`root`@`localhost`'} SQL SECURITY DEFINER */
/*!50001 VIEW ${'`v`'} AS select ${'`t`.`n`'} AS ${'`n`'} from ${'`t`'} */;
INSERT INTO ${'`t`'} VALUES
(1,'it\'s; \\! id INTO OUTFILE'),(2,"LOAD DATA; \"");
DELIMITER ;;
/*!50003 CREATE*/ /*!50003 TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN set new.n = 1; set new.n = 2; END */;;
DELIMITER ;
-- Dump completed
`

describe('what a dump makes its server do', () => {
  it('is nothing for what the own programs write, whatever is in data, and however it is cut', () => {
    for (const size of [1, 3, 64, 1000, 100_000]) {
      assert.deepEqual(look('postgresql', PG, size), { dangers: [], commands: [] })
      assert.deepEqual(look('mariadb', MARIADB, size), { dangers: [], commands: [] })
    }
  })

  const DANGERS: readonly (readonly [Kind, string, RegExp])[] = [
    ['postgresql', "COPY t TO PROGRAM 'id';", /^COPY … PROGRAM/u],
    ['postgresql', "copy (select 1)\nto /* x */ program 'id';", /^COPY … PROGRAM/u],
    ['postgresql', "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $x$begin execute 'copy t to program ''id'''; end$x$;", /^COPY … PROGRAM/u],
    ['postgresql', "COPY t FROM '/etc/passwd';", /^COPY with a file/u],
    ['postgresql', "SELECT lo_export(1, '/x');", /files on the server/u],
    ['postgresql', "SELECT pg_read_file('/etc/passwd');", /files on the server/u],
    ['postgresql', 'CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS $$return 1$$;', /untrusted language/u],
    ['postgresql', "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'x';", /untrusted language/u],
    ['postgresql', 'CREATE EXTENSION plperlu;', /untrusted extension/u],
    ['postgresql', 'CREATE EXTENSION IF NOT EXISTS "file_fdw" WITH SCHEMA public;', /untrusted extension/u],
    ['postgresql', 'ALTER FUNCTION f() SECURITY DEFINER;', /SECURITY DEFINER/u],
    ['postgresql', 'CREATE EVENT TRIGGER x ON ddl_command_end EXECUTE FUNCTION f();', /event triggers/u],
    ['postgresql', "ALTER SYSTEM SET archive_command = 'id';", /server settings/u],
    ['postgresql', 'CREATE SERVER x FOREIGN DATA WRAPPER postgres_fdw;', /other servers/u],
    ['postgresql', 'SET SESSION AUTHORIZATION boss;', /other roles/u],
    ['postgresql', 'CREATE OPERATOR CLASS c FOR TYPE t USING btree AS STORAGE t;', /only a superuser/u],
    ['postgresql', 'ALTER DEFAULT PRIVILEGES FOR ROLE boss GRANT ALL ON TABLES TO public;', /other roles/u],
    ['postgresql', "ALTER TABLE t /* ' */ OWNER TO $$x$$;", /an owner that is not understood/u],
    ['postgresql', `INSERT INTO t (a, "b") VALUES ${"(1, 'x', NULL),".repeat(9000)}(f());`, /INSERT with something other than values/u],
    ['postgresql', 'INSERT INTO t SELECT 1;', /INSERT with something other than values/u],
    ['postgresql', `CREATE VIEW v AS SELECT ${'1 +'.repeat(400_000)} 1;`, /too long to inspect/u],
    ['postgresql', "SELECT 'x", /has no end/u],
    [
      'mariadb',
      `CREATE ${' '.repeat(1_100_000)} DEFINER=\`root\`@\`localhost\` TRIGGER g BEFORE INSERT ON t FOR EACH ROW set @a = 1;`,
      /too long to inspect/u,
    ],
    ['postgresql', 'DO $$begin end$$;', /that pg_dump never writes/u],
    ['postgresql', 'SELECT f();', /that pg_dump never writes/u],
    ['postgresql', 'COPY t (n) FROM stdin; SELECT f();\n1\n\\.\n', /that pg_dump never writes/u],
    ['mariadb', "SELECT 1 INTO OUTFILE '/x';", /OUTFILE/u],
    [
      'mariadb',
      '/*!50001 CREATE */ /*!50013 DEFINER=`root`@`%` SQL SECURITY DEFINER */ /*!50001 VIEW v AS select * from mysql.user */;',
      /^DEFINER/u,
    ],
    ['mariadb', 'CREATE SQL SECURITY INVOKER VIEW v AS select * from mysql.user;', /views of other databases/u],
    ['mariadb', 'CREATE FUNCTION f() RETURNS int SQL SECURITY INVOKER RETURN 1;', /functions without a definer/u],
    ['mariadb', "EXECUTE IMMEDIATE 'create definer=root view v as select * from mysql.user';", /made from text/u],
    ['mariadb', "SELECT 1 /*!50000 INTO DUMPFILE '/x' */;", /OUTFILE/u],
    ['mariadb', "LOAD DATA LOCAL INFILE '/x' INTO TABLE t;", /LOAD DATA/u],
    ['mariadb', "INSERT INTO t VALUES (load_file('/x'));", /LOAD DATA/u],
    ['mariadb', "INSTALL SONAME 'x';", /plugins/u],
    ['mariadb', "CREATE FUNCTION f RETURNS int SONAME 'x.so';", /plugins/u],
    ['mariadb', '/*!50017 DEFINER=`root`@`localhost`*/ ;', /DEFINER/u],
    ['mariadb', '/*!50106 CREATE*/ /*!50117 DEFINER=`r`@`l`*/ /*!50106 EVENT `e` ON SCHEDULE EVERY 1 DAY DO delete from t */ ;;', /DEFINER|events/u],
    ['mariadb', 'SET GLOBAL event_scheduler = 1;', /settings/u],
    ['mariadb', 'CREATE USER x;', /accounts/u],
    ['mariadb', 'CREATE TABLE t (n int) ENGINE=CONNECT;', /other servers/u],
  ]
  for (const [kind, text, says] of DANGERS) {
    it(`is reported for ${text.split('\n')[0]?.slice(0, 100)}`, () => {
      for (const size of text.length > 1000 ? [1000, 65_536] : [1, 1000]) assert.match(look(kind, `SET x = 1;\n${text}\n`, size).dangers.join(), says)
    })
  }

  // With time that grows with the square of the text, one of these would take minutes.
  it('is found in proportion to the text', () => {
    const most = 300_000
    for (const piece of ['\n', ' ', ';', 'COPY ', "E'\\''", '`', '/*', '--x\n', '$a$', 'a$$', 'TO ', 'LANGUAGE ', 'CREATE EVENT '])
      for (const start of ['', 'CREATE FUNCTION f() BEGIN ATOMIC ', 'DELIMITER ;;\n', 'INSERT INTO t VALUES (', 'ALTER TABLE "x" '])
        for (const kind of ['postgresql', 'mariadb'] as const) look(kind, start + piece.repeat(Math.ceil(most / piece.length)), 65_536)
  })

  it('does not count what dump programs write as data', () => {
    const rows = "(1,'a',NULL,0x00ff,-1.5e10,_binary 'x'),".repeat(9000)
    assert.deepEqual(look('mariadb', `INSERT INTO \`t\` VALUES ${rows}(0x${'ab'.repeat(100_000)});\n`, 65_536).dangers, [])
    assert.deepEqual(
      look('postgresql', `INSERT INTO public."T t" (a, "b c") VALUES (1, E'\\'', true, B'1', NULL, DEFAULT) ON CONFLICT DO NOTHING;\n`).dangers,
      [],
    )
  })

  it('is reported separately from commands for the client', () => {
    for (const text of ['SELECT 1; \\! id\n', '\\! id\n', '\\unrestrict `id`\n', "SELECT 'x' \\g |id\n", 'COPY t FROM stdin;\n\\.\n\\! id\n'])
      assert.equal(look('postgresql', text).commands.length, 1, text)
    assert.equal(look('mariadb', 'SELECT 1; \\! id\n').commands.length, 1)
  })

  it('reads on to the end of anything', () => {
    const aPiece = fc.constantFrom(
      "'",
      '"',
      '`',
      '$$',
      '$a$',
      '--',
      '/*',
      '*/',
      '/*!50003 ',
      ';',
      '\n',
      '\\',
      '\\.',
      'E',
      'COPY t FROM stdin;',
      'DELIMITER ;;\n',
      'x',
      ' ',
      '#',
    )
    fc.assert(
      fc.property(
        fc.constantFrom<Kind>('postgresql', 'mariadb'),
        fc.array(aPiece, { maxLength: 300 }),
        fc.integer({ min: 1, max: 400 }),
        (kind, pieces, size) => {
          const told = (bytes: Buffer, each: number) => {
            const events: string[] = []
            const reader = readStatements(kind, {
              onStatement: ({ text, ...it }) => events.push(text + JSON.stringify(it)),
              onCommand: (it) => events.push(it),
            })
            for (let at = 0; at < bytes.length; at += each) reader.see(bytes.subarray(at, at + each))
            reader.end()
            return events
          }
          const bytes = Buffer.from(pieces.join(''))
          assert.deepEqual(told(bytes, size), told(bytes, bytes.length + 1))
        },
      ),
    )
  })
})
