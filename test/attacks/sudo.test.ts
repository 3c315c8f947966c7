import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { checkout, openPlace } from '../palhm/place.ts'
import { asAttacker, attackersFolder } from '../support/attacker.ts'
import { attack } from './attack.ts'

const guide = readFileSync(join(checkout, 'docs/guide/checks.md'), 'utf8')
/** The rule as the guide has it, for a user whom every host has. */
const RULE = (/ {4}Cmnd_Alias HOLDFAST_CHECK[\s\S]*?NOPASSWD: HOLDFAST_CHECK\n/u.exec(guide)?.[0] ?? '')
  .replaceAll(/^ {4}/gmu, '')
  .replace(/^nagios /mu, 'nobody ')
/** The command lines that the guide gives to monitoring systems. */
const ALLOWED = [...new Set([...guide.matchAll(/\/usr\/bin\/sudo -n (?<words>[\w/. -]*?)(?= \|\||\n)/gu)].map((it) => it.groups?.['words'] ?? ''))]

const NEEDS = ['root', 'sudo', 'visudo', 'unshare', 'setpriv']

interface Host {
  /** Runs a command line by sudo, as the user of the rule. */
  sudo(words: string, env?: Readonly<Record<string, string>>): { readonly status: number | null; readonly output: string }
  /** A configuration of that user, and what its check would make as root. */
  readonly own: string
  readonly mark: string
}

/** This host with the rule in its sudoers and the program in /usr/local/bin, for whoever is in a mount namespace of ours. */
function openHost(t: TestContext, rule: string): Host {
  const place = openPlace(t)
  chmodSync(place.top, 0o755)
  for (const folder of ['bin', 'sudoers.d', 'etc', 'state']) mkdirSync(join(place.top, folder))
  symlinkSync(join(checkout, 'holdfast'), join(place.top, 'bin/holdfast'))
  writeFileSync(join(place.top, 'sudoers.d/holdfast'), rule, { mode: 0o440 })
  writeFileSync(
    join(place.top, 'etc/holdfast.yaml'),
    'version: 1\nchecks: { fine: { exec: ["true"] } }\ntasks: { nightly: { steps: [ { exec: ["true"] } ] } }\n',
  )
  const mark = join(place.top, 'mark')
  const own = join(place.top, 'own.yaml')
  writeFileSync(own, `version: 1\nchecks: { bad: { exec: [/bin/touch, ${mark}] } }\ntasks: {}\n`)
  asAttacker('test -r "$1"', own)
  const mounts = [
    [join(place.top, 'bin'), '/usr/local/bin'],
    [join(place.top, 'sudoers.d'), '/etc/sudoers.d'],
    [join(place.top, 'state'), '/var/lib/holdfast'],
    [join(place.top, 'etc'), '/etc/holdfast'],
  ]
  const made = mounts.map(([, at]) => at ?? '').filter((at) => !existsSync(at))
  // On a host without the program these are places to mount on, and go again.
  t.after(() => {
    for (const at of made) rmSync(at, { recursive: true, force: true })
  })
  const script = [
    ...made.map((at) => `mkdir -p ${at}`),
    ...mounts.map(([from, at]) => `mount --bind ${from} ${at}`),
    'words=$1; shift',
    'exec setpriv --reuid=65534 --regid=65534 --clear-groups -- env "$@" sh -c "exec /usr/bin/sudo -n $words"',
  ].join('\n')
  return {
    own,
    mark,
    sudo(words, env = {}) {
      const variables = Object.entries({ PATH: '/usr/bin:/bin', ...env }).map(([name, value]) => `${name}=${value}`)
      const { status, stdout, stderr } = spawnSync('unshare', ['-m', '--propagation', 'private', 'sh', '-euc', script, 'sh', words, ...variables], {
        encoding: 'utf8',
        cwd: '/',
        env: { PATH: process.env['PATH'] },
      })
      return { status, output: stdout + stderr }
    },
  }
}

