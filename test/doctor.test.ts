import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Diagnosis } from '../src/app/doctor/diagnosis.ts'
import { mountRemote, noRemoteMount } from './support/remote-mount.ts'
import { requires } from './support/requires.ts'

const program = fileURLToPath(new URL('../holdfast', import.meta.url))

describe('doctor', { skip: requires('root', 'leave to mount', 'crontab', 'openssl', 'sqlite3') }, () => {
  const top = mkdtempSync(join(tmpdir(), 'doctor-'))
  const configure = (objects = 'a: { exec: [echo, a] }', more = '') =>
    writeFileSync(
      join(top, 'h.yaml'),
      `version: 1\nstorages: { local: { type: localfs, root: ${top}/root } }\n${more}tasks:\n  nightly: { schedule: "30 2 * * *", steps: [{ backup: { objects: { ${objects} } } }] }\n`,
      { mode: 0o600 },
    )
  beforeEach(() => {
    rmSync(top, { recursive: true, force: true })
    mkdirSync(top, { mode: 0o700 })
    configure()
  })
  after(() => rmSync(top, { recursive: true, force: true }))

  /** The script runs where root has no crontab, fstab(5) is `$top/fstab`, and there are no units; `h` is the program. */
  const shell = (script: string, more: Readonly<Record<string, string>> = {}) => {
    const prepared = `mount -t tmpfs none /etc/systemd/system; mount -t tmpfs none /var/spool/cron/crontabs
      touch $top/fstab /etc/fstab; mount --bind $top/fstab /etc/fstab
      h() { "$program" -f "$top/h.yaml" "$@"; }
      ${script}`
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOLDFAST_STATE: join(top, 'state'), program, top, TZ: 'UTC', ...more }
    return spawnSync('unshare', ['--mount', 'sh', '-euc', prepared], { encoding: 'utf8', env })
  }
  const examine = (script = '', more: Readonly<Record<string, string>> = {}) => {
    const { status, stdout, stderr } = shell(`${script}\nh doctor --json`, more)
    assert.equal(stderr, '')
    const found = stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Diagnosis)
    assert.equal(status, found.some(({ state }) => state === 'error') ? 1 : 0)
    return { found, bad: (area: Diagnosis['area']) => found.filter((it) => it.area === area && it.state !== 'ok') }
  }

  it('examines every part of the installation, with hints', () => {
    const { found, bad } = examine()
    const areas = new Set(found.map(({ area }) => area))
    for (const area of ['program', 'configuration', 'state', 'clock', 'mounts', 'storages', 'schedules'] as const) assert.ok(areas.has(area), area)
    for (const it of [...bad('schedules'), ...bad('storages')]) assert.match(it.hint ?? '', /\.$/u)
    assert.match(bad('schedules')[0]?.message ?? '', /task "nightly" has a schedule, but neither the crontab nor a timer starts it/u)
    const { stdout } = shell('h doctor || true')
    assert.match(stdout, /^program {8}ok {7}holdfast \d.*$/mu)
    assert.match(stdout, /^schedules {6}warning {2}task "nightly" .*\n {24}Run "holdfast enable nightly"/mu)
    assert.match(stdout, /\n\d+ errors?, \d+ warnings?\n$/u)
  })

  it('reports what "config check" reports', () => {
    configure('a: { exec: [/no/such/program] }')
    assert.match(examine().bad('configuration')[0]?.message ?? '', /could not start "\/no\/such\/program": file not found/u)
    writeFileSync(join(top, 'h.yaml'), 'version: 1\ntasks: []\n', { mode: 0o600 })
    assert.equal(examine().bad('configuration')[0]?.state, 'error')
    rmSync(join(top, 'h.yaml'))
    assert.equal(examine().bad('configuration')[0]?.state, 'error')
  })

  it('prints the versions of the programs that tasks start', () => {
    configure('etc: { files: { paths: [/etc/hostname] } }')
    const { found } = examine()
    assert.ok(
      found.some(({ area, message }) => area === 'programs' && /\/tar: tar \(GNU tar\)/u.test(message)),
      JSON.stringify(found),
    )
  })

  it('compares the schedules that are installed with those that are planned', () => {
    const words = (script: string) =>
      examine(script)
        .bad('schedules')
        .map(({ message }) => message)
        .filter((it) => !it.startsWith('no cron daemon'))
    assert.deepEqual(words('h -q enable nightly'), [])
    assert.deepEqual(words("h -q enable nightly; sed -i 's/30 2/40 2/' $top/h.yaml"), [
      'the crontab line of task "nightly" differs from the configuration',
    ])
    configure()
    assert.deepEqual(words("h -q enable nightly; sed -i 's/nightly:/daily:/' $top/h.yaml"), [
      'task "daily" has a schedule, but neither the crontab nor a timer starts it',
      'a crontab line starts the task "nightly", which has no schedule in the configuration',
    ])
  })

  it('reports mounts of fstab(5) that are missing, as an error where sets are stored', () => {
    writeFileSync(join(top, 'fstab'), `UUID=1 ${top}/root ext4 defaults 0 2\nUUID=2 /no/such/mount ext4 nofail\nUUID=3 /other ext4 noauto\n`)
    assert.deepEqual(
      examine()
        .bad('mounts')
        .map(({ state, message }) => [state, message]),
      [
        ['error', `"${top}/root" of /etc/fstab is not mounted, and sets are stored there`],
        ['warning', '"/no/such/mount" of /etc/fstab is not mounted'],
      ],
    )
  })

  it('does not call programs and mounts well that it could not examine', () => {
    configure('d: { exec: [rclone, version] }')
    const bin = join(top, 'bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'rclone'), '#!/bin/sh\necho damaged >&2\nexit 3\n', { mode: 0o755 })
    const { bad } = examine('truncate -s 17M $top/fstab', { PATH: `${bin}:/usr/sbin:/usr/bin:/sbin:/bin` })
    assert.equal(bad('programs')[0]?.message, `"${bin}/rclone" could not print its version: exit code 3, damaged`)
    assert.match(bad('mounts')[0]?.message ?? '', /^could not read \/etc\/fstab: .*larger than 16 MiB/u)
  })

  it('reports a secret that all users can read, and a certificate that ends', () => {
    writeFileSync(join(top, 'secret'), 'x')
    chmodSync(join(top, 'secret'), 0o644)
    const made = spawnSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=x', '-days', '9', '-keyout', 'k', '-out', 'c'],
      {
        cwd: top,
      },
    )
    assert.equal(made.status, 0, String(made.stderr))
    configure(`a: { exec: [echo], environment: { X: "\${file:${top}/secret}" } }`, `web: { tls: { certificate: ${top}/c, key: ${top}/k } }\n`)
    const { bad } = examine()
    assert.deepEqual(
      bad('secrets').map(({ message }) => message),
      [`all users can read the secret in "${top}/secret"`],
    )
    assert.match(bad('keys')[0]?.message ?? '', /certificate ".*\/c" of the web server expires on .*, in [89] d$/u)
  })

  it('reports a state folder that others can write, a damaged journal, and a clock behind the newest run', () => {
    assert.match(examine('mkdir -m 777 $top/state').bad('state')[0]?.message ?? '', /unsafe permissions: .* is writable by others/u)
    rmSync(join(top, 'state'), { recursive: true })
    const { bad } = examine('h -q run; sqlite3 $top/state/journal.db "update runs set began = \'2199-01-01T00:00:00.000Z\'"')
    assert.match(bad('clock')[0]?.message ?? '', /the clock is .* behind the beginning of the newest recorded run/u)
    const later = examine('h -q run')
    assert.doesNotMatch(JSON.stringify(later.bad('clock')), /behind/u, 'the clock was ahead once')
    writeFileSync(join(top, 'state', 'journal.db'), 'damaged'.repeat(1000))
    rmSync(join(top, 'state', 'journal.db-wal'), { force: true })
    assert.ok(examine().bad('state').length > 0)
  })

  it('reports a state folder on a read-only file system', () => {
    const { bad } = examine('mkdir -m 700 $top/state; mount -t tmpfs -o ro,mode=700 none $top/state')
    assert.match(bad('state')[0]?.message ?? '', /^could not write to ".*\/state": read-only file system$/u)
  })

  it('reports a state folder on a mount of remote storage', { skip: noRemoteMount }, async (t) => {
    const mounted = await mountRemote(t, '1h')
    const { bad } = examine('', { HOLDFAST_STATE: mounted })
    assert.match(bad('state')[0]?.message ?? '', /^".*" is on a FUSE file system \(fuse\.rclone\)$/u)
  })

  it('reports a null device that other programs cannot use, or that is none', () => {
    const closed = examine('mknod -m 600 $top/null c 1 3; mount --bind $top/null /dev/null').bad('program')
    assert.deepEqual(
      [closed[0]?.message, closed[0]?.hint],
      ['"/dev/null" is closed to other users (mode 0600)', 'As root, run "chmod 666 /dev/null".'],
    )
    const [file] = examine('install -m 666 /dev/stdin $top/file </dev/null; mount --bind $top/file /dev/null').bad('program')
    assert.equal(file?.message, '"/dev/null" is not the null device')
    assert.match(file?.hint ?? '', /"rm \/dev\/null" and "mknod -m 666 \/dev\/null c 1 3"/u)
  })

  it('names the zone, and the change to or from daylight saving time', () => {
    const { found } = examine('', { TZ: 'Europe/Berlin' })
    const clock = found.find(({ area }) => area === 'clock')
    assert.match(clock?.message ?? '', /time zone Europe\/Berlin \(\+0[12]00, \+0[12]00 from \d{4}-\d\d-\d\dT01:00Z\)/u)
  })
})
