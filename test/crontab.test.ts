import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { lacks } from './support/lacks.ts'
import { requires } from './support/requires.ts'

const checkout = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/u, '')
// An account of every Debian that nobody gives a crontab.
const USER = 'news'
const crontab = (...args: readonly string[]) => spawnSync('crontab', ['-u', USER, ...args], { encoding: 'utf8' })

const FOREIGN = [
  'MAILTO=a@b',
  '# weekly',
  '0 3 * * * /important # weekly',
  '0 0 * * * /x',
  '*/10 * * * *\t/tabbed',
  'SHELL="/bin/bash"',
  '# 0 1 * * * /opt/KristaBackup.py run weekly # weekly',
  '',
].join('\n')

function reason(): string | false {
  const noRoot = requires('root')
  if (noRoot !== false) return noRoot
  const noCron = lacks('crontab')
  if (noCron !== false) return noCron
  return crontab('-l').status === 0 ? `"${USER}" has a crontab, which is not ours` : false
}

describe('enable and disable', { skip: reason() }, () => {
  let top: string
  let config: string
  before(() => crontab('-r'))
  after(() => crontab('-r'))
  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), 'holdfast-crontab-'))
    config = join(top, 'config.yaml')
    install(FOREIGN)
  })
  afterEach(() => rmSync(top, { recursive: true }))

  const install = (text: string) => {
    const file = join(top, 'table')
    writeFileSync(file, text)
    assert.equal(crontab(file).status, 0)
  }
  const krista = (schedule: string) =>
    writeFileSync(
      config,
      [
        'naming: {server_name: srv1, project: proj, region: reg}',
        `cron: {cron_user: ${USER}}`,
        `logging: {logs_path: ${top}/logs, trigger_filepath: ${top}/trigger}`,
        'schedule:',
        schedule,
        "actions: {a: {type: command, cmd: 'true'}}",
        '',
      ].join('\n'),
    )
  const run = (...words: readonly string[]) =>
    spawnSync(join(checkout, 'KristaBackup.py'), ['-f', config, ...words], {
      cwd: '/',
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', HOLDFAST_STATE: join(top, 'state') },
    })
  const lineOf = (times: string, task: string) =>
    `${times} ${checkout}/KristaBackup.py -f ${config} run ${task} 2>&1 | /usr/bin/tee ${top}/logs/crontab_errorlog.log | xargs -r -0 sh -c "echo ERROR > ${top}/trigger" # ${task}`

  it("writes KristaBackup's line, and removes its old one", () => {
    krista('  weekly: {cron: 00 23 * * 0, actions: [a]}')
    const old = '5 5 * * * /usr/bin/python3 /opt/KristaBackup/KristaBackup.py run weekly 2>&1 | /usr/bin/tee /l # weekly'
    install(`${FOREIGN}\n${old}\n`)
    const { status, stderr } = run('en', 'weekly')
    assert.equal(stderr, '')
    assert.equal(status, 0)
    assert.equal(crontab('-l').stdout, `${FOREIGN}\n${lineOf('0 23 * * 0', 'weekly')}\n`)
    assert.equal(run('dis', 'weekly').status, 0)
    assert.equal(crontab('-l').stdout, FOREIGN)
    assert.equal(run('disable', 'weekly').status, 0)
  })

  it('leaves lines of other programs and configurations, and names them', () => {
    krista('  weekly: {cron: 00 23 * * 0, actions: [a]}')
    const other = join(top, 'other.yaml')
    const foreign = [
      '1 1 * * * docker run weekly # weekly',
      `2 2 * * * ${checkout}/KristaBackup.py -f ${other} run weekly # weekly`,
      `3 3 * * * ${checkout}/holdfast -q -f '${other}' run weekly # weekly`,
    ]
    writeFileSync(other, '')
    install(`${FOREIGN}\n${foreign.join('\n')}\n`)
    const enabled = run('en', 'weekly')
    assert.equal(enabled.status, 0)
    for (const line of foreign)
      assert.ok(enabled.stderr.includes(`another line for a task named "weekly", which was not changed: ${line}`), enabled.stderr)
    const text = `${FOREIGN}\n${foreign.join('\n')}\n`
    assert.equal(crontab('-l').stdout, `${text}\n${lineOf('0 23 * * 0', 'weekly')}\n`)
    assert.equal(run('dis', 'weekly').status, 0)
    assert.equal(crontab('-l').stdout, text)
  })

  it('enables all in the order of their names, or none', () => {
    krista("  b: {cron: '1 2 * * *', actions: [a]}\n  a: {cron: '1 3 * * *', actions: [a]}")
    assert.equal(run('enable', 'all').status, 0)
    assert.equal(crontab('-l').stdout, `${FOREIGN}\n${lineOf('1 3 * * *', 'a')}\n\n${lineOf('1 2 * * *', 'b')}\n`)
    assert.equal(run('disable', 'all').status, 0)
    assert.equal(crontab('-l').stdout, FOREIGN)

    krista("  b: {cron: '1 2 * * *', actions: [a]}\n  never: {actions: [a]}\n  bad: {cron: '99 1 * * *', actions: [a]}")
    const { status, stderr } = run('enable', 'all')
    assert.equal(status, 1)
    assert.match(stderr, /"never"/u)
    assert.match(stderr, /"bad"/u)
    assert.equal(crontab('-l').stdout, FOREIGN)
  })

  it('takes nicknames without their sign, as KristaBackup does', () => {
    krista(
      "  a: {cron: daily, actions: [a]}\n  b: {cron: Weekly, actions: [a]}\n  c: {cron: REBOOT, actions: [a]}\n  d: {cron: '@Daily', actions: [a]}",
    )
    const checked = run('config', 'check', '--strict')
    assert.equal(checked.status, 0, checked.stdout)
    const { status, stderr } = run('enable', 'all')
    assert.equal(status, 0, stderr)
    const lines = [lineOf('@daily', 'a'), lineOf('@weekly', 'b'), lineOf('@reboot', 'c'), lineOf('@daily', 'd')]
    assert.equal(crontab('-l').stdout, `${FOREIGN}\n${lines.join('\n\n')}\n`)
  })

  it('changes nothing in a dry run, and nothing for a task that is not there', () => {
    krista("  b: {cron: '1 2 * * *', actions: [a]}")
    const dry = spawnSync(join(checkout, 'holdfast'), ['-f', config, 'enable', 'b', '--dry-run'], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', HOLDFAST_STATE: join(top, 'state') },
    })
    assert.equal(dry.stdout, `${lineOf('1 2 * * *', 'b')}\n`, dry.stderr)
    const { status, stderr } = run('enable', 'nosuch')
    assert.equal(status, 1)
    assert.match(stderr, /nosuch/u)
    assert.equal(crontab('-l').stdout, FOREIGN)
  })

  it('needs no -f where the program finds the configuration by itself', () => {
    krista("  b: {cron: '1 2 * * *', actions: [a]}")
    symlinkSync(join(checkout, 'KristaBackup.py'), join(top, 'KristaBackup.py'))
    const { status, stderr } = spawnSync(join(top, 'KristaBackup.py'), ['en', 'b'], {
      cwd: '/',
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', HOLDFAST_STATE: join(top, 'state') },
    })
    assert.equal(status, 0, stderr)
    assert.match(crontab('-l').stdout, new RegExp(`^1 2 \\* \\* \\* ${top}/KristaBackup.py run b 2>&1`, 'mu'))
  })

  it('passes on a state folder that cron would not use', () => {
    const native = join(top, 'native.yaml')
    writeFileSync(native, 'version: 1\ntasks: { nightly: { schedule: daily, steps: [] } }\n')
    const holdfast = (state: string | undefined, ...words: readonly string[]) =>
      spawnSync(join(checkout, 'holdfast'), ['-f', native, ...words], {
        encoding: 'utf8',
        env: { PATH: '/usr/bin:/bin', ...(state !== undefined && { HOLDFAST_STATE: state }) },
      })
    const start = `${checkout}/holdfast -q -f ${native} run nightly # nightly\n`
    const line = (state: string) => holdfast(state, 'enable', 'nightly', '--dry-run').stdout
    assert.equal(line(join(top, 'state')), `@daily /usr/bin/env HOLDFAST_STATE=${top}/state ${start}`)
    assert.equal(line('/var/lib/holdfast'), `@daily ${start}`)
    writeFileSync(native, 'version: 1\ntasks: { nightly: { schedule: daily, catch-up: true, steps: [] } }\n')
    assert.match(holdfast(undefined, 'enable', 'nightly', '--dry-run').stderr, /catch-up of task "nightly" is ignored: cron does not support it/u)
    for (const how of [[], ['--systemd']]) {
      writeFileSync(native, 'version: 1\ntasks: { nightly: { schedule: "*-02-31 03:00", steps: [] } }\n')
      const never = /note: the task "nightly" will never run: its schedule "\*-02-31 03:00" never occurs/u
      assert.match(holdfast(undefined, 'enable', 'nightly', '--dry-run', ...how).stderr, never)
    }
  })

  it('are compared by "schedule" with the configuration, with both versions, in the zone of the host', { skip: requires('leave to mount') }, () => {
    const native = join(top, 'native.yaml')
    writeFileSync(native, 'version: 1\ntasks: { nightly: { schedule: "30 2 * * *", steps: [] }, old: { schedule: daily, steps: [] } }\n')
    const shell = (script: string) => {
      const prepared = `mount -t tmpfs none /var/spool/cron/crontabs; mount -t tmpfs none /etc/systemd/system; h() { ${checkout}/holdfast -f ${native} "$@"; }; ${script}`
      const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOLDFAST_STATE: join(top, 'state'), TZ: 'Europe/Berlin' }
      return spawnSync('unshare', ['--mount', 'sh', '-euc', prepared], { encoding: 'utf8', env })
    }
    const start = `/usr/bin/env HOLDFAST_STATE=${top}/state ${checkout}/holdfast -q -f ${native} run nightly # nightly`
    const { status, stdout, stderr } = shell(`h enable -q all; sed -i 's/30 2/40 2/; s/old: .*}, steps/x: {}/; s/old:/newer:/' ${native}; h schedule`)
    assert.equal(status, 0, stderr)
    assert.match(stdout, /nightly {2,}40 2 \* \* \* +differs/u)
    assert.match(stdout, /\n {2}time zone Europe\/Berlin, \+0[12]00; from \d{4}-\d\d-\d\d 0[123]:00:00 \+0[12]00 on: \+0[12]00\n$/u)
    for (const note of [
      'the crontab line of task "nightly" differs from the configuration: run "enable" again',
      `installed: 30 2 * * * ${start}`,
      `planned:   40 2 * * * ${start}`,
      'a crontab line starts the task "old", which has no schedule in the configuration: run "disable"',
    ])
      assert.ok(stderr.includes(`note: ${note}\n`), stderr)
  })

  it('writes one line for each when several are enabled', async () => {
    krista("  a: {cron: '1 2 * * *', actions: [a]}\n  b: {cron: '1 3 * * *', actions: [a]}\n  c: {cron: '1 4 * * *', actions: [a]}")
    const { spawn } = await import('node:child_process')
    const env = { PATH: '/usr/bin:/bin', HOLDFAST_STATE: join(top, 'state') }
    const ends = ['a', 'b', 'c', 'a'].map((task) => {
      const child = spawn(join(checkout, 'KristaBackup.py'), ['-f', config, 'enable', task], { cwd: '/', env, stdio: 'ignore' })
      return new Promise((resolve) => child.on('exit', resolve))
    })
    assert.deepEqual(await Promise.all(ends), [0, 0, 0, 0])
    const { stdout } = crontab('-l')
    for (const task of ['a', 'b', 'c']) assert.equal(stdout.split('\n').filter((it) => it.endsWith(`# ${task}`)).length, 1, stdout)
    assert.ok(stdout.startsWith(FOREIGN))
  })
})
