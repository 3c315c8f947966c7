import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { requires } from './support/requires.ts'

const program = fileURLToPath(new URL('../holdfast', import.meta.url))

describe('timers of systemd', { skip: requires('root', 'leave to mount', 'systemctl', 'systemd-analyze') }, () => {
  const top = mkdtempSync(join(tmpdir(), 'timers-'))
  const file = join(top, 'h.yaml')
  const configure = (step: string, more = '') =>
    writeFileSync(
      file,
      `version: 1\nstorages: { local: { type: localfs, root: ${top}/root } }\ntasks:\n  nightly:\n    schedule: "30 2 * * *"\n    jitter: 10m\n    catch-up: true\n${more}    steps: [{ ${step} }]\n`,
      { mode: 0o600 },
    )
  const files = 'backup: { objects: { etc: { files: { paths: [/etc/hostname] } } } }'
  beforeEach(() => {
    rmSync(join(top, 'root'), { recursive: true, force: true })
    mkdirSync(join(top, 'root'))
    configure(files)
  })
  after(() => rmSync(top, { recursive: true }))

  /** The script runs where /etc/systemd/system is empty and no systemd is running; `h` is the program, `$top` a folder. */
  const shell = (script: string) => {
    const prepared = `mount -t tmpfs none /etc/systemd/system && { [ ! -d /run/systemd ] || mount -t tmpfs none /run/systemd; } && cd /etc/systemd/system
      h() { "$program" -f "$top/h.yaml" "$@"; }
      ${script}`
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOLDFAST_STATE: join(top, 'state'), program, top, TZ: 'UTC' }
    const { status, stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-euc', prepared], { encoding: 'utf8', env })
    return { status, stdout, stderr }
  }

  it('are made, with a service that is limited to what the task needs, and found to be good by systemd', () => {
    const { status, stdout, stderr } = shell(
      'h enable --systemd nightly; cat *.service *.timer; readlink timers.target.wants/*; systemd-analyze verify --man=no ./*.timer ./*.service; systemd-analyze security --offline=true --threshold=60 holdfast-task-nightly.service >$top/security',
    )
    assert.deepEqual({ status, stderr: stderr.replaceAll(/^(?!.*holdfast).*\n/gmu, '') }, { status: 0, stderr: '' }, stdout)
    assert.match(stdout, new RegExp(`^ExecStart=\\S+/holdfast -q -f ${file} run nightly$`, 'mu'))
    for (const line of [
      'OnCalendar=*-*-* 02:30:00',
      'RandomizedDelaySec=600',
      'Persistent=yes',
      'ProtectSystem=strict',
      'ProtectHome=read-only',
      'ReadOnlyPaths=/run',
      `Environment=HOME=${userInfo().homedir}`,
      'Environment=LOGNAME=root',
      'PrivateNetwork=yes',
      'KillMode=mixed',
    ])
      assert.ok(stdout.split('\n').includes(line), line)
    assert.ok(stdout.includes(`\nReadWritePaths=-${top}/root -${top}/state\n`), stdout)
    // A root with the setgid bit passes its group on to sets, whose modes are set.
    assert.doesNotMatch(stdout, /RestrictSUIDSGID/u)
    assert.match(stdout, /\n\S*holdfast-task-nightly\.timer\n/u)
    assert.ok(existsSync(join(top, 'security')))
  })

  it('start the service also if a mount or a folder is missing, so that the run reports it, but not before the mount', () => {
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace('/root }', '/root, require-mount: "/mnt/a-b c/.d" }'))
    const { status, stdout, stderr } = shell('h enable --systemd --dry-run nightly; systemd-escape --path --suffix=mount "/mnt/a-b c/.d"')
    assert.equal(status, 0, stderr)
    const after = /^After=time-sync\.target (?<mount>\S+)$/mu.exec(stdout)?.groups?.['mount']
    assert.equal(after, stdout.trim().split('\n').at(-1))
    assert.doesNotMatch(stdout, /RequiresMountsFor|ReadWritePaths=.*(?:=| )\//u)
  })

  it('leave what the task writes to writable in /home, /root and /run, and only that', () => {
    const protection = (root: string, database: string) => {
      const storage = `storages: { local: { type: localfs, root: ${root} } }`
      writeFileSync(
        file,
        readFileSync(file, 'utf8')
          .replace(/^storages:.*$/mu, storage)
          .replace(/\{ (?:files|sqlite): \{.*?\} \}/u, `{ sqlite: { path: ${database} } }`),
      )
      const { status, stdout, stderr } = shell(
        'for path in /home /run /srv; do mount -t tmpfs none $path; done; mkdir /home/b /run/app /srv/b; h enable --systemd --dry-run nightly',
      )
      assert.equal(status, 0, stderr)
      return stdout.split('\n').filter((line) => /^(?:ProtectHome|ReadOnlyPaths|ReadWritePaths)=/u.test(line))
    }
    const rest = `-${top}/state -/var/tmp`
    assert.deepEqual(protection('/home/b', '/run/app/a.db'), [
      'ProtectHome=read-only',
      'ReadOnlyPaths=/run',
      `ReadWritePaths=-/home/b -/run/app ${rest}`,
    ])
    assert.deepEqual(protection('/srv/b', '/root/a.db'), ['ReadOnlyPaths=-/home -/run/user /run', `ReadWritePaths=-/root -/srv/b ${rest}`])
    assert.deepEqual(protection('/home', '/run/a.db'), ['ReadOnlyPaths=-/root -/run/user', `ReadWritePaths=-/home -/run ${rest}`])
  })

  it('forbid setgid folders to a task without a storage on this host', () => {
    const text = readFileSync(file, 'utf8')
    const s3 = '{ type: s3, bucket: b, access-key: k, secret-key: s }'
    writeFileSync(file, text.replace(/\{ type: localfs.*?\}/u, s3))
    const { status, stdout, stderr } = shell('h enable --systemd --dry-run nightly')
    assert.equal(status, 0, stderr)
    assert.match(stdout, /^RestrictSUIDSGID=yes$/mu)
  })

  it('leave everything open to a task with commands, and facts about the network to one with facts of the host', () => {
    configure('exec: [/bin/true]')
    assert.match(shell('h enable --systemd --dry-run nightly').stdout, /\nKillMode=process\n/u)
    assert.doesNotMatch(shell('h enable --systemd --dry-run nightly').stdout, /ProtectSystem/u)
    configure('backup: { objects: { facts: { host-facts: {} } } }')
    assert.match(shell('h enable --systemd --dry-run nightly; ls').stdout, /\nIPAddressDeny=any\n/u)
  })

  it('are listed with their drift, and removed', () => {
    const { status, stdout, stderr } = shell(`h enable --systemd all; h schedule; echo ---; h schedule nightly
      sed -i 's/30 2/45 2/' $top/h.yaml; h schedule; h enable -q --systemd all; h schedule; h disable --systemd nightly; find .; h disable --systemd all`)
    assert.equal(status, 0, stderr)
    const [first = '', second = ''] = stdout.split('---\n')
    assert.match(first, /^holdfast-task-nightly\.service\nholdfast-task-nightly\.timer\n/u)
    assert.match(first, /02:30:00 \+0000 .* nightly .*yes\s*$/mu)
    assert.equal(second.match(/02:30:00 \+0000/gu)?.length, 5)
    assert.match(second, /02:45:00 .*differs\s*$/mu)
    assert.match(stderr, /the timer of task "nightly" differs/u)
    assert.match(second, /\n\.\n(?:\.\/timers\.target\.wants\n)?no timer found\n$/u)
  })

  it('enable a task as a crontab line does: a run that does not begin is overdue', () => {
    const { status, stdout, stderr } = shell(`h enable -q --systemd all; touch -d '-3 days' $top/h.yaml
      h schedule --json; h status --json; h disable -q --systemd all >/dev/null; h schedule --json; h status --json`)
    assert.equal(status, 0, stderr)
    const [enabled, overdue, disabled, ok] = stdout
      .trim()
      .split('\n')
      .slice(-4)
      .map((line) => JSON.parse(line))
    assert.deepEqual([enabled.isEnabled, overdue.tasks[0].state, disabled.isEnabled, ok.tasks[0].state], [true, 'overdue', false, 'never-run'])
  })

  it('are refused for missing folders, tasks without schedules, and units of others', () => {
    rmSync(join(top, 'root'), { recursive: true })
    assert.match(shell('h enable --systemd nightly || :; ls').stderr, /the folder "\S+\/root", to which the task "nightly" writes, is missing/u)
    mkdirSync(join(top, 'root'))
    assert.match(shell('echo x >holdfast-task-nightly.timer; h enable --systemd nightly || :').stderr, /belongs to another configuration/u)
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace('30 2 * * *', '@reboot'))
    assert.match(shell('h enable --systemd all || :; ls').stderr, /task "nightly": "@reboot" is unsupported in a timer/u)
    writeFileSync(file, text.replaceAll(/ {4}(?:schedule|jitter|catch-up).*\n/gu, ''))
    assert.match(shell('h enable --systemd nightly || :').stderr, /has no "schedule"/u)
  })

  it('are imitated by --sandbox: the backup is made, and nothing else can be written or reached', () => {
    const { status, stderr } = shell('h run --sandbox nightly')
    assert.equal(status, 0, stderr)
    assert.match(shell('h sets').stdout, /complete/u)
    configure(`exec: { shell: "echo x >${top}/outside" }`)
    const outside = shell('h run --sandbox nightly')
    assert.equal(outside.status, 1)
    assert.match(outside.stderr, /Read-only file system/u)
    assert.equal(existsSync(join(top, 'outside')), false)
    configure('backup: { objects: { dir: { ldap: {} } } }')
    const ldap = shell('h run --sandbox nightly')
    assert.equal(ldap.status, 1)
    assert.match(ldap.stderr, /the task "nightly" backs up an LDAP directory, which cannot be read consistently/u)
  })

  it('are imitated with mounts in other mounts: those of the storage can be written, no others, and what is covered is ignored', () => {
    mkdirSync(join(top, 'root/nightly'), { recursive: true })
    mkdirSync(join(top, 'other/covered'), { recursive: true })
    writeFileSync(
      file,
      `version: 1
storages: { local: { type: localfs, root: ${top}/root } }
tasks:
  saved: { steps: [ { ${files} } ] }
  nightly: { steps: [ { name: w, exec: { shell: "touch ${top}/root/nightly/x" } }, { name: a, exec: { shell: "! touch '${top}/other/a %s b/x'" } }, { name: b, exec: { shell: "! touch ${top}/other/x" } }, { task: saved } ] }
`,
      { mode: 0o600 },
    )
    const { status, stdout, stderr } = shell(`mount -t tmpfs none $top/other/covered; mount -t tmpfs none $top/other; mkdir "$top/other/a %s b"
      mount -t tmpfs none "$top/other/a %s b"; mount -t tmpfs none $top/root/nightly; h run --sandbox nightly; ls $top/root/nightly`)
    assert.equal(status, 0, stderr)
    assert.match(stdout, /^x$/mu)
  })

  it('permit the programs whose facts are saved to create their locks', () => {
    mkdirSync(join(top, 'bin'), { recursive: true })
    const program = (name: string, text: string) => writeFileSync(join(top, 'bin', name), `#!/bin/sh\nset -e\n${text}\n`, { mode: 0o755 })
    // As those of LVM, which do not read without a lock.
    program('pvs', 'mkdir -p /run/lock/lvm-of-test; rmdir /run/lock/lvm-of-test; echo volumes')
    program('vgcfgbackup', 'echo "no lock" >&2; exit 5')
    configure('backup: { objects: { facts: { host-facts: {}, compress: none } } }')
    const { status, stdout, stderr } = shell(`PATH=$top/bin:$PATH; h enable --systemd --dry-run nightly | grep ReadWrite; h run --sandbox -q nightly
      cat $top/root/nightly/2*/facts.tar | tar -xOf - host-facts/disks/pvs.json host-facts/MISSING`)
    assert.equal(status, 0, stderr)
    assert.match(stdout, /^ReadWritePaths=-\/run .*\n(?:.*\n)*volumes\n/u)
    assert.match(stdout, /^disks\/lvm: vgcfgbackup ended with 5: no lock $/mu)
  })

  it('are not imitated if something stays writable', () => {
    mkdirSync(join(top, 'bin'), { recursive: true })
    const fake = '#!/bin/sh\ncase "$*" in *remount*/boot*) echo "mount: not permitted" >&2; exit 32 ;; esac\nexec /bin/mount "$@"\n'
    writeFileSync(join(top, 'bin/mount'), fake, { mode: 0o755 })
    const { status, stderr } = shell('mount -t tmpfs none /boot; PATH=$top/bin:$PATH; h run --sandbox nightly')
    assert.equal(status, 1)
    assert.match(stderr, /not permitted\nerror: could not create the sandbox: could not make "\/boot" read-only\n$/u)
  })
})
