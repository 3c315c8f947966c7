import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { forgetRecords } from '../support/forge.ts'
import { nestFolders } from '../support/nested-folders.ts'
import { leftOut } from '../support/some-of.ts'
import { drill, forgetFacts, mutate, noSandbox } from './drills.ts'
import { lacks, openPlace } from './place.ts'
import { noMariadb, noPostgresql, noSlapd, openDirectory, startMariadb, startPostgresql } from './servers.ts'

const READ = ['SHA-256 of the stored bytes', 'SHA-256 of the contents']

describe('drill of several storages', () => {
  it('fails if one of them has no sets, and drills the others', (t) => {
    const place = openPlace(t)
    const storages = `storages: { local: { type: localfs, root: ${place.folder}/root }, other: { type: localfs, root: ${place.folder}/other } }`
    place.shell('mkdir root other')
    place.configure(`{ a: { exec: [echo, a], compress: none } }`)
    const file = join(place.folder, 'holdfast.yaml')
    writeFileSync(
      file,
      readFileSync(file, 'utf8')
        .replace(/^storages.*$/mu, storages)
        .replace('backup: {', 'backup: { to: [local, other],'),
    )
    assert.equal(place.run('-q', 'run').status, 0)
    const drilled = () => place.run('drill', 'nightly', '--level', 'structure')
    assert.deepEqual([drilled().status, drilled().stderr.match(/inconclusive/gu)?.length], [3, 2])
    place.shell('rm -r other/*')
    const { status, stderr } = drilled()
    assert.equal(status, 1)
    assert.match(stderr, /no sets of step "\S+" of task "nightly" found on \S+\/other/u)
    assert.match(stderr, /root\S*: drill of \S+: inconclusive/u)
  })
})

/** As written before pg_dump restricted the commands of psql. */
function unrestricted(dump: string): string {
  return dump.replaceAll(/^\\(?:un)?restrict .*\n/gmu, '')
}

