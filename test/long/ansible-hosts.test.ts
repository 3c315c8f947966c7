import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, chmodSync, copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildPackages } from '../../tools/packaging/build-packages.ts'
import { builtExecutable } from '../support/built-exe.ts'
import { type OnlineRoot, onlineRoot } from '../support/online-root.ts'
import { requires } from '../support/requires.ts'
import { rpmRoot } from '../support/rpm-root.ts'
import { sshInto } from '../support/ssh-root.ts'
import { onlyWhenLong } from './only-when-long.ts'
import { keepProof, row } from './proof.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/u, '')
const skip =
  onlyWhenLong() || requires('root', 'leave to mount', 'strip', 'dpkg-deb', 'rpmbuild', 'debootstrap', 'ansible-playbook', 'ssh', 'ssh-keygen')

/** The least important first. */
const HOSTS = ['file', 'deb', 'rpm'] as const
type Host = (typeof HOSTS)[number]
const SYSTEMS: Readonly<Record<Host, string>> = {
  file: 'one file, Debian 12',
  deb: 'package, `apt-get`, Debian 11',
  rpm: 'package, `dnf`, RPM root',
}
const ON_HOSTS = ['openssh-server', 'python3', 'cron']

const configuration = (check = 'exit 0') => `version: 1
storages: { disk: { type: localfs, root: /var/backups/holdfast } }
checks: { own: { exec: [sh, -c, "${check}"] } }
tasks:
  nightly: { schedule: "30 2 * * *", steps: [{ backup: { objects: { etc: { files: { paths: [/etc] } } } } }] }
`

