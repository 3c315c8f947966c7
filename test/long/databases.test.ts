import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keepChapter } from '../native/database-matrix.ts'
import { openPlace, type Place } from '../native/place.ts'
import { noMariadb, noPostgresql, startMariadb, startPostgresql } from '../native/servers.ts'
import { freePort } from '../support/free-port.ts'
import { onlyWhenLong } from './only-when-long.ts'

/** Each of these ways, each with each of the others. */
interface Ways {
  readonly logins: readonly string[]
  readonly connections: readonly string[]
  readonly databases: readonly string[]
  readonly filters: readonly string[]
}

const FILTERS = ['compress: none', 'compress: gzip', 'compress: zstd', 'compress: xz']

/** Every combination has to write the same dump, which `verify --deep` compares with what its database wrote. */
function tryAll(place: Place, source: string, { logins, connections, databases, filters }: Ways): number {
  const all = logins.flatMap((login) =>
    connections.flatMap((connection) => databases.flatMap((list) => filters.map((filter) => ({ login, connection, list, filter })))),
  )
  const schemas = new Map<string, string>()
  for (const { login, connection, list, filter } of all) {
    const object = `{ db: { ${source}: { databases: ${list}, ${connection}, ${login} }, ${filter} } }`
    place.configure(object)
    assert.deepEqual(place.run('-q', 'run', '--strict'), { status: 0, stdout: '', stderr: '' }, object)
    assert.deepEqual(place.run('-q', 'verify', '--deep', '--strict'), { status: 0, stdout: '', stderr: '' }, object)
    const facts = JSON.stringify(place.manifest().objects.map(({ dump }) => [dump?.schema, dump?.created, dump?.rows]))
    assert.equal(schemas.get(list) ?? facts, facts, object)
    schemas.set(list, facts)
  }
  return all.length
}

describe('databases: all combinations', { skip: onlyWhenLong() || noPostgresql || noMariadb }, () => {
  it('of logins, connections, databases and compressors', async (t) => {
    const place = openPlace(t)
    const port = await freePort()
    const pg = startPostgresql(place, 'pg', { port, settings: '' })
    pg.sql('postgres', "create role backup login password 'PASSWORD'; grant pg_read_all_data to backup")
    for (const name of ['shop', 'a/b']) {
      pg.sql('postgres', `create database "${name}"`)
      pg.sql(
        name,
        'create table t (n int, s text); insert into t select n, md5(n::text) from generate_series(1, 500) n; create view v as select n from t',
      )
    }
    const postgresql = tryAll(place, 'postgresql', {
      logins: [`user: boss, password: "\${file:${place.folder}/pg.pass}"`, 'user: backup, password: PASSWORD'],
      connections: [`host: ${place.folder}/pg, port: ${port}`, `host: 127.0.0.1, port: ${port}`, `opts: [-h, localhost, --port=${port}]`],
      databases: ['[shop]', '["a/b", shop]', 'all'],
      filters: FILTERS,
    })
    const other = await freePort()
    const maria = await startMariadb(place, 'db', ['--bind-address=127.0.0.1', `--port=${other}`])
    maria.sql('', "create user backup@localhost identified by 'PASSWORD'")
    maria.sql('', 'grant select, show view, trigger, event, show databases, process, reload, lock tables on *.* to backup@localhost')
    for (const name of ['shop', 'a/b'])
      maria.sql(
        '',
        `create database \`${name}\`; use \`${name}\`; create table t (n int, s text); insert into t select seq, md5(seq) from seq_1_to_500; create view v as select n from t`,
      )
    const mariadb = tryAll(place, 'mariadb', {
      logins: [`user: clerk, password: "\${file:${place.folder}/db.pass}"`, 'user: backup, password: PASSWORD'],
      connections: [
        `host: ${place.folder}/db/socket`,
        `host: localhost, port: ${other}, opts: [--protocol=tcp]`,
        `opts: [-h, 127.0.0.1, -P${other}]`,
        `opts: [--socket=${place.folder}/db/socket]`,
      ],
      databases: ['[shop]', '["a/b", shop]'],
      filters: FILTERS,
    })
    keepChapter('All combinations', [
      '| server | combinations | equal dumps |',
      '| --- | --: | --: |',
      `| PostgreSQL | ${postgresql} | ${postgresql} |`,
      `| MariaDB | ${mariadb} | ${mariadb} |`,
    ])
  })
})
