import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildPackages } from '../../tools/packaging/build-packages.ts'
import { commandBlocks } from '../guides/command-blocks.ts'
import { builtExecutable } from '../support/built-exe.ts'
import { type OnlineRoot, onlineRoot } from '../support/online-root.ts'
import { requires } from '../support/requires.ts'
import { rpmRoot } from '../support/rpm-root.ts'
import { signRepositories } from '../support/signed-repository.ts'
import { serveFolder, type WebFolder } from '../support/web-folder.ts'
import { onlyWhenLong } from './only-when-long.ts'
import { keepProof, row } from './proof.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const skip =
  onlyWhenLong() ||
  requires('root', 'leave to mount', 'strip', 'dpkg-deb', 'rpmbuild', 'apt-ftparchive', 'createrepo_c', 'rpmsign', 'gpg', 'caddy', 'debootstrap')
const CONFIG =
  'version: 1\nstorages: { local: { type: localfs, root: /var/backups/h } }\ntasks: { t: { schedule: "30 2 * * *", steps: [{ backup: { objects: { etc: { files: { paths: [/etc] } } } } }] } }\n'
const EXAMPLE = 'etc/holdfast/holdfast.yaml.example'
const WEB_LINK = 'etc/systemd/system/multi-user.target.wants/holdfast-web.service'
const STEPS = [
  'installs',
  'upgrades',
  'goes back',
  'rejects a changed package',
  'rejects a changed list',
  'rejects a list with another signature',
  'removes',
]

