import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { requires } from '../support/requires.ts'
import { lacks, openPlace, type Place } from './place.ts'
import { noPostgresql, type Server, startPostgresql } from './servers.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const skip = noPostgresql || requires('root') || lacks('rsync', 'mount', 'umount', 'pg_restore')

/** What an administrator of KristaBackup has: a ticket for the other hosts, a disk that is there for the backup alone, dumps brought to it, copies by period. */
const configOf = (home: string) => `naming: {server_name: srv1, project: proj, region: 99}
logging: {logs_path: logs, trigger_filepath: trigger}
schedule:
  nightly:
    cron: 40 02 * * *
    actions: [begin, disk, dumps, to_disk, seen, periods, clean_dumps, clean_periods, no_disk, end]
actions:
  begin: {type: set_in_progress_ticket, src_path: share}
  disk: {type: mount, mnt_dev: tmpfs, fs_type: tmpfs, mnt_point: ext}
  dumps:
    type: pgdump
    basename: db
    databases: shop
    host: ${home}/pg
    user: boss
    password: ${'$'}PASSWORD
    dest_path: dumps
    checksum_file: true
  to_disk: {type: rsync, src_path: dumps/, dest_path: ext/dumps}
  seen: {type: command, cmd: 'ls ext/dumps >seen'}
  periods:
    type: move_bkp_period
    action_list: [dumps]
    dest_path: vault
    periods:
      always: {cron: '* * * * *', max_files: 2}
      never: {cron: '0 0 31 2 *', max_files: 2}
  clean_dumps: {type: cleaner, source: dumps, max_files: 3}
  clean_periods: {type: cleaner, source: periods}
  no_disk: {type: umount, mnt_point: ext}
  end: {type: unset_in_progress_ticket, src_path: share}
`

describe('a night of KristaBackup', { skip }, () => {
  const endings: (() => void)[] = []
  let place: Place
  let pg: Server
  let home = ''
  before(() => {
    place = openPlace({ after: (work) => endings.push(work) })
    pg = startPostgresql(place)
    pg.sql('postgres', 'create database shop')
    pg.sql('shop', 'create table t as select n, md5(n::text) as s from generate_series(1, 1000) n')
    home = join(place.folder, 'KristaBackup')
    mkdirSync(home)
    for (const folder of ['ext', 'share']) mkdirSync(join(home, folder))
    symlinkSync(join(checkout, 'KristaBackup.py'), join(home, 'KristaBackup.py'))
    const password = readFileSync(join(place.folder, 'pg.pass'), 'utf8').trim()
    writeFileSync(join(home, 'config.yaml'), configOf(place.folder).replace('$PASSWORD', JSON.stringify(password)))
  })
  after(() => {
    spawnSync('umount', [join(home, 'ext')])
    for (const end of endings) end()
  })

  const run = () => {
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOLDFAST_STATE: join(place.folder, 'state') }
    return spawnSync('/usr/bin/python3', [join(home, 'KristaBackup.py'), 'run', 'nightly'], { cwd: '/', env, encoding: 'utf8' })
  }
  const names = (folder: string) => readdirSync(join(home, folder)).toSorted()
  const isMounted = () => readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${join(home, 'ext')} `)
  const trigger = () => readFileSync(join(home, 'trigger'), 'latin1')

  it('dumps, brings the dump to the disk, copies it by period, and clears up, night after night', () => {
    for (let night = 0; night < 4; night++) {
      const { status, stdout, stderr } = run()
      assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' })
    }
    const dumps = names('dumps')
    assert.equal(dumps.filter((name) => /^db-shop-\d{8}_\d{6}\.pgdump$/u.test(name)).length, 3)
    assert.equal(dumps.filter((name) => /^db-shop-\d{8}_\d{6}\.hash$/u.test(name)).length, 3)
    assert.equal(dumps.length, 6)
    const newest = dumps.findLast((name) => name.endsWith('.pgdump')) ?? ''
    assert.ok(readFileSync(join(home, 'seen'), 'utf8').includes(newest), 'the last dump was on the disk')
    assert.equal(names('vault/always').length, 4)
    assert.ok(names('vault/always').includes(newest))
    assert.equal(existsSync(join(home, 'vault/never')), false)
    assert.equal(isMounted(), false)
    assert.deepEqual(names('ext'), [])
    assert.deepEqual(names('share'), [])
    assert.equal(trigger(), 'SUCCESS')
    assert.equal(readdirSync(join(home, 'logs')).filter((name) => /^\d{4}$/u.test(name)).length, 1)

    const digest = readFileSync(join(home, 'dumps', newest.replace('.pgdump', '.hash')), 'latin1')
    assert.equal(place.shell(`sha1sum ${home}/dumps/${newest}`).split(' ')[0], digest)
    pg.sql('postgres', 'create database again')
    place.shell(
      `export PGHOST=${place.folder}/pg PGUSER=boss PGPASSWORD="$(cat pg.pass)"; pg_restore -d again KristaBackup/dumps/${newest}; psql -qAtX -d again -c 'select count(*) from t' >count`,
    )
    assert.equal(readFileSync(join(place.folder, 'count'), 'utf8').trim(), '1000')
  })

  it('stops if it cannot mount its disk, with the reason, and keeps the ticket and the good dumps', () => {
    const dumps = names('dumps')
    const config = join(home, 'config.yaml')
    writeFileSync(config, readFileSync(config, 'utf8').replace('mnt_dev: tmpfs, fs_type: tmpfs', 'mnt_dev: /no/such/disk'))
    const { status, stderr } = run()
    assert.equal(status, 1)
    assert.match(stderr, /\/no\/such\/disk/u)
    assert.equal(trigger(), 'ERROR')
    assert.deepEqual(names('dumps'), dumps)
    assert.deepEqual(names('share'), ['backup_in_progress'])
    assert.deepEqual(names('ext'), [])
  })

  it('keeps the password out of every file that it writes', () => {
    const password = readFileSync(join(place.folder, 'pg.pass'), 'utf8').trim()
    assert.equal(place.shell(`grep -rlF '${password}' KristaBackup/logs state || true`), '')
  })
})
