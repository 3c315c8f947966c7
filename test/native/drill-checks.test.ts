import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { DrillResult } from '../../src/backup/drill/drill-result.ts'
import { requires } from '../support/requires.ts'
import { openPlace, type Place } from './place.ts'
import { noMariadb, noPostgresql, startMariadb, startPostgresql } from './servers.ts'

const noDrill = requires('root', 'unshare', 'mkfs.ext4', 'sqlite3', 'zstd')

/** Adds a task that drills with these checks. */
function configure(place: Place, objects: string, checks: readonly string[]): void {
  place.configure(objects)
  const file = join(place.folder, 'holdfast.yaml')
  const step = `{ from: local, name: nightly, checks: [${checks.join(', ')}] }`
  writeFileSync(file, `${readFileSync(file, 'utf8')}  prove:\n    steps:\n      - drill: ${step}\n`)
}

function drill(place: Place, ...args: readonly string[]) {
  const { status, stdout, stderr } = place.run('drill', 'nightly', 'latest', '--json', '--folder', place.folder, ...args)
  assert.notEqual(stdout, '', stderr)
  const { end, objects } = JSON.parse(stdout) as DrillResult
  return { status, end, reasons: objects.flatMap(({ reasons }) => reasons), asked: objects.flatMap(({ asked }) => asked), objects }
}