describe('the signed repositories, served over HTTP', { skip }, () => {
  const top = mkdtempSync(join(tmpdir(), 'repositories-'))
  const folders = { packages: join(top, 'packages'), target: join(top, 'served'), home: join(top, 'gnupg') }
  const outcomes = new Map<string, string[]>(STEPS.map((step) => [step, []]))
  const systems: string[] = []
  const proven = (step: string, observed: string) => outcomes.get(step)?.push(observed)
  let server: WebFolder
  const made = new Map<string, { readonly deb: string; readonly rpm: string }>()
  /** The repositories with packages of these versions. */
  const publish = (...versions: readonly string[]) => {
    rmSync(folders.packages, { recursive: true, force: true })
    mkdirSync(folders.packages)
    for (const version of versions)
      for (const path of Object.values(made.get(version) ?? {})) copyFileSync(path, join(folders.packages, basename(path)))
    signRepositories(folders)
  }
  const served = (kind: 'apt' | 'rpm', path: string) => join(folders.target, kind, path)
  const change = (path: string) => {
    const bytes = readFileSync(path)
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
    writeFileSync(path, bytes)
  }
  /** What the guide shows for hosts with APT, or with DNF, with the address of this server. */
  const ofGuide = (start: string) => {
    const block = commandBlocks(readFileSync(join(checkout, 'docs/guide/install.md'), 'utf8')).find((it) => it.startsWith(start)) ?? ''
    assert.match(block, /https:\/\/packages\.example\.org/u)
    return block.replaceAll('https://packages.example.org', server.url)
  }

  before(async () => {
    const executable = await builtExecutable(checkout)
    for (const version of ['0.0.1', '0.0.2']) {
      const facts = { version, epoch: 1_700_000_000 }
      made.set(version, buildPackages({ root: checkout, executable, target: join(top, version), facts, isQuick: true }))
    }
    publish('0.0.1')
    server = await serveFolder(folders.target)
  })
  after(async () => {
    await server?.close()
    // Only after a run of all tests: a part of them would be a part of the table.
    if (systems.length === 3 && [...outcomes.values()].every((it) => it.length === 3))
      keepProof('repositories', [row('', ...systems), row('---', '---', '---', '---'), ...[...outcomes].map(([step, them]) => row(step, ...them))])
    rmSync(top, { recursive: true, force: true })
  })

  /** The program does its work on that host, with settings that the administrator has changed. */
  const use = (root: OnlineRoot) => {
    root.write('etc/holdfast/holdfast.yaml', CONFIG, 0o600)
    root.write(EXAMPLE, 'changed\n')
    root.ok('holdfast', '-q', 'run', 't')
    root.ok('holdfast', 'enable', 't')
    root.ok('systemctl', 'enable', 'holdfast-web')
    assert.ok(readdirSync(join(root.folder, 'etc/systemd/system/multi-user.target.wants')).includes('holdfast-web.service'))
  }
  const worksOn = (root: OnlineRoot) => {
    assert.match(root.ok('holdfast', 'verify', 't', '--deep'), /good/u)
    assert.match(root.ok('crontab', '-l'), / run t/u)
    assert.deepEqual([root.read(EXAMPLE), root.read('etc/holdfast/holdfast.yaml')], ['changed\n', CONFIG])
  }
  /** What is left of it, but what was written by the administrator and by runs. */
  const leftOf = (root: OnlineRoot) =>
    root
      .ok(
        'find',
        '/etc',
        '/usr',
        '/lib/systemd',
        '/var/lib/systemd',
        '(',
        '-name',
        '*holdfast*',
        '-o',
        '-name',
        'palhm*',
        '-o',
        '-name',
        'KristaB*',
        ')',
      )
      .split('\n')
      .filter((path) => path !== '' && !/^\/etc\/(?:holdfast(?:\/|$)|apt\/|yum\.repos\.d\/)/u.test(path))

  for (const release of ['bookworm', 'bullseye'])
    it(`are what apt-get installs, upgrades and purges from, in a minimal ${release}`, (t) => {
      publish('0.0.1')
      const root = onlineRoot(t, release)
      const version = () => root.ok('dpkg-query', '-W', '-f', `\${Version}`, 'holdfast')
      const [apt = ''] = /\d[\d.]*/u.exec(root.ok('apt-get', '--version')) ?? []
      root.ok('apt-get', 'update')
      root.script(ofGuide('apt-get install --yes ca-certificates'))
      assert.equal(version(), '0.0.1')
      // Recommended, where there is neither another one nor systemd.
      root.ok('sh', '-c', 'command -v crontab')
      root.ok('apt-get', 'install', '--no-install-recommends', 'systemd')
      use(root)
      worksOn(root)
      proven('installs', 'with what the page shows; cron comes with it')

      publish('0.0.1', '0.0.2')
      root.ok('apt-get', 'update')
      root.ok('apt-get', 'upgrade')
      assert.equal(version(), '0.0.2')
      worksOn(root)
      proven('upgrades', 'changed files of settings, schedules, enabled units and sets remain')
      root.ok('apt-get', 'install', '--allow-downgrades', 'holdfast=0.0.1')
      assert.equal(version(), '0.0.1')
      worksOn(root)
      proven('goes back', 'by `apt-get install --allow-downgrades holdfast=VERSION`')

      const [newer = ''] = readdirSync(served('apt', '')).filter((name) => name.startsWith('holdfast_0.0.2'))
      change(served('apt', newer))
      root.ok('apt-get', 'clean')
      assert.notEqual(root.run('apt-get', 'upgrade').status, 0)
      assert.equal(version(), '0.0.1')
      worksOn(root)
      proven('rejects a changed package', 'the older one remains, and works')
      const list = readFileSync(served('apt', 'InRelease'), 'utf8')
      writeFileSync(served('apt', 'InRelease'), list.replace('Origin: Holdfast', 'Origin: Holdfist'))
      assert.match(root.run('apt-get', 'update', '--error-on=any').text, /invalid|BADSIG/u)
      proven('rejects a changed list', 'yes')
      signRepositories({ ...folders, home: join(top, `gnupg-${release}`) })
      const other = root.run('apt-get', 'update', '--error-on=any')
      assert.match(other.text, /NO_PUBKEY/u)
      proven('rejects a list with another signature', 'yes')

      root.ok('holdfast', 'disable', 't')
      root.ok('apt-get', 'purge', 'holdfast')
      assert.deepEqual(leftOf(root), [])
      assert.equal(root.read('etc/holdfast/holdfast.yaml'), CONFIG)
      assert.match(root.ok('ls', '/var/backups/h/t'), /^\d/u)
      proven('removes', 'nothing is left (`apt-get purge`) but `holdfast.yaml`, the state folder and the sets')
      systems.push(`Debian ${release === 'bookworm' ? 12 : 11}, APT ${apt}`)
    })

  it('are what dnf installs, upgrades and removes from, in an RPM root', (t) => {
    publish('0.0.1')
    const root = rpmRoot(t, made.get('0.0.1')?.rpm ?? '', 'cron', 'systemd')
    const version = () => root.ok('rpm', '-q', '--qf', '%{VERSION}', 'holdfast')
    const [dnf = ''] = root.ok('dnf', '--version').split('\n')
    root.write('etc/yum.repos.d/holdfast.repo', ofGuide('[holdfast]'))
    root.ok('dnf', 'install', '-y', 'holdfast')
    assert.equal(version(), '0.0.1')
    use(root)
    worksOn(root)
    proven('installs', 'with what the page shows')

    publish('0.0.1', '0.0.2')
    root.ok('dnf', 'upgrade', '-y', '--refresh')
    assert.equal(version(), '0.0.2')
    worksOn(root)
    proven('upgrades', 'changed files of settings, schedules, enabled units and sets remain')
    root.ok('dnf', 'downgrade', '-y', 'holdfast')
    assert.equal(version(), '0.0.1')
    worksOn(root)
    proven('goes back', 'by `dnf downgrade holdfast`')

    change(served('rpm', 'holdfast-0.0.2-1.x86_64.rpm'))
    root.ok('dnf', 'clean', 'packages')
    assert.notEqual(root.run('dnf', 'upgrade', '-y', '--refresh').status, 0)
    assert.equal(version(), '0.0.1')
    worksOn(root)
    proven('rejects a changed package', 'the older one remains, and works')
    const list = served('rpm', 'repodata/repomd.xml')
    writeFileSync(list, `${readFileSync(list, 'utf8')}<!-- changed -->\n`)
    const refresh = () => root.run('dnf', 'makecache', '--refresh', '--setopt=skip_if_unavailable=0')
    assert.notEqual(refresh().status, 0)
    proven('rejects a changed list', 'yes')
    signRepositories({ ...folders, home: join(top, 'gnupg-dnf') })
    assert.notEqual(refresh().status, 0)
    proven('rejects a list with another signature', 'yes')

    root.ok('holdfast', 'disable', 't')
    root.ok('dnf', 'remove', '-y', 'holdfast')
    assert.ok(!existsSync(join(root.folder, WEB_LINK)))
    assert.deepEqual(leftOf(root), [])
    assert.equal(root.read('etc/holdfast/holdfast.yaml'), CONFIG)
    assert.match(root.ok('ls', '/var/backups/h/t'), /^\d/u)
    proven('removes', 'nothing is left (`dnf remove`) but `holdfast.yaml`, the state folder and the sets')
    systems.push(`RPM root, DNF ${dnf}`)
  })
})
