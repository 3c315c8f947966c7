import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildPackages } from '../../tools/packaging/build-packages.ts'
import { builtExecutable } from '../support/built-exe.ts'
import { type DebianRoot, debianRoot } from '../support/debian-root.ts'
import { requires } from '../support/requires.ts'
import { bootSystemd, noSystemd, type SystemdHost, writeOn } from '../support/systemd-host.ts'
import { until } from '../support/time-limits.ts'
import { onlyWhenLong } from './only-when-long.ts'
import { keepProof, row } from './proof.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const skip = onlyWhenLong() || requires('root', 'leave to mount', 'strip', 'dpkg-deb', 'debootstrap', 'nsenter') || noSystemd()

const CONFIG = `version: 1
storages: { disk: { type: localfs, root: /var/backups/holdfast } }
boot-report: { wait: systemd }
tasks:
  files: { schedule: "30 2 * * *", steps: [{ backup: { objects: { etc: { files: { paths: [/etc] } } } } }] }
  host: { schedule: "40 2 * * *", catch-up: true, steps: [{ backup: { objects: { facts: { host-facts: {} } } } }] }
  often: { schedule: "*:*:0/5", steps: [{ exec: [/bin/true] }] }
  daemon: { schedule: "0 3 * * *", steps: [{ exec: [sh, -c, "setsid sleep 100001 </dev/null >/dev/null 2>&1 &"] }] }
  slow: { schedule: "0 4 * * *", steps: [{ backup: { objects: { x: { exec: [sh, -c, "echo x; sleep 100002"] } } } }] }
  broken: { schedule: "0 5 * * *", steps: [{ exec: [sh, -c, "echo no disk >&2; exit 3"] }] }
`

/** Started by a unit before its run, in the same sandbox: reports which of these folders it can write to, and its interfaces. */
const PROBE = `#!/bin/sh
for path in / /etc /usr /root /srv /home /var /var/lib /var/backups /run /run/lock /run/user /tmp /var/backups/holdfast /var/lib/holdfast; do
  if (: >"$path/probe") 2>/dev/null; then rm "$path/probe"; echo "probe: writes $path"; fi
done
echo "probe: net" $(sed -n 's/^ *\\([^ ]*\\):.*/\\1/p' /proc/net/dev)
[ -e /dev/kmsg ] || unshare --mount true 2>/dev/null || echo "probe: no namespaces"
`