describe('the Ansible collection, over SSH, on hosts with the real package managers', { skip }, () => {
  const top = mkdtempSync(join(tmpdir(), 'ansible-hosts-'))
  const roots = new Map<Host, OnlineRoot>()
  const rows: string[] = []
  const ending: (() => void | Promise<void>)[] = []
  const sources = new Map<string, string>()
  let hosts: Readonly<Record<string, unknown>> = {}
  const rootOf = (host: Host) => roots.get(host) as OnlineRoot
  const program = (host: Host) => (host === 'file' ? '/usr/local/bin/holdfast' : '/usr/bin/holdfast')

  before(async () => {
    const executable = await builtExecutable(checkout)
    for (const [index, version] of ['0.0.1', '0.0.2'].entries()) {
      const made = buildPackages({ root: checkout, executable, target: join(top, version), facts: { version, epoch: 1_700_000_000 }, isQuick: true })
      const file = join(top, version, 'holdfast')
      copyFileSync(join(executable, 'holdfast'), file)
      // Another file that is the same program.
      appendFileSync(file, '\n'.repeat(index))
      chmodSync(file, 0o755)
      for (const [host, source] of Object.entries({ file, ...made })) sources.set(`${host} ${version}`, source)
    }
    const t = { after: (work: () => void | Promise<void>) => void ending.unshift(work) }
    const debian = (release: string, ...packages: readonly string[]) => {
      const root = onlineRoot(t, release)
      root.ok('apt-get', 'update')
      root.ok('apt-get', 'install', '--no-install-recommends', ...ON_HOSTS, ...packages)
      return root
    }
    // What the one file needs; the packages bring it.
    roots.set('file', debian('bookworm', 'zstd'))
    roots.set('deb', debian('bullseye'))
    roots.set('rpm', rpmRoot(t, sources.get('rpm 0.0.1') ?? '', ...ON_HOSTS))
    const entries: [string, unknown][] = []
    for (const host of HOSTS) {
      const { port, key } = await sshInto(t, rootOf(host), top)
      const connection = { ansible_host: '127.0.0.1', ansible_port: port, ansible_user: 'root', ansible_ssh_private_key_file: key }
      entries.push([host, { ...connection, ansible_python_interpreter: '/usr/bin/python3', holdfast_method: host }])
    }
    hosts = Object.fromEntries(entries)
  })
  after(async () => {
    for (const work of ending) await work()
    if (rows.length === 7) keepProof('ansible', [row('what is done', ...HOSTS.map((host) => SYSTEMS[host])), row(...Array(4).fill('---')), ...rows])
    rmSync(top, { recursive: true, force: true })
  })

  /** Runs the play of the collection for all hosts, with the programs of this version. With variables for single hosts: one host after the other. */
  const play = (version: string, variables: Readonly<Record<string, unknown>>, ...words: readonly string[]) => {
    const all = Object.entries(hosts).map(([host, own]) => [
      host,
      { ...(own as object), holdfast_source: sources.get(`${host} ${version}`), ...((variables[host] as object | undefined) ?? {}) },
    ])
    const vars = { holdfast_become: false, holdfast_configuration: configuration(), holdfast_scheduler: 'cron', holdfast_first_run: ['nightly'] }
    const serial = Object.keys(variables).length > 0 ? 1 : HOSTS.length
    writeFileSync(
      join(top, 'inventory.json'),
      JSON.stringify({ all: { vars: { ...vars, holdfast_serial: serial }, hosts: Object.fromEntries(all) } }),
    )
    const { status, stdout, stderr } = spawnSync('ansible-playbook', ['-i', join(top, 'inventory.json'), 'holdfast.holdfast.roll_out', ...words], {
      encoding: 'utf8',
      cwd: top,
      env: {
        ...{ PATH: process.env['PATH'], HOME: top, LC_ALL: 'C.UTF-8' },
        ...{
          ANSIBLE_COLLECTIONS_PATH: `${checkout}/ansible`,
          ANSIBLE_HOST_KEY_CHECKING: 'False',
          ANSIBLE_NOCOLOR: '1',
          ANSIBLE_SSH_USETTY: 'False',
          ANSIBLE_PIPELINING: 'True',
        },
      },
    })
    const changed = (host: Host) => Number(new RegExp(`^${host} .*changed=(?<count>\\d+)`, 'mu').exec(stdout)?.groups?.['count'] ?? -1)
    return { status, text: `${stdout.slice(-6000)}${stderr}`, changes: HOSTS.map(changed) }
  }
  const installed = () =>
    HOSTS.map((host) => {
      const root = rootOf(host)
      if (!existsSync(join(root.folder, program(host)))) return 'none'
      if (host === 'deb') return root.ok('dpkg-query', '-W', '-f', `\${Version}`, 'holdfast')
      if (host === 'rpm') return root.ok('rpm', '-q', '--qf', '%{VERSION}', 'holdfast')
      const same = spawnSync('cmp', ['-s', join(root.folder, program(host)), sources.get('file 0.0.1') ?? '']).status === 0
      return same ? '0.0.1' : '0.0.2'
    })
  const all = <T>(value: T) => HOSTS.map(() => value)
  const work = () => {
    for (const host of HOSTS) {
      const root = rootOf(host)
      assert.match(root.ok(program(host), 'verify', 'nightly', '--deep'), /good/u)
      assert.match(root.ok('crontab', '-l'), / run nightly/u)
      assert.equal(root.read('etc/holdfast/holdfast.yaml'), configuration())
    }
  }
  const assertNoChange = (version: string, ...words: readonly string[]) => {
    for (const mode of [[], ['--check']]) {
      const { status, changes, text } = play(version, {}, ...words, ...mode)
      assert.deepEqual([status, changes], [0, all(0)], text)
    }
  }

  it('changes nothing in check mode', () => {
    const { status, text } = play('0.0.1', {}, '--check')
    assert.equal(status, 0, text)
    assert.deepEqual(installed(), all('none'))
    for (const host of HOSTS)
      for (const path of ['etc/holdfast', 'var/cache/holdfast', 'var/backups/holdfast']) assert.ok(!existsSync(join(rootOf(host).folder, path)), path)
    rows.push(row('check mode on a bare host', ...all('nothing is changed')))
  })

  it('installs, configures, runs for the first time, enables; and nothing the second time', () => {
    const { status, changes, text } = play('0.0.1', {})
    assert.equal(status, 0, text)
    assert.deepEqual(installed(), all('0.0.1'))
    work()
    rows.push(row('installation: changes', ...changes))
    assertNoChange('0.0.1')
    rows.push(row('the same again, also in check mode: changes', ...all(0)))
  })

  it('upgrades; and nothing the second time', () => {
    const { status, changes, text } = play('0.0.2', {})
    assert.equal(status, 0, text)
    assert.deepEqual(installed(), all('0.0.2'))
    work()
    assertNoChange('0.0.2')
    rows.push(row('upgrade: changes; again', ...changes.map((count) => `${count}; 0`)))
  })

  it('goes back; and nothing the second time', () => {
    const back = ['-e', 'holdfast_state=rolled-back']
    const { status, changes, text } = play('0.0.2', {}, ...back)
    assert.equal(status, 0, text)
    assert.deepEqual(installed(), all('0.0.1'))
    work()
    assertNoChange('0.0.2', ...back)
    rows.push(row('roll-back: changes; again', ...changes.map((count) => `${count}; 0`)))
  })

  it('stops at the host whose check fails, before the more important one', () => {
    const { status, text } = play('0.0.2', { deb: { holdfast_configuration: configuration('echo it is broken; exit 2') } })
    assert.equal(status, 2, text)
    assert.match(text, /it is broken/u)
    assert.deepEqual(installed(), ['0.0.2', '0.0.2', '0.0.1'])
    rows.push(row('upgrade, a check fails on the second host', 'is upgraded', 'is upgraded, and fails', 'is not changed'))
  })

  it('installs again what was removed by other means', () => {
    rootOf('file').ok('rm', program('file'))
    rootOf('deb').ok('apt-get', 'remove', 'holdfast')
    rootOf('rpm').ok('dnf', 'remove', '-y', 'holdfast')
    const { status, text } = play('0.0.2', {})
    assert.equal(status, 0, text)
    assert.deepEqual(installed(), all('0.0.2'))
    work()
    rows.push(row('the program was removed by other means', ...all('is installed again')))
  })
})