describe('drill', { skip: noSandbox }, () => {
  it('proves a PostgreSQL server with its roles, one database and all of them', { skip: noPostgresql }, (t) => {
    const place = openPlace(t)
    const { script, connect } = startPostgresql(place)
    script('fill-cluster.sql')
    place.configure(`{ pg: { postgresql: { databases: [shop, postgres], ${connect} } }, all: { postgresql: { databases: all, ${connect} } } }`)
    assert.equal(place.run('-q', 'run').status, 0)
    const { status, result, ends, stderr } = drill(place)
    assert.deepEqual(ends, {
      'pg/globals.sql.zst': 'proven',
      'pg/shop.sql.zst': 'proven',
      'pg/postgres.sql.zst': 'proven',
      'all.sql.zst': 'proven',
    })
    assert.deepEqual([status, result.end, stderr], [0, 'proven', ''])
    const values: Readonly<Record<string, readonly string[]>> = {
      'pg/globals.sql.zst': [],
      'pg/shop.sql.zst': ['values of sequences', 'large objects', 'encodings of databases', 'structure of N B-tree indexes'],
      'pg/postgres.sql.zst': ['encodings of databases'],
      'all.sql.zst': ['values of sequences', 'large objects', 'encodings of databases', 'structure of N B-tree indexes'],
    }
    for (const { path, into, asked, notAsked, restoredMs } of result.objects) {
      assert.match(into ?? '', /PostgreSQL \d+/u)
      const hasTables = !path.includes('globals')
      const texts = asked.map((it) => it.replace(/\d+(?= B-tree)/u, 'N'))
      assert.deepEqual(texts, [...READ, hasTables ? 'rows of each table' : 'absence of rows', 'definitions', ...(values[path] ?? [])], path)
      assert.deepEqual(notAsked, ['values of columns'])
      assert.ok((restoredMs ?? 0) > 0)
    }
    const records = () => readdirSync(join(place.folder, 'root/nightly/.holdfast-records')).filter((it) => it.endsWith('.drill'))
    assert.equal(records().length, 1)
    assert.equal(drill(place, '--level', 'structure').result.end, 'inconclusive')
    assert.equal(records().length, 2)
  })

  it('proves MariaDB, a directory, an SQLite database and files', { skip: noMariadb || noSlapd || lacks('setfattr', 'setfacl') }, async (t) => {
    const place = openPlace(t)
    const { script, connect } = await startMariadb(place)
    script('fill-mariadb.sql')
    const directory = openDirectory(place)
    place.shell(
      `printf 'dn: dc=example,dc=org\\nobjectClass: dcObject\\nobjectClass: organization\\no: x\\ndc: example\\n\\n' | ${directory.bin}/slapadd
mkdir -p data/sub; echo one >data/a; echo three >'data/sub/b c'; ln data/a data/hard; ln -s a data/link; mkfifo data/pipe
chmod 4751 data/a; mkdir -p data/locked/in data/sticky; echo x >data/locked/in/none; chmod 0 data/locked/in/none; chmod 0 data/locked/in data/locked; chmod 3777 data/sticky
truncate -s 1M data/holes; head -c 70000 /dev/zero >data/large; setfattr -n user.note -v kept data/large; setfacl -d -m u:1234:rwx data/sub; sqlite3 app.db 'create table t(a); insert into t values(1)'`,
    )
    const databases = place.shell(
      `mariadb --no-defaults -N -u root -S db/socket -e "select schema_name from information_schema.schemata where schema_name not in ('information_schema','performance_schema','sys','mysql')"`,
    )
    const names = databases
      .trim()
      .split('\n')
      .map((it) => JSON.stringify(it))
      .join(', ')
    place.configure(
      `{ db: { mariadb: { databases: [${names}], ${connect} } }, all: { mariadb: { databases: all, ${connect} } }, dir: { ldap: {}, environment: { PATH: "${directory.bin}:/usr/bin:/bin" } },
         app: { sqlite: { path: ${place.folder}/app.db, temporary-folder: ${place.folder} } }, files: { files: { paths: [${place.folder}/data] } }, text: { exec: { argv: [echo, hello] } } }`,
    )
    const run = place.run('-q', 'run')
    assert.equal(run.status, 0, run.stderr)
    const { status, result, ends, stderr } = drill(place)
    for (const [path, end] of Object.entries(ends)) assert.equal(end, path === 'text.zst' ? 'read' : 'proven', path)
    assert.deepEqual([status, result.end, stderr], [0, 'proven', ''])
    assert.deepEqual(
      result.objects.filter(({ into }) => into === undefined).map(({ path }) => path),
      ['text.zst'],
    )
    const comparisons = (path: string) => result.objects.filter((it) => it.path === path).map(({ asked, notAsked }) => [asked, notAsked])
    assert.deepEqual(comparisons('text.zst'), [
      [['SHA-256 of the stored bytes'], ['contents: their format is unknown', 'restoring it: unknown kind']],
    ])
    assert.deepEqual(comparisons('files.tar.zst'), [
      [
        [
          'SHA-256 of the stored bytes',
          'format of the contents',
          'list of the archive: modes, owners, sizes, times and links',
          'number of members with access control lists or extended attributes',
          'paths, sizes, modes and times of files',
          '2 links',
          'contents of 4 files',
        ],
        [
          'contents before compression: their SHA-256 was not recorded ("digest: true")',
          'owners, access control lists, extended attributes and devices after the restore',
          'contents of 1 file, sparse or after the first 250000',
        ],
      ],
    ])
    assert.deepEqual(comparisons('app.db.zst'), [[[...READ, 'all bytes', 'integrity', 'foreign keys', 'tables', 'rows of each table'], []]])
  })

  it('compares the rows of an SQLite database with those that were counted when it was copied', (t) => {
    const place = openPlace(t)
    place.shell(`sqlite3 app.db "create table t(a); insert into t values(1), (2); create table \\"a/'
.shell false \\"\\"b\\" (n); create table u(a)"`)
    place.configure(`{ app: { sqlite: { path: ${place.folder}/app.db }, compress: none } }`)
    assert.equal(place.run('-q', 'run').status, 0)
    const file = join(place.newestSet(), 'manifest.json')
    const manifest = readFileSync(file, 'utf8')
    writeFileSync(file, manifest.replace('"t": 2', '"t": 3').replace('"u": 0', '"other": 0'))
    forgetRecords(place.newestSet(), join(place.folder, 'state'))
    const { ends, result } = drill(place)
    assert.deepEqual(ends, { 'app.db': 'failed: after the restore, has 2 rows in "t", expected 3' })
    assert.deepEqual(result.objects[0]?.notAsked, ['rows of 1 table, which could not be counted'])
  })

  it('proves dumps with tablespaces, if the set has them', { skip: noPostgresql || leftOut('tablespaces') }, (t) => {
    const place = openPlace(t)
    const { sql, connect } = startPostgresql(place)
    place.shell(`mkdir 'pg/a space'; chown postgres 'pg/a space'`)
    sql('postgres', `create tablespace "a LOCATION" location '${place.folder}/pg/a space'`)
    sql('postgres', 'create database shop tablespace "a LOCATION"')
    sql('shop', "create table t (n int, s text) tablespace \"a LOCATION\"; insert into t values (1, 'CREATE TABLESPACE x LOCATION ''/y'';')")
    const pg = (more = '') => `postgresql: { databases: [shop], ${connect}${more} }`
    place.configure(`{ pg: { ${pg()} }, all: { postgresql: { databases: all, ${connect} } }, alone: { ${pg(', globals: none')} } }`)
    assert.equal(place.run('-q', 'run').status, 0)
    const { ends } = drill(place)
    assert.match(ends['alone.sql.zst'] ?? ends['alone/shop.sql.zst'] ?? '', /^inconclusive: .*no object with the tablespaces of the server/u)
    for (const [path, end] of Object.entries(ends)) if (!path.startsWith('alone')) assert.equal(end, 'proven', path)
  })

  it('does not fail for dumps with options of the user', { skip: noPostgresql || noMariadb || leftOut('options') }, async (t) => {
    const place = openPlace(t)
    const { sql, connect } = startPostgresql(place)
    sql('postgres', 'create role clerk; create database shop')
    sql(
      'shop',
      'create schema one; create table one.t (n int); insert into one.t values (1), (2); create table log (n int); insert into log values (1)',
    )
    sql('shop', 'alter table one.t owner to clerk; create view one.v as select n from one.t; create table parts (n int) partition by range (n)')
    sql('shop', 'create table part partition of parts for values from (0) to (9); insert into parts values (1)')
    const mariadb = await startMariadb(place)
    mariadb.sql(
      '',
      'create database d; create table d.t (n int); insert into d.t values (1); create trigger d.r before insert on d.t for each row set @x = 1',
    )
    const pg = (...opts: readonly string[]) => `{ postgresql: { databases: [shop], ${connect}, opts: [${opts.join(', ')}] } }`
    const my = (...opts: readonly string[]) => `{ mariadb: { databases: [d], ${mariadb.connect}, opts: [${opts.join(', ')}] } }`
    place.configure(
      `{ owners: ${pg('--no-owner', '--exclude-table-data=log')}, texts: ${pg('--quote-all-identifiers', '--inserts')}, empty: ${pg('--schema-only')},
         data: ${pg('--data-only')}, roots: ${pg('--load-via-partition-root')}, tables: ${my('--skip-triggers', '--skip-create-options')}, shape: ${my('--no-data')}, rows: ${my('--no-create-info')} }`,
    )
    assert.equal(place.run('-q', 'run').status, 0)
    const { result, ends } = drill(place)
    const asked = (path: string) => result.objects.find((it) => it.path === path)?.asked.slice(READ.length)
    for (const name of ['owners/shop', 'texts/shop', 'empty/shop', 'tables', 'shape']) assert.equal(ends[`${name}.sql.zst`], 'proven', name)
    assert.deepEqual(asked('owners/shop.sql.zst'), ['rows of each table in the dump', 'number of definitions'])
    assert.deepEqual(asked('empty/shop.sql.zst'), ['absence of rows', 'number of definitions'])
    assert.match(
      ends['data/shop.sql.zst'] ?? '',
      /^inconclusive: .*dumped with other options, and refers to what it does not contain: .*does not exist/u,
    )
    assert.match(
      ends['roots/shop.sql.zst'] ?? '',
      /^inconclusive: was restored, but options of its dump do not permit comparing the rows of 2 tables/u,
    )
    assert.match(ends['rows.sql.zst'] ?? '', /^inconclusive: .*dumped with other options/u)
  })

  it('proves a dump of all databases of MariaDB without recorded facts', { skip: noMariadb || leftOut('without facts') }, async (t) => {
    const place = openPlace(t)
    const { sql, connect } = await startMariadb(place)
    sql('', 'create database d; create table d.t (n int); insert into d.t values (1)')
    place.configure(`{ all: { mariadb: { databases: all, ${connect} } } }`)
    assert.equal(place.run('-q', 'run').status, 0)
    forgetFacts(place)
    const { result, ends } = drill(place)
    assert.deepEqual(ends, { 'all.sql.zst': 'proven' })
    assert.deepEqual(result.objects[0]?.notAsked, ['definitions, accounts', 'values of columns'])
    sql('', 'drop database d')
    assert.equal(place.run('-q', 'run').status, 0)
    assert.deepEqual(drill(place).ends, { 'all.sql.zst': 'proven' })
  })

  it('fails for a dump that cannot be restored, although nothing else sees it', { skip: noPostgresql }, (t) => {
    const place = openPlace(t)
    const { sql, connect } = startPostgresql(place)
    sql('postgres', 'create database shop')
    sql('shop', "create table t (n int primary key, s text); insert into t select n, 'row ' || n from generate_series(1, 500) n; create sequence q")
    place.configure(`{ pg: { postgresql: { databases: [shop], ${connect} }, compress: none } }`)
    const make = () => assert.equal(place.run('-q', 'run').status, 0)
    const cases: readonly (readonly [string, (dump: string) => string, RegExp])[] = [
      ['duplicate key', (it) => it.replace('\n7\trow 7\n', '\n8\trow 7\n'), /^failed: could not be restored.*could not create unique index/u],
      [
        'the value of a sequence',
        (it) => it.replace(/SELECT pg_catalog\.setval.*\n/u, ''),
        /^failed: after the restore, has the value "1 unused" of the sequence "public\.q", expected none/u,
      ],
      ['invalid statement', (it) => it.replace('CREATE TABLE', 'CREATE TALBE'), /^failed: could not be restored.*syntax error/u],
      [
        'missing extension',
        (it) => it.replace('CREATE TABLE', 'CREATE EXTENSION nowhere;\nCREATE TABLE'),
        /^inconclusive: cannot be restored here: an extension is not installed/u,
      ],
      [
        'missing role',
        (it) => it.replaceAll('OWNER TO boss', 'OWNER TO nobody'),
        /^inconclusive: cannot be restored here: the set has no object with the roles/u,
      ],
      ['missing locale', (it) => it.replace(/LOCALE = '[^']*'/u, "LOCALE = 'xx_XX.UTF-8'"), /^inconclusive: cannot be restored here: a locale/u],
    ]
    for (const [name, change, expected] of cases) {
      make()
      mutate(place, 'pg/shop.sql', change)
      forgetFacts(place)
      const { status, ends } = drill(place)
      assert.match(ends['pg/shop.sql'] ?? '', expected, name)
      assert.equal(status, expected.source.startsWith('^failed') ? 1 : 3, name)
    }
    make()
    writeFileSync(join(place.newestSet(), 'pg/shop.sql'), 'x')
    assert.match(drill(place).ends['pg/shop.sql'] ?? '', /^failed: /u)
  })

  it('finds a damaged index', { skip: noPostgresql }, (t) => {
    const place = openPlace(t)
    const { sql, connect } = startPostgresql(place)
    sql('postgres', 'create database shop')
    sql('shop', 'create table t (n int primary key, s text); create index by_s on t (s); insert into t values (1, 2)')
    place.configure(`{ pg: { postgresql: { databases: [shop], globals: none, ${connect}, opts: [--no-owner] }, compress: none } }`)
    assert.equal(place.run('-q', 'run').status, 0)
    const ready = (is: boolean) => `UPDATE pg_catalog.pg_index SET indisready = ${is} WHERE indexrelid = 'public.by_s'::regclass;\n`
    const [path = ''] = place.manifest().objects.map((it) => it.path)
    mutate(place, path, (it) =>
      it.replace(/CREATE INDEX by_s .*\n/u, (created) => `${created}${ready(false)}INSERT INTO public.t VALUES (3, 4);\n${ready(true)}`),
    )
    forgetFacts(place)
    assert.match(
      drill(place).ends[path] ?? '',
      /^failed: .*has a damaged index: heap tuple .* from table "t" lacks matching index tuple within index "by_s"/u,
    )
    const { ends, result } = drill(place, '--level', 'sample')
    assert.doesNotMatch(ends[path] ?? '', /damaged index/u)
    assert.ok(result.objects[0]?.notAsked.includes('structure of B-tree indexes: only at level full'))
  })

  it('is inconclusive without a key, and without room', (t) => {
    const place = openPlace(t)
    place.shell('mkdir data small; echo x >data/a; echo secret >pass; mount -t tmpfs -o size=1m none small')
    place.atEnd(() => place.shell('umount small'))
    place.configure(
      `{ locked: { files: { paths: [${place.folder}/data] }, encrypt: main } }`,
      `keys: { main: { passphrase: "\${file:${place.folder}/pass}" } }`,
    )
    assert.equal(place.run('-q', 'run').status, 0)
    assert.equal(drill(place).ends['locked.tar.zst.gpg'], 'proven')
    const { stdout } = place.run('drill', 'nightly', '--json', '--folder', `${place.folder}/small`)
    assert.match(stdout, /"end":"inconclusive".*not enough space in/u)
    place.shell('rm pass')
    const without = drill(place)
    assert.match(without.ends['locked.tar.zst.gpg'] ?? '', /^inconclusive: cannot be restored here: could not read the secret/u)
    assert.equal(without.status, 3)
  })

  it('does not prove a set without an object that failed, and reports its doubts', { skip: lacks('python3') }, (t) => {
    const place = openPlace(t)
    // Its devices, their hard links and paths that are too long are not restored, which does not make the rest unproven.
    place.shell('mkdir data; echo x >data/a; touch -d 2037-01-01 data/a; mknod data/null c 1 3; ln data/null data/null2')
    nestFolders(join(place.folder, 'data/nested'), 25)
    place.configure(`{ data: { files: { paths: [${place.folder}/data] } }, bad: { exec: { argv: ["false"] } } }, on-object-failure: keep`)
    assert.equal(place.run('-q', 'run').status, 4)
    const file = join(place.newestSet(), 'manifest.json')
    const { failed, objects, ...manifest } = place.manifest()
    forgetRecords(place.newestSet(), join(place.folder, 'state'))
    const changed = { ...manifest, suspicious: ['object "data.tar.zst": size'], failed, objects }
    writeFileSync(file, `${JSON.stringify(changed, undefined, 2)}\n`)
    const { status, result, ends, stderr } = drill(place)
    assert.deepEqual(ends, { 'data.tar.zst': 'proven', 'bad.zst': 'failed: is missing: it could not be made' })
    assert.deepEqual([status, result.end, result.warnings], [1, 'failed', ['suspicious: object "data.tar.zst": size']])
    const [{ notAsked = [] } = {}] = result.objects
    assert.match(
      notAsked.join('\n'),
      /^contents before compression: .*\nowners, .* and devices after the restore\n\d+ members with paths of more than 4095 bytes, which tar cannot create$/u,
    )
    assert.match(stderr, /warning: .*suspicious: object "data.tar.zst": size/u)
  })

  it('a hostile dump reaches nothing outside', { skip: noPostgresql }, (t) => {
    const place = openPlace(t)
    const { sql, connect } = startPostgresql(place)
    sql('postgres', 'create database shop')
    sql('shop', 'create table t (n int)')
    place.configure(`{ pg: { postgresql: { databases: [shop], ${connect} }, compress: none } }`)
    assert.equal(place.run('-q', 'run').status, 0)
    place.shell('chmod 755 .; mkdir open; chmod 777 open; echo canary >open/secret; chmod 644 open/secret')
    const here = place.folder
    // What each attempt leaves is only seen outside.
    const attempts = `\\! touch ${here}/open/by-client; cat ${here}/open/secret >&2
CREATE TABLE public.said (s text);
COPY public.said FROM PROGRAM 'touch ${here}/open/by-server; id -u; ls ${here}/open 2>&1 | head -1; ls /root /home 2>&1 | head -3; cat /etc/shadow 2>&1; true';
COPY public.said TO PROGRAM 'psql -h ${here}/pg -U boss -d postgres -c "create table hacked (n int)"; cat >/usr/bin/evil; cat >/drill.sh; true';
\\! kill -KILL -1
`
    mutate(place, 'pg/shop.sql', (it) => unrestricted(it).replace('CREATE TABLE', `${attempts}CREATE TABLE`))
    forgetFacts(place)
    const { result } = drill(place)
    assert.deepEqual(
      result.objects.map(({ path, end }) => [path, end]),
      [
        ['pg/globals.sql', 'proven'],
        ['pg/shop.sql', 'inconclusive'],
      ],
    )
    assert.match(result.objects[1]?.reasons.join() ?? '', /^cannot be restored here: /u)
    assert.deepEqual(readdirSync(join(here, 'open')), ['secret'])
    assert.equal(existsSync('/usr/bin/evil'), false)
    assert.equal(sql('postgres', "select count(*) from pg_class where relname = 'hacked'"), '0\n')
    assert.doesNotMatch(JSON.stringify(result), /canary|root:/u)
  })

  it('limits the processes and the memory of a hostile dump', { skip: noPostgresql }, (t) => {
    const place = openPlace(t)
    const { sql, connect } = startPostgresql(place)
    sql('postgres', 'create database shop')
    sql('shop', 'create table t (n int)')
    place.configure(`{ pg: { postgresql: { databases: [shop], ${connect} }, compress: none } }`)
    assert.equal(place.run('-q', 'run').status, 0)
    const limits = `CREATE TABLE public.said (s text);
COPY public.said FROM PROGRAM 'ulimit -p; ulimit -d';
DO $$ BEGIN RAISE EXCEPTION 'limits %', (SELECT string_agg(s, ' ') FROM public.said); END $$;
`
    mutate(place, 'pg/shop.sql', (it) => it.replace('CREATE TABLE', () => `${limits}CREATE TABLE`))
    forgetFacts(place)
    const [, processes, memory] = /limits (\d+) (\d+)/u.exec(drill(place).ends['pg/shop.sql'] ?? '') ?? []
    assert.equal(processes, '512')
    assert.ok(Number(memory) >= 1024 * 1024)
  })

  it('is inconclusive, with the cause, if the server ends while it loads a dump', {
    skip: noPostgresql || noMariadb || leftOut('server ends'),
  }, async (t) => {
    const place = openPlace(t)
    const pg = startPostgresql(place)
    pg.sql('postgres', 'create database shop')
    pg.sql('shop', 'create table t (n int)')
    const my = await startMariadb(place)
    my.sql('', 'create database shop')
    my.sql('shop', 'create table t (n int)')
    place.configure(
      `{ pg: { postgresql: { databases: [shop], ${pg.connect} }, compress: none }, my: { mariadb: { databases: [shop], ${my.connect} }, compress: none } }`,
    )
    assert.equal(place.run('-q', 'run').status, 0)
    const killed = "CREATE TABLE public.x (s text); COPY public.x FROM PROGRAM 'kill -SEGV $PPID; sleep 9';\n"
    mutate(place, 'pg/shop.sql', (it) => it.replace('CREATE TABLE', () => `${killed}CREATE TABLE`))
    mutate(place, 'my.sql', (it) => it.replace('CREATE TABLE', 'SHUTDOWN; SELECT SLEEP(30); CREATE TABLE'))
    forgetFacts(place)
    const { status, ends } = drill(place)
    assert.match(ends['pg/shop.sql'] ?? '', /^inconclusive: .*the server was ended: .*was terminated by signal 11/u)
    assert.match(ends['my.sql'] ?? '', /^inconclusive: .*the server was ended: /u)
    assert.equal(status, 3)
  })
})