describe('the units under a running systemd', { skip }, () => {
  const top = mkdtempSync(join(tmpdir(), 'systemd-'))
  const rows: string[] = []
  let root: DebianRoot
  let host: SystemdHost
  const ok = (...argv: readonly string[]) => host.ok(...argv)
  const state = (unit: string) => host.run(['systemctl', 'is-active', unit]).text.trim()
  const result = (unit: string) => ok('systemctl', 'show', '--value', '-p', 'Result', unit).trim()
  const journal = (...words: readonly string[]) => ok('journalctl', '--no-pager', '-o', 'cat', ...words)
  const ended = (unit: string) => until(() => ['inactive', 'failed'].includes(state(unit)))
  const sets = (task: string) => {
    const folder = join(root.folder, 'var/backups/holdfast', task)
    return existsSync(folder) ? readdirSync(folder).filter((name) => /^\d/u.test(name)) : []
  }
  /** Commands in the control group of a unit. */
  const processesOf = (unit: string) => {
    const { text } = host.run([
      'sh',
      '-c',
      `for pid in $(find /sys/fs/cgroup/system.slice/${unit} -name cgroup.procs -exec cat {} +); do tr '\\0' ' ' </proc/$pid/cmdline; echo; done`,
    ])
    return text
  }
  const proven = (what: string, observed: string) => rows.push(row(what, observed))

  before(async () => {
    const executable = await builtExecutable(checkout)
    buildPackages({ root: checkout, executable, target: join(top, 'packages'), facts: { version: '0.0.9', epoch: 1_700_000_000 }, isQuick: true })
    root = debianRoot('bookworm')
    copyFileSync('/etc/resolv.conf', join(root.folder, 'etc/resolv.conf'))
    const deb = readdirSync(join(top, 'packages')).find((name) => name.endsWith('.deb')) ?? ''
    copyFileSync(join(top, 'packages', deb), join(root.folder, 'root/holdfast.deb'))
    const prepare = (...argv: readonly string[]) => {
      const { status, stdout, stderr } = root.run(argv)
      assert.equal(status, 0, `${argv.join(' ')}: ${stdout.slice(-600)}${stderr.slice(-1500)}`)
    }
    prepare('apt-get', 'update', '-q')
    prepare('apt-get', 'install', '-y', '-q', '--no-install-recommends', 'systemd-sysv', 'dbus', 'cron', 'zstd')
    writeOn(root.folder, 'etc/hostname', 'systemd-host\n')
    host = await bootSystemd(root.folder)
    ok('apt-get', 'install', '-y', '-q', '--no-install-recommends', '/root/holdfast.deb')
    writeOn(root.folder, 'etc/holdfast/holdfast.yaml', CONFIG)
    mkdirSync(join(root.folder, 'var/backups/holdfast'), { recursive: true })
  })
  after(async () => {
    await host?.powerOff()
    // Only after a run of all tests: a part of them would be a part of the table.
    if (rows.length === 12) keepProof('systemd', ['| what happens | result |', '| --- | --- |', ...rows])
    root?.remove()
    rmSync(top, { recursive: true, force: true })
  })

  it('are installed without being enabled, and timers are enabled, which schedule shows', () => {
    assert.doesNotMatch(ok('systemctl', 'list-unit-files', '--no-legend', 'holdfast*'), /^\S+\s+enabled/mu)
    ok('holdfast', 'enable', '--systemd', 'all')
    const tasks = ok('holdfast', 'schedule', '--json')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly task: string; readonly timer: string })
    assert.deepEqual(
      tasks.map(({ task, timer }) => [task, timer]).toSorted(),
      ['broken', 'daemon', 'files', 'host', 'often', 'slow'].map((task) => [task, 'yes']),
    )
    const timers = ok('systemctl', 'list-timers', '--no-pager', '--no-legend')
    for (const { task } of tasks) assert.match(timers, new RegExp(`holdfast-task-${task}\\.timer`, 'u'))
    proven('`enable --systemd all`', 'a timer of each task is active; `schedule` and `systemctl list-timers` show them')
  })

  it('start a run by its timer', async () => {
    await until(() => / ok /u.test(host.run(['holdfast', 'runs', 'often']).text))
    proven('a timer with a calendar expression of seconds', 'starts runs, without a command')
    ok('systemctl', 'stop', 'holdfast-task-often.timer')
  })

  for (const [task, writes] of [
    ['files', ['/var/backups/holdfast', '/var/lib/holdfast']],
    ['host', ['/run', '/run/lock', '/tmp', '/var/backups/holdfast', '/var/lib/holdfast']],
  ] as const)
    it(`run the backup "${task}" in their sandbox`, async () => {
      const unit = `holdfast-task-${task}.service`
      writeOn(root.folder, 'usr/local/bin/probe', PROBE)
      mkdirSync(join(root.folder, `etc/systemd/system/${unit}.d`))
      writeOn(root.folder, `etc/systemd/system/${unit}.d/probe.conf`, '[Service]\nExecStartPre=/usr/local/bin/probe\n')
      ok('systemctl', 'daemon-reload')
      ok('systemctl', 'start', unit)
      await ended(unit)
      assert.equal(result(unit), 'success', journal('-u', unit))
      assert.match(ok('holdfast', 'verify', task, '--deep'), /good/u)
      const seen = journal('-u', unit)
      assert.deepEqual([...seen.matchAll(/^probe: writes (?<path>.*)$/gmu)].map((it) => it.groups?.['path']).toSorted(), writes.toSorted())
      assert.match(seen, task === 'files' ? /^probe: net lo$/mu : /^probe: net/mu)
      proven(
        `task of ${task === 'files' ? 'files' : 'facts of the host'}`,
        `succeeds, \`verify --deep\` is good; can write to ${writes.map((it) => `\`${it}\``).join(', ')} only`,
      )
    })

  it('end no daemon that a step has started', async () => {
    const unit = 'holdfast-task-daemon.service'
    ok('systemctl', 'start', unit)
    await ended(unit)
    assert.equal(result(unit), 'success')
    assert.match(processesOf(unit), /sleep 100001/u)
    proven('a step starts a daemon (`KillMode=process`)', 'the daemon runs on after the run and its unit have ended')
  })

  it('roll back a run that is stopped', async () => {
    const unit = 'holdfast-task-slow.service'
    ok('systemctl', 'start', unit)
    await until(() => processesOf(unit).includes('sleep 100002'))
    ok('systemctl', 'stop', unit)
    assert.doesNotMatch(host.run(['sh', '-c', 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "']).text, /sleep 100002/u)
    assert.deepEqual(sets('slow'), [])
    assert.match(ok('holdfast', 'runs', 'slow'), /stopped/u)
    proven('`systemctl stop` during a backup', 'the run is recorded as stopped; no set and no process is left')
  })

  it('fail with the run, and log it with its priority and fields', async () => {
    const unit = 'holdfast-task-broken.service'
    ok('systemctl', 'start', unit)
    await ended(unit)
    assert.equal(state(unit), 'failed')
    const entries = journal('-o', 'json', 'HOLDFAST_TASK=broken')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    const errors = entries.filter((entry) => entry['PRIORITY'] === '3').map((entry) => entry['MESSAGE'])
    assert.match(errors.join('\n'), /no disk/u)
    proven('a failed run', 'a failed unit; the error has priority `err` and the field `HOLDFAST_TASK`')
  })

  it('start the web server, start it again after a crash, and stop it', async () => {
    ok('systemctl', 'enable', '--now', 'holdfast-web')
    const answer = () =>
      host.run(['bash', '-c', String.raw`exec 3<>/dev/tcp/127.0.0.1/5555; printf 'GET / HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3; head -1 <&3`]).text
    await until(() => answer().includes(' 200 '))
    const pid = () => ok('systemctl', 'show', '--value', '-p', 'MainPID', 'holdfast-web').trim()
    const first = pid()
    ok('sh', '-c', `kill -KILL ${first}`)
    await until(() => pid() !== first && answer().includes(' 200 '))
    proven('`systemctl enable --now holdfast-web`', 'answers on port 5555; is started again after `kill -KILL`')
  })

  it('write the status and the metrics', () => {
    mkdirSync(join(root.folder, 'var/lib/prometheus/node-exporter'), { recursive: true })
    ok('systemctl', 'enable', '--now', 'holdfast-status.timer', 'holdfast-metrics.timer', 'holdfast-boot-report')
    ok('systemctl', 'start', 'holdfast-status', 'holdfast-metrics')
    assert.match(ok('cat', '/run/holdfast-status/status.json'), /"files"/u)
    assert.match(ok('cat', '/var/lib/prometheus/node-exporter/holdfast.prom'), /^holdfast_/mu)
    proven('`holdfast-status`, `holdfast-metrics`', 'write their files')
  })

  it('catch up after the host was off, send the boot report, and start the web server', async () => {
    const before = { files: sets('files').length, host: sets('host').length }
    await host.powerOff()
    // As if it had been off for two days.
    const stamp = join(root.folder, 'var/lib/systemd/timers/stamp-holdfast-task-host.timer')
    const then = Date.now() / 1000 - 2 * 24 * 3600
    utimesSync(stamp, then, then)
    host = await bootSystemd(root.folder)
    await until(() => sets('host').length === before.host + 1)
    await ended('holdfast-task-host.service')
    assert.equal(sets('files').length, before.files)
    proven('the host was off at the time of a task with `catch-up`', 'it is run after the next boot; one without `catch-up` is not')
    assert.equal(state('holdfast-web'), 'active')
    await until(() => /^# This is a boot report from systemd-host\.$/mu.test(journal('-u', 'holdfast-boot-report')))
    assert.equal(state('holdfast-task-files.timer'), 'active')
    assert.doesNotMatch(ok('systemctl', 'list-units', '--failed', '--no-legend'), /holdfast/u)
    proven('reboot', 'timers and web server are active; the boot report is sent; no unit has failed')
  })

  it('are removed', () => {
    ok('holdfast', 'disable', '--systemd', 'all')
    assert.doesNotMatch(ok('systemctl', 'list-timers', '--all', '--no-legend'), /holdfast-task/u)
    assert.deepEqual(
      readdirSync(join(root.folder, 'etc/systemd/system')).filter((name) => /^holdfast-task-.*\.(?:service|timer)$/u.test(name)),
      [],
    )
    proven('`disable --systemd all`', 'no timer and no unit is left')
  })
})
