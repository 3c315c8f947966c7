import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { lacks, openPlace, type Place } from './place.ts'
import { noPostgresql, startPostgresql } from './servers.ts'

const names = ({ folder }: Place) => readdirSync(join(folder, 'root/nightly')).filter((name) => name.startsWith('2'))

function runSeven(place: Place): void {
  for (let count = 0; count < 7; count++) {
    const { status, stderr } = place.run('-q', 'run', '--strict')
    assert.deepEqual([status, stderr], [0, ''])
  }
}

describe('a set that departs from its history', () => {
  it('is suspicious by rows of one table, and by its compression', { skip: noPostgresql || lacks('zstd') }, (t) => {
    const place = openPlace(t)
    const { sql, connect } = startPostgresql(place)
    sql('postgres', 'create database shop')
    sql('shop', 'create table orders (n int); insert into orders select generate_series(1, 500); create table texts (n int, t text)')
    sql('shop', "insert into texts select n, repeat('the same text ', 10) from generate_series(1, 3000) n")
    place.configure(`{ pg: { postgresql: { databases: [shop], globals: none, ${connect} } } }, keep: { last: 2 }`)
    runSeven(place)
    assert.equal(names(place).length, 2)
    sql('shop', 'delete from orders')
    const first = place.run('run', '--strict')
    assert.equal(first.status, 3)
    assert.match(first.stderr, /the new set is suspicious: object "pg\/shop.sql.zst": rows of "public.orders": 0, usually 500$/mu)
    assert.match(first.stderr, /no old sets were removed .* is suspicious/u)
    assert.deepEqual(place.manifest().suspicious, ['object "pg/shop.sql.zst": rows of "public.orders": 0, usually 500'])
    // It is not part of the history until it is accepted.
    assert.match(place.run('run').stderr, /suspicious: .*rows of "public.orders": 0/u)
    assert.equal(names(place).length, 4)
    sql(
      'shop',
      "insert into orders select generate_series(1, 500); update texts set t = translate(encode(sha512((n || 'x')::bytea), 'base64'), E'\\n', '')",
    )
    assert.match(place.run('run').stderr, /suspicious: object "pg\/shop.sql.zst": size after compression: \d\d %, usually \d %/u)
    assert.equal(place.run('accept').status, 0)
    assert.equal(place.run('-q', 'run', '--strict').status, 0)
    assert.equal(names(place).length, 2)
  })

  it('is compared with the last set, if its numbers are too small for a history', { skip: lacks('zstd', 'tar') }, (t) => {
    const place = openPlace(t)
    place.configure(`{ data: { files: { paths: [${place.folder}/data] } } }, keep: { last: 9 }`)
    place.shell('mkdir data; for i in 1 2 3 4 5 6; do echo x >data/$i; done')
    runSeven(place)
    place.shell('rm data/[1-5]')
    assert.match(place.run('run').stderr, /the new set is suspicious: object "data.tar.zst": number of entries: 2, 7 in the last set/u)
  })

  it('is compared by its size, also if it is the output of a command', { skip: lacks('zstd') }, (t) => {
    const place = openPlace(t)
    place.configure('{ o: { exec: [cat, data] } }, keep: { last: 2 }')
    place.shell('head -c 50000 /dev/urandom >data')
    runSeven(place)
    place.shell('truncate -s 40000 data')
    const less = place.run('run')
    assert.match(less.stderr, /object "o.zst": size: 39 KiB, usually 49 KiB/u)
    assert.doesNotMatch(less.stderr, /suspicious/u)
    place.shell('truncate -s 20000 data')
    assert.match(place.run('run').stderr, /the new set is suspicious: object "o.zst": size: 20 KiB, usually 39 KiB to 49 KiB/u)
  })
})
