import assert from 'node:assert/strict'
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { lacks, openPlace } from './place.ts'
import { noPostgresql, startPostgresql } from './servers.ts'

function configure(folder: string, server = 'user: nobody'): void {
  writeFileSync(
    join(folder, 'holdfast.yaml'),
    `version: 1
file-sets:
  full: { archives: { basename: data, folder: ${folder}/out/0, level-1-folder: ${folder}/out/1, digest: true, names: { archive: "{basename}-{date:%Y%m%d_%H%M%S}-{level}.{ext}" } } }
  changes: { archives: { basename: data, folder: ${folder}/out/0, level-1-folder: ${folder}/out/1, level: 1 } }
  dumps: { dumps: { basename: db, folder: ${folder}/out/db, databases: all, exclude: ["template*", postgres], digest: true, ${server} } }
tasks:
  full:
    steps:
      - ticket: { change: set, folder: ${folder}/tickets }
      - archive: { files: full, source: ${folder}/data, exclude: ["*.log"] }
        name: all of it
      - expire: [{ files: full, max-files: 1 }]
      - copy-files: { files: [full], periods: { always: { folder: ${folder}/vault, when: "* * * * *" }, never: { folder: ${folder}/never, when: 0 0 30 2 0#5 } } }
      - sync: { source: ${folder}/out/, target: ${folder}/mirror }
      - test-files: { files: [full] }
      - ticket: { change: unset, folder: ${folder}/tickets }
  changes:
    steps:
      - archive: { files: changes, source: ${folder}/data, exclude: ["*.log"] }
  dumps:
    steps:
      - dump: { files: dumps }
      - test-files: { files: [dumps] }
      - disk-usage: {}
  tried:
    steps:
      - archive: { files: full, source: ${folder}/data }
        dry: true
      - exec: { shell: "touch ${folder}/touched" }
        dry: true
  tested:
    steps:
      - test-files: { files: [full] }
        on-failure: continue
      - exec: { shell: "touch ${folder}/touched" }
`,
  )
}

describe('steps about files', () => {
  it('make, copy, test and expire archives, from a native configuration', { skip: lacks('tar', 'gzip', 'rsync') }, (t) => {
    const place = openPlace(t)
    const { folder } = place
    configure(folder)
    place.shell('mkdir data; echo one >data/one; echo two >data/two.log')
    const first = place.run('run', 'full')
    assert.equal(first.status, 0, first.stderr)
    const [archive = ''] = readdirSync(join(folder, 'out/0')).filter((it) => it.endsWith('.tar.gz'))
    assert.match(archive, /^data-\d{8}_\d{6}-0\.tar\.gz$/u)
    for (const it of ['out/0', 'vault', 'mirror/0']) assert.equal(readdirSync(join(folder, it)).length, 3, it)
    assert.deepEqual(readdirSync(join(folder, 'tickets')), [])
    assert.throws(() => readdirSync(join(folder, 'never')))
    place.shell('echo three >data/three')
    assert.equal(place.run('run', 'changes').status, 0)
    const [changes = ''] = readdirSync(join(folder, 'out/1')).filter((it) => it.endsWith('.tar.gz'))
    assert.equal(place.shell(`tar -tzf out/1/${changes}`), 'three\n')
    const tried = place.run('run', 'tried')
    assert.equal(tried.status, 0)
    assert.match(tried.stderr, /would make ".*": 3 files/u)
    assert.throws(() => readFileSync(join(folder, 'touched')))
    truncateSync(join(folder, 'out/0', archive), 50)
    const tested = place.run('run', 'tested')
    assert.equal(tested.status, 1)
    assert.match(tested.stderr, /does not match the digest/u)
    assert.ok(place.shell('ls').includes('touched'), 'the next step came')
  })

  it('dump databases, which can be restored', { skip: noPostgresql || lacks('pg_restore') }, (t) => {
    const place = openPlace(t)
    const pg = startPostgresql(place)
    configure(place.folder, pg.connect)
    for (const it of ['shop', 'copy']) pg.sql('postgres', `create database "${it}"`)
    pg.sql('shop', "create table t as select 'x' as s")
    const { status, stderr } = place.run('run', 'dumps')
    assert.equal(status, 0, stderr)
    assert.match(stderr, /Filesystem +Size/u)
    const names = readdirSync(join(place.folder, 'out/db'))
    assert.equal(names.length, 4)
    const dump = names.find((it) => /^db-shop-.*\.pgdump$/u.test(it)) ?? ''
    place.shell(`export PGHOST=${pg.environment['PGHOST']} PGUSER=boss PGPASSWORD="$(cat pg.pass)"; pg_restore --dbname=copy out/db/${dump}`)
    assert.equal(pg.sql('copy', 'select s from t').trim(), 'x')
    assert.equal(place.run('config', 'check').stdout.includes('CANARY'), false)
    assert.doesNotMatch(place.run('config', 'show').stdout, /CAN:ARY/u)
  })
})
