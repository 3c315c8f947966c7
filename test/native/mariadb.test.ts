import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { guideBlocks } from '../support/guide.ts'
import { assertSameText } from '../support/same-text.ts'
import { openPlace } from './place.ts'
import { noMariadb, startMariadb } from './servers.ts'

describe('mariadb', { skip: noMariadb }, () => {
  it('a dump of all databases is restored to a fresh server with the guide', async (t) => {
    const place = openPlace(t)
    const server = await startMariadb(place)
    server.script('fill-mariadb.sql')
    place.configure(`{ all: { mariadb: { databases: all, ${server.connect} } } }`)
    const { status, stdout, stderr } = place.run('-v', 'run')
    assert.equal(status, 0, stderr)
    assert.doesNotMatch(stdout + stderr, /CAN"ARY/u)
    assert.match(String(place.manifest().objects[0]?.facts?.['server-version']), /MariaDB/u)
    const fresh = await startMariadb(place, 'fresh')
    const guide = readFileSync(join(place.newestSet(), 'RESTORE.md'), 'utf8')
    const script = [...guideBlocks(guide), ...guideBlocks(guide, 'sh needs-server')].join('\n')
    place.guided(script, { ...fresh.environment, DEST: join(place.folder, 'dest') })
    assertSameText(fresh.script('portray-mariadb.sql'), server.script('portray-mariadb.sql'))
  })

  it('a dump of some databases is restored with their routines, without affecting others', async (t) => {
    const place = openPlace(t)
    const { sql, connect, environment } = await startMariadb(place)
    sql('', 'create database shop; use shop; create table t (n int); insert into t select seq from seq_1_to_1000; create database kept;')
    sql('', "create database `-odd`; create table `-odd`.u (b blob); insert into `-odd`.u values (x'00ff0a');")
    sql('', 'create function shop.twice(n int) returns int deterministic return n * 2;')
    place.configure(`{ some: { mariadb: { databases: [shop, -odd], ${connect} } } }`)
    assert.equal(place.run('-q', 'run').status, 0)
    sql('', 'drop database shop; drop database `-odd`; create table kept.since (n int);')
    const guide = readFileSync(join(place.newestSet(), 'RESTORE.md'), 'utf8')
    const script = [...guideBlocks(guide), ...guideBlocks(guide, 'sh needs-server')].join('\n')
    place.guided(script, { ...environment, DEST: join(place.folder, 'dest') })
    assert.equal(sql('', 'select count(*), sum(n), shop.twice(4) from shop.t; select hex(b) from `-odd`.u;'), '1000\t500500\t8\n00FF0A\n')
    assert.equal(sql('', 'show tables from kept'), 'since\n')
  })

  it('a dump of a later version is loaded by a client that does not support its first line', async (t) => {
    const place = openPlace(t)
    const { sql, connect, environment } = await startMariadb(place)
    sql('', 'create database shop; use shop; create table t (n int); insert into t values (42)')
    place.configure(`{ some: { mariadb: { databases: [shop], ${connect} } } }`)
    assert.equal(place.run('-q', 'run').status, 0)
    assert.match(place.shell(`zstd -dc '${place.newestSet()}/some.sql.zst' | head -n 1`), /^\/\*M?!999999\\- enable the sandbox mode/u)
    // As a client before the mode does.
    place.shell(`mkdir bin; cat >bin/mariadb <<'END'
#!/bin/sh
for it; do case $it in
  --help) /usr/bin/mariadb "$@" | grep -v sandbox; exit ;;
  --sandbox) echo "unknown option '--sandbox'" >&2; exit 7 ;;
  --execute*) exec /usr/bin/mariadb "$@" ;;
esac; done
IFS= read -r first
case $first in *'999999\\-'*) echo "ERROR at line 1: Unknown command '\\-'." >&2; exit 1 ;; esac
{ printf '%s\\n' "$first"; cat; } | /usr/bin/mariadb "$@"
END
chmod 755 bin/mariadb`)
    const guide = readFileSync(join(place.newestSet(), 'RESTORE.md'), 'utf8')
    const script = [...guideBlocks(guide), ...guideBlocks(guide, 'sh needs-server')].join('\n')
    for (const [index, path] of [`${place.folder}/bin:/usr/bin:/bin`, '/usr/bin:/bin'].entries()) {
      sql('', 'drop database shop')
      place.guided(script, { ...environment, PATH: path, DEST: join(place.folder, `dest-${index}`) })
      assert.equal(sql('', 'select n from shop.t'), '42\n')
    }
  })

  it('dumps and restores rows that are larger than the default limit of clients', async (t) => {
    const place = openPlace(t)
    const { sql, connect, environment } = await startMariadb(place)
    // Sessions have the value that was set before they began.
    sql('', 'set global max_allowed_packet = 1073741824')
    sql('', "create database large; create table large.t (b longtext); insert into large.t values (repeat('secret', 4200000))")
    place.configure(`{ large: { mariadb: { databases: [large], ${connect} } } }`)
    const { status, stderr } = place.run('-q', 'run')
    assert.deepEqual([status, stderr], [0, ''])
    const guide = readFileSync(join(place.newestSet(), 'RESTORE.md'), 'utf8')
    const script = [...guideBlocks(guide), ...guideBlocks(guide, 'sh needs-server')].join('\n')
    sql('', 'drop database large')
    place.guided(script, { ...environment, DEST: join(place.folder, 'dest') })
    assert.equal(sql('', "select length(b), b = repeat('secret', 4200000) from large.t"), '25200000\t1\n')
    sql('', 'set global max_allowed_packet = 16777216')
    const refused = place.run('restore', 'nightly', 'latest', 'large', '--into', `mariadb://root@/again?socket=${place.folder}/db/socket`)
    assert.equal(refused.status, 1)
    assert.match(refused.stderr, /Server has gone away; the database "again" was not created \(.*"max_allowed_packet" of the server/u)
    assert.doesNotMatch(refused.stderr, /secretsecret/u, 'rows do not appear in errors')
  })

  it('says what to do about a view that is invalid', async (t) => {
    const place = openPlace(t)
    const { sql, connect } = await startMariadb(place)
    sql('', 'create database shop; create table shop.t (a int); create view shop.v as select a from shop.t; drop table shop.t')
    place.configure(`{ shop: { mariadb: { databases: [shop], ${connect} } } }`)
    const { status, stderr } = place.run('run')
    assert.equal(status, 1)
    assert.match(stderr, /View 'shop\.v' references invalid table[\s\S]*hint: .*"--ignore-table=DATABASE\.VIEW"/u)
    place.configure(`{ shop: { mariadb: { databases: [shop], opts: ["--ignore-table=shop.v"], ${connect} } } }`)
    assert.equal(place.run('-q', 'run').status, 0)
  })

  it("fails with the program's output if there is no server", (t) => {
    const place = openPlace(t)
    place.configure(`{ x: { mariadb: { databases: [shop], host: ${place.folder}/none } } }`)
    const { status, stderr } = place.run('run')
    assert.equal(status, 1)
    assert.match(stderr, /Can't connect to local/u)
  })
})
