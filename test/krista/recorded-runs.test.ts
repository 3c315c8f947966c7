import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../KristaBackup.py', import.meta.url))

const CONFIG = `naming: {server_name: srv1, project: proj}
logging: {logs_path: logs, trigger_filepath: trigger}
schedule:
  copies: {actions: [mv], naming: {region: reg}}
  disk: {actions: [umnt, said], naming: {region: reg}}
  said: {actions: [said], naming: {region: zz}}
  level1: {actions: [clean_days], naming: {region: reg}}
  both: {actions: [clean_both], naming: {region: reg}}
  max: {actions: [clean_max], naming: {region: reg}}
actions:
  t0: {type: tar, basename: etc, src_path: src, dest_path: backup}
  mv:
    type: move_bkp_period
    action_list: [t0]
    dest_path: vault
    periods:
      bad: {cron: 'xx yy * * *'}
      nocron: {path: nc}
      always: {cron: '* * * * *'}
  umnt: {type: umount, mnt_point: src}
  said: {type: command, cmd: 'echo x >>said'}
  clean_max: {type: cleaner, source: t0, max_files: 2}
  clean_days: {type: cleaner, source: t0, days: 3}
  clean_both: {type: cleaner, source: t0, days: 3, max_files: 1}
`

const HOUR_MS = 3_600_000

/** A date as names have it, on this host's clock. */
function dateOf(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}_${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`
}

// What KristaBackup 1.7 was seen to do, and what is no quirk of it.
describe('a run under the name of KristaBackup', () => {
  let home = ''
  before(() => {
    home = realpathSync(mkdtempSync(join(tmpdir(), 'krista-runs-')))
    for (const folder of ['src', 'backup']) mkdirSync(join(home, folder))
    symlinkSync(program, join(home, 'KristaBackup.py'))
    writeFileSync(join(home, 'config.yaml'), CONFIG)
  })
  after(() => rmSync(home, { recursive: true }))

  const run = (...args: readonly string[]) => {
    rmSync(join(home, 'trigger'), { force: true })
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOLDFAST_STATE: join(home, 'state'), TZ: 'UTC' }
    const { status, stdout, stderr } = spawnSync(join(home, 'KristaBackup.py'), ['run', ...args], { cwd: '/', env, encoding: 'utf8' })
    return { status, output: `${stdout}${stderr}`, trigger: readFileSync(join(home, 'trigger'), 'latin1') }
  }
  const levels = (year = String(new Date().getUTCFullYear())) =>
    readdirSync(join(home, 'logs', year))
      .toSorted()
      .slice(-1)
      .flatMap((name) => readFileSync(join(home, 'logs', year, name), 'utf8').split('\n'))
      .flatMap((line) => / (?:WARNING|ERROR) (?:\S+)/u.exec(line)?.[0].trim() ?? [])
  const archives = () => readdirSync(join(home, 'backup')).toSorted()
  const made = (...hoursAgo: readonly number[]) => {
    for (const name of archives()) rmSync(join(home, 'backup', name))
    const names = hoursAgo.map((hours) => `etc-${dateOf(new Date(Date.now() - hours * HOUR_MS))}-0.tar.gz`)
    for (const name of names) writeFileSync(join(home, 'backup', name), 'x')
    return names
  }

  it('copies for the other periods if the time of one is missing or invalid, and writes ERROR for each', () => {
    const names = made(1)
    assert.deepEqual(run('copies'), { status: 0, output: '', trigger: 'ERROR' })
    assert.deepEqual(readdirSync(join(home, 'vault')), ['always'])
    assert.deepEqual(readdirSync(join(home, 'vault/always')), names)
    assert.deepEqual(levels(), ['ERROR mv', 'ERROR mv'])
  })

  it('continues if nothing is mounted that could be unmounted, and writes ERROR', () => {
    rmSync(join(home, 'said'), { force: true })
    assert.deepEqual(run('disk'), { status: 0, output: '', trigger: 'ERROR' })
    assert.equal(readFileSync(join(home, 'said'), 'utf8'), 'x\n')
  })

  it('uses region and project of the task with the same name, also for an action with --dry', () => {
    assert.deepEqual(run('said', '--dry'), { status: 0, output: '', trigger: 'SUCCESS' })
    assert.equal(run('clean_max').status, 1)
  })

  it('counts an archive of the next hour as any other', () => {
    for (const [task, kept] of [
      ['max', 2],
      ['level1', 4],
      ['both', 1],
    ] as const) {
      const names = made(119, 95, 71, 47, 23, -1)
      assert.deepEqual(run(task), { status: 0, output: '', trigger: 'SUCCESS' })
      assert.deepEqual(archives(), names.slice(-kept), task)
    }
  })
})