describe('checks of a drill', { skip: noDrill }, () => {
  it('ask files and an SQLite database, and compare the answers', (t) => {
    const place = openPlace(t)
    place.shell(`mkdir data; echo canary >data/a; sqlite3 app.db "create table t(a); insert into t values(1),(2)"`)
    const path = place.folder.slice(1)
    const objects = `{ app: { sqlite: { path: ${place.folder}/app.db } }, data: { files: { paths: [${place.folder}/data] } } }`
    configure(place, objects, [
      '{ object: app, sql: "select count(*) from t", expect: ">= 2" }',
      `{ object: data.tar, run: [cat, ${path}/data/a], expect: canary }`,
      `{ object: data, name: it is there, run: [test, -s, ${path}/data/a] }`,
    ])
    assert.equal(place.run('-q', 'run', 'nightly').status, 0)
    const good = drill(place)
    assert.deepEqual([good.status, good.reasons], [0, []])
    for (const name of ['select count(*) from t', `cat ${path}/data/a`.slice(0, 60), 'it is there'])
      assert.ok(good.asked.includes(`check "${name}"`), name)
    assert.ok(drill(place, '--level', 'structure').objects.some(({ notAsked }) => notAsked.includes('check "it is there"')))
    const asStep = place.run('-q', 'run', 'prove')
    assert.deepEqual([asStep.status, asStep.stderr], [0, ''])
  })

  it('are about one object of the set', (t) => {
    const place = openPlace(t)
    place.shell(`sqlite3 app.db "create table t(a); insert into t values(1)"`)
    const app = `app: { sqlite: { path: ${place.folder}/app.db } }`
    const check = '{ object: app, sql: "select count(*) from t", expect: "1" }'
    configure(place, `{ ${app}, old: { exec: [echo, x], path: app.old.txt, compress: none } }`, [check])
    assert.equal(place.run('-q', 'run', 'nightly').status, 0)
    const { objects } = drill(place)
    const asked = objects.filter((it) => it.asked.includes('check "select count(*) from t"')).map(({ path }) => path)
    assert.deepEqual(asked, ['app.db.zst'])
    configure(place, `{ ${app}, dump: { exec: [echo, x], path: app.sql, compress: none } }`, [check])
    assert.equal(place.run('-q', 'run', 'nightly').status, 0)
    const { end, reasons } = drill(place)
    const reason = 'can be any of "app.db.zst", "app.sql": the check "select count(*) from t" must name one of them'
    assert.deepEqual([end, reasons.includes(reason)], ['failed', true], reasons.join())
  })

  it('fail a drill that is proven otherwise, or make it inconclusive', (t) => {
    const place = openPlace(t)
    place.shell(`mkdir data; echo canary >data/a; sqlite3 app.db "create table t(a); insert into t values(1),(2)"`)
    const objects = `{ app: { sqlite: { path: ${place.folder}/app.db } }, data: { files: { paths: [${place.folder}/data] } } }`
    const cases: readonly (readonly [check: string, end: string, reason: RegExp])[] = [
      [
        '{ object: app.db, sql: "select count(*) from t", expect: "> 2" }',
        'failed',
        /fails the check "select count\(\*\) from t": answered "2", expected "> 2"/u,
      ],
      ['{ object: app.db, sql: "select a from t where a > 5" }', 'failed', /returned nothing/u],
      ['{ object: app.db, sql: "insert into t values (3)" }', 'failed', /exit code \d+: .*readonly/u],
      ['{ object: app.db, sql: "select 1", expect: "~ ^[02]$" }', 'failed', /answered "1"/u],
      ['{ object: data.tar, run: [sh, -c, "echo no >&2; exit 7"] }', 'failed', /exit code 7: no/u],
      ['{ object: data.tar, run: [not-a-program] }', 'inconclusive', /could not be run/u],
      ['{ object: data.tar, run: [sleep, "60"], timeout: 1s }', 'inconclusive', /took longer than 1 s/u],
      ['{ object: data.tar, run: [sh, -c, "cat /etc/shadow /root/* /srv/* 2>&1 | head -c 100; id -u"], expect: "0" }', 'failed', /expected "0"/u],
      ['{ object: other.sql, sql: "select 1" }', 'failed', /is not in the set, but the check "select 1" is about it/u],
    ]
    configure(place, objects, [])
    assert.equal(place.run('-q', 'run', 'nightly').status, 0)
    for (const [check, end, reason] of cases) {
      configure(place, objects, [check])
      const found = drill(place)
      assert.equal(found.end, end, check)
      assert.match(found.reasons.join(), reason, check)
    }
    configure(place, objects, ['{ object: app.db, sql: "select 2", expect: "1" }'])
    assert.equal(place.run('-q', 'run', 'prove').status, 1)
  })

  it('ask databases, in transactions that can only read', { skip: noPostgresql || noMariadb }, async (t) => {
    const place = openPlace(t)
    const pg = startPostgresql(place)
    pg.sql('postgres', 'create database shop')
    pg.sql('shop', 'create table orders (n int); insert into orders select generate_series(1, 50)')
    const my = await startMariadb(place)
    my.sql('', 'create database shop')
    my.sql('shop', 'create table orders (n int); insert into orders select seq from seq_1_to_40')
    const objects = `{ pg: { postgresql: { databases: [shop], ${pg.connect} } }, my: { mariadb: { databases: [shop], ${my.connect} } } }`
    configure(place, objects, [
      '{ object: pg/shop.sql, sql: "select count(*), max(n) from orders", expect: "50|50" }',
      '{ object: pg/shop.sql, database: shop, sql: "select 1", expect: "1" }',
      `{ object: pg/shop.sql, run: [psql, -XAtc, "select current_database()"], expect: shop }`,
      '{ object: my.sql, sql: "select count(*) from orders", expect: ">= 40" }',
      '{ object: my.sql, database: shop, sql: "select max(n) from orders", expect: "< 41" }',
    ])
    assert.equal(place.run('-q', 'run', 'nightly').status, 0)
    const good = drill(place)
    assert.deepEqual([good.status, good.reasons], [0, []])
    configure(place, objects, [
      '{ object: pg/shop.sql, sql: "delete from orders" }',
      '{ object: my.sql, sql: "delete from orders" }',
      `{ object: my.sql, sql: "select 'café'", expect: "café" }`,
    ])
    const bad = drill(place)
    assert.equal(bad.end, 'failed')
    assert.match(bad.reasons.join('\n'), /cannot execute DELETE in a read-only transaction.*READ ONLY transaction/su)
    assert.equal(bad.reasons.length, 2)
  })

  it('share the memory of the drill, which ends if all processes together need more', (t) => {
    const place = openPlace(t)
    place.shell('mkdir data; echo canary >data/a')
    // tail(1) keeps what nobody reads.
    const hungry = 'for i in 1 2 3; do head -c 200000000 /dev/zero | tail -c 190000000 | sleep 30 & done; sleep 30'
    configure(place, `{ data: { files: { paths: [${place.folder}/data] } } }`, [`{ object: data, run: [sh, -c, "${hungry}"] }`])
    const file = join(place.folder, 'holdfast.yaml')
    writeFileSync(file, readFileSync(file, 'utf8').replace('name: nightly, checks', `name: nightly, folder: ${place.folder}, memory: 300MiB, checks`))
    assert.equal(place.run('-q', 'run', 'nightly').status, 0)
    const { status, stderr } = place.run('run', 'prove')
    assert.match(stderr, /inconclusive: "data.tar.zst" cannot be restored here: a temporary folder needs more memory than a drill may use/u)
    assert.equal(status, 0)
  })

  it('are refused if they are neither a statement nor a command', (t) => {
    const place = openPlace(t)
    for (const [check, message] of [
      ['{ object: a }', 'needs either "sql" or "run"'],
      ['{ object: a, sql: x, run: [y] }', 'needs either "sql" or "run"'],
      ['{ object: a, run: [y], database: z }', 'has a "database", but no "sql"'],
      ['{ object: a, sql: x, expect: "~ (" }', 'invalid pattern'],
    ]) {
      configure(place, '{ a: { exec: [echo, a] } }', [check ?? ''])
      const { status, stdout, stderr } = place.run('config', 'check')
      assert.equal(status === 0, false)
      assert.ok((stdout + stderr).includes(message ?? ''), stdout + stderr)
    }
  })
})