attack(
  {
    name: 'the sudo rule of the guide',
    attacker: 'the user of the monitoring system',
    how: 'calls the permitted command lines, and each of them with additional words before, between or after its words, or with variables',
    outcome: 'sudo runs exactly the listed command lines, and rejects all others; no program of the user is run',
    needs: NEEDS,
  },
  (t) => {
    assert.ok(RULE.includes('check --timeout 25s') && ALLOWED.length >= 3, RULE)
    const host = openHost(t, RULE)
    const checked = spawnSync('visudo', ['-c', '-f', '-'], { input: RULE, encoding: 'utf8' })
    assert.equal(checked.status, 0, checked.stderr)
    for (const words of ALLOWED) {
      const { output } = host.sudo(words)
      assert.match(output, words.includes('--json') ? /^\{"status":"unknown"/u : /^HOLDFAST UNKNOWN - runs: no runs are recorded/u)
      for (const more of [`${words} -f ${host.own}`, `${words} --file=${host.own}`, `${words} x`, words.replace(' check', ` -f ${host.own} check`)]) {
        const refused = host.sudo(more)
        assert.equal(refused.status, 1)
        assert.match(refused.output, /^sudo: /u, more)
      }
      assert.match(host.sudo(`HOLDFAST_STATE=/tmp ${words}`).output, /^sudo: /u)
      assert.match(host.sudo(`-E ${words}`, { HOLDFAST_STATE: '/tmp' }).output, /^sudo: /u)
      // Without being asked for, sudo hands none of them on.
      assert.equal(host.sudo(words, { HOLDFAST_STATE: '/nowhere', NODE_OPTIONS: '--require=/nowhere' }).output, output)
    }
    assert.equal(existsSync(host.mark), false)
  },
)

attack(
  {
    name: 'the environment of the caller, if sudo keeps it',
    attacker: 'the user of the monitoring system',
    how: 'calls the permitted command lines with LD_PRELOAD, NODE_OPTIONS, NODE_PATH, HOLDFAST_STATE, HOME, TMPDIR, PATH, ENV and settings of AWS and rclone that refer to files of the attacker, on a host whose other rules keep these variables',
    outcome: 'the result is the same as without them, and no program of the attacker is run',
    needs: NEEDS,
  },
  (t) => {
    const names = ['LD_PRELOAD', 'NODE_OPTIONS', 'NODE_PATH', 'HOLDFAST_STATE', 'HOLDFAST_DEBUG', 'HOME', 'TMPDIR', 'PATH', 'ENV', 'BASH_ENV']
    const more = ['AWS_CONFIG_FILE', 'RCLONE_CONFIG', 'XDG_CONFIG_HOME', 'XDG_STATE_HOME', 'CREDENTIALS_DIRECTORY', 'GNUPGHOME', 'NODE_CHANNEL_FD']
    const host = openHost(t, `Defaults env_keep += "${[...names, ...more].join(' ')}"\nDefaults !secure_path\n${RULE}`)
    const his = attackersFolder(t)
    const program = `#!/bin/sh\ntouch ${host.mark}\n`
    for (const name of ['node', 'readlink', 'true']) asAttacker('printf %s "$2" > "$1"; chmod +x "$1"', join(his, name), program)
    asAttacker('printf %s "$2" > "$1"', join(his, 'evil.cjs'), `require('node:fs').writeFileSync(${JSON.stringify(host.mark)}, '')`)
    const env = {
      ...Object.fromEntries([...names, ...more].map((name) => [name, his])),
      PATH: `${his}:/usr/bin:/bin`,
      NODE_OPTIONS: `--require=${his}/evil.cjs`,
      LD_PRELOAD: `${his}/evil.so`,
      ENV: `${his}/true`,
      BASH_ENV: `${his}/true`,
      HOLDFAST_DEBUG: '1',
    }
    for (const words of ALLOWED) {
      // What his own shell says of it, before sudo.
      const said = host.sudo(words, env).output.replaceAll(/^ERROR: ld\.so: .*\n/gmu, '')
      assert.equal(said, host.sudo(words).output)
    }
    assert.equal(existsSync(host.mark), false)
  },
)

attack(
  {
    name: 'a sudo rule that permits any arguments',
    attacker: 'the user of the monitoring system',
    how: 'uses the rule `check *` of an earlier version of the guide, with a configuration of the attacker whose check runs a program',
    outcome:
      '`check` is UNKNOWN for `-f` in every form, for `--allow-unsafe-permissions`, and for variables that select locations or programs; the program of the attacker is not run',
    needs: NEEDS,
  },
  (t) => {
    const host = openHost(
      t,
      'Defaults !secure_path\nnobody ALL=(root) NOPASSWD: SETENV: /usr/local/bin/holdfast check *, /usr/local/bin/holdfast * check *\n',
    )
    const check = '/usr/local/bin/holdfast check'
    for (const words of [
      `${check} -f ${host.own}`,
      `${check} -f${host.own}`,
      `${check} --file ${host.own}`,
      `${check} --file=${host.own}`,
      `${check} -vf ${host.own} bad`,
      `/usr/local/bin/holdfast -f ${host.own} check -v`,
      `${check} --allow-unsafe-permissions nightly`,
      `HOLDFAST_STATE=/tmp ${check} nightly`,
      `AWS_CONFIG_FILE=/tmp/x ${check} nightly`,
      `HOME=/tmp ${check} fine`,
      `PATH=/tmp:/usr/bin:/bin ${check} fine`,
      `PATH=/usr/bin:/bin:/tmp/missing ${check} fine`,
      `PATH=/usr/bin:/bin:bin ${check} fine`,
      `PATH=/usr/bin:/bin: ${check} fine`,
    ]) {
      const { status, output } = host.sudo(words)
      assert.equal(status, 3, `${words}: ${output}`)
      assert.match(output, /^HOLDFAST UNKNOWN - (?:.* not allowed for a check that another user starts with sudo|the state folder)/u)
    }
    assert.equal(existsSync(host.mark), false)
  },
)
