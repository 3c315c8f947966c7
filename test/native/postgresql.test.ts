import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { describe, it } from 'node:test'
import { lacks, openPlace, type Place } from './place.ts'

const bin = globSync('/usr/lib/postgresql/*/bin/pg_ctl')
  .map((it) => it.slice(0, -'/pg_ctl'.length))
  .at(-1)
const skip =
  bin === undefined ? 'no server of PostgreSQL installed' : process.getuid?.() !== 0 ? 'needs root' : lacks('pg_dump', 'psql', 'runuser', 'zstd')
const PASSWORD = String.raw`CAN:ARY\ "x"`

/** A cluster of its own, with passwords asked for, reached by a socket in the place. */
function startCluster(place: Place): (script: string) => string {
  const asServer = (script: string) => place.shell(`runuser -u postgres -- ${script}`)
  place.shell(`chmod 711 .; mkdir pg; printf '%s\\n' '${PASSWORD}' > pass; chmod 644 pass; chown postgres pg`)
  asServer(`${bin}/initdb -D pg/data -U boss --auth=scram-sha-256 --pwfile=pass >/dev/null`)
  place.atEnd(() => asServer(`${bin}/pg_ctl -D pg/data -m immediate stop >/dev/null`))
  asServer(
    `${bin}/pg_ctl -D pg/data -w -o "-c listen_addresses= -c unix_socket_directories=${place.folder}/pg -c fsync=off" -l pg/log start >/dev/null`,
  )
  return (script) => place.shell(`export PGPASSWORD="$(cat pass)" PGHOST=${place.folder}/pg PGUSER=boss; ${script}`)
}

describe('postgresql', { skip }, () => {
  it('dumps each database, or all, with its password in no argument, and they come back', (t) => {
    const place = openPlace(t)
    const client = startCluster(place)
    client(`psql -q -d postgres -c 'create role clerk' -c 'create database "x=y"' -c 'create database shop'`)
    client(`psql -q -d shop -c 'create table t as select generate_series(1, 1000) as n; alter table t owner to clerk'`)
    const connect = `host: ${place.folder}/pg, user: boss, password: "\${file:${place.folder}/pass}"`
    place.configure(
      `{ some: { postgresql: { databases: [shop, "x=y"], ${connect} } }, all: { postgresql: { databases: all, ${connect} }, compress: none } }`,
    )
    const { status, stdout, stderr } = place.run('-v', 'run')
    assert.equal(status, 0, stderr)
    assert.doesNotMatch(stdout + stderr, /CAN:ARY/u)
    const { objects } = place.manifest()
    assert.deepEqual(objects.map((it) => it.path).toSorted(), ['all.sql', 'some/globals.sql.zst', 'some/shop.sql.zst', 'some/x=y.sql.zst'])
    for (const { facts } of objects) assert.match(String(facts?.['server-version']), /^\d+/u)

    client(`psql -q -d postgres -c 'drop database shop' -c 'drop role clerk'`)
    const set = place.newestSet()
    client(`zstd -dc '${set}/some/globals.sql.zst' | psql -q -d postgres >/dev/null 2>&1`)
    client(`zstd -dc '${set}/some/shop.sql.zst' | psql -q -v ON_ERROR_STOP=1 -d postgres >/dev/null`)
    assert.equal(
      client(`psql -At -d shop -c 'select count(*), sum(n) from t' -c "select tableowner from pg_tables where tablename = 't'"`),
      '1000|500500\nclerk\n',
    )
    assert.match(client(`grep -c 'COPY public.t' '${set}/all.sql'`), /^1$/mu)
  })

  it('fails, with what the program said, where there is no server', (t) => {
    const place = openPlace(t)
    place.configure(`{ x: { postgresql: { databases: [shop], host: ${place.folder} } } }`)
    const { status, stderr } = place.run('run')
    assert.equal(status, 1)
    assert.match(stderr, /connection to server on socket/u)
  })
})
