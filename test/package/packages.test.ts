import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { COMMAND_NAMES } from '../../src/cli/args/commands.ts'
import { packageArchitecture } from '../../tools/packaging/architectures.ts'
import { buildPackages } from '../../tools/packaging/build-packages.ts'
import { renderBash, renderFish, renderZsh } from '../../tools/packaging/completions.ts'
import { renderManPage } from '../../tools/packaging/man-page.ts'
import { type BareRoot, bareRoot } from '../support/bare-root.ts'
import { builtExecutable } from '../support/built-exe.ts'
import { requires } from '../support/requires.ts'
import { signRepositories } from '../support/signed-repository.ts'
import { serveFolder } from '../support/web-folder.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const INSTALLED = ['libc6 2.36', 'libstdc++6 12.2', 'zstd 1.5']
const EXAMPLE = 'etc/holdfast/holdfast.yaml.example'
const needs = requires('root', 'leave to mount', 'strip', 'dpkg-deb', 'rpmbuild', 'apt-ftparchive', 'createrepo_c', 'rpmsign', 'gpg', 'gpgv', 'zstd')

describe('packages', { skip: needs }, () => {
  const top = mkdtempSync(join(tmpdir(), 'packages-'))
  const made: { readonly deb: string; readonly rpm: string }[] = []
  let root: BareRoot
  before(async () => {
    const executable = await builtExecutable(checkout)
    for (const version of ['0.0.1', '0.0.2'])
      made.push(buildPackages({ root: checkout, executable, target: join(top, version), facts: { version, epoch: 1_700_000_000 }, isQuick: true }))
    root = bareRoot()
  })
  after(() => {
    root.remove()
    rmSync(top, { recursive: true, force: true })
  })
  const [older, newer] = [() => made[0] ?? { deb: '', rpm: '' }, () => made[1] ?? { deb: '', rpm: '' }]
  const run = (...argv: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(argv[0] ?? '', argv.slice(1), { encoding: 'utf8', input: '' })
    assert.equal(status, 0, `${argv.join(' ')}: ${stdout}${stderr}`)
    return stdout
  }
  const works = () => {
    for (const name of ['holdfast', 'palhm', 'palhm.py', 'KristaBackup.py']) {
      const { status, stdout, stderr } = root.run([`/usr/bin/${name}`, '--version'])
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
      assert.match(stdout, /\d/u)
    }
    const ignoring = root.run(['sh', '-c', 'trap "" HUP; exec /usr/bin/holdfast -f /etc/holdfast/t.yaml run t'])
    assert.match(ignoring.stdout, /SigIgn:\s+0*1\n/u, ignoring.stderr)
  }

  /** All units, the crontab and the init script start the installed program, and none is a copy for another place. */
  const startsInstalled = (units: string) => {
    const names = readdirSync(join(checkout, 'share/systemd'))
    assert.ok(names.includes('holdfast-status.service') && names.includes('holdfast-status.timer'))
    const shared = ['cron/holdfast', 'init/holdfast-boot-report'].map((it) => `usr/share/holdfast/${it}`)
    for (const path of [...names.map((it) => `${units}/${it}`), ...shared]) {
      const text = readFileSync(join(root.folder, path), 'utf8')
      assert.doesNotMatch(text, /\/opt\/|[Cc]orrect the path|\/etc\/systemd/u, path)
      if (!path.endsWith('.timer')) assert.match(text, /\/usr\/bin\/holdfast/u, path)
    }
    assert.match(root.run(['sh', `/${shared[1]}`]).stderr, /^usage: /u)
    assert.equal(spawnSync('grep', ['-rl', '/opt/holdfast/holdfast', join(root.folder, 'usr/share')], { encoding: 'utf8' }).stdout, '')
  }

  /** Of the newer packages, made anew in `signed`. */
  const signedRepositories = () => {
    signRepositories({ packages: join(top, '0.0.2'), target: join(top, 'signed'), home: join(top, 'gnupg') })
    return join(top, 'signed')
  }

  /** A root where dpkg knows what the package depends on. */
  const prepareDpkg = (it: BareRoot) => {
    for (const folder of ['info', 'updates']) mkdirSync(join(it.folder, 'var/lib/dpkg', folder), { recursive: true })
    const status = INSTALLED.map(
      (name) =>
        `Package: ${name.replace(' ', '\nVersion: ')}\nStatus: install ok installed\nArchitecture: ${packageArchitecture().deb}\nMaintainer: x\nDescription: x\n`,
    )
    it.write('var/lib/dpkg/status', status.join('\n'))
  }

  it('of Debian are installed, run, keep changed settings on an upgrade, and leave only what others wrote when purged', () => {
    const dpkg = (...words: readonly string[]) => run('dpkg', `--root=${root.folder}`, '--force-script-chrootless', '--force-not-root', ...words)
    prepareDpkg(root)
    dpkg('-i', older().deb)
    startsInstalled('lib/systemd/system')
    root.write('etc/holdfast/t.yaml', 'version: 1\ntasks: { t: { steps: [{ exec: [grep, SigIgn, /proc/self/status] }] } }\n')
    works()
    root.write(EXAMPLE, 'changed\n')
    dpkg('--force-confdef', '--force-confold', '-i', newer().deb)
    assert.equal(readFileSync(join(root.folder, EXAMPLE), 'utf8'), 'changed\n')
    assert.match(dpkg('-s', 'holdfast'), /^Version: 0\.0\.2$/mu)
    assert.equal(dpkg('-V', 'holdfast').replaceAll(/^.*holdfast\.yaml\.example.*\n/gmu, ''), '')
    // As by "systemctl enable". The second is a unit of the administrator.
    const wants = join(root.folder, 'etc/systemd/system/multi-user.target.wants')
    mkdirSync(wants, { recursive: true })
    symlinkSync('/lib/systemd/system/holdfast-web.service', join(wants, 'holdfast-web.service'))
    symlinkSync('/etc/systemd/system/holdfast-status.service', join(wants, 'holdfast-status.service'))
    dpkg('-r', 'holdfast')
    assert.equal(readdirSync(wants).length, 2)
    dpkg('-P', 'holdfast')
    assert.deepEqual(readdirSync(wants), ['holdfast-status.service'])
    assert.deepEqual(readdirSync(join(root.folder, 'etc/holdfast')), ['t.yaml'])
    for (const gone of ['usr/bin/holdfast', 'usr/libexec/holdfast', 'usr/share/holdfast', 'usr/share/doc/holdfast'])
      assert.ok(!existsSync(join(root.folder, gone)), gone)
  })

  it('of RPM are installed, run, upgraded and erased', () => {
    const rpm = (...words: readonly string[]) => run('rpm', '--root', root.folder, ...words)
    rpm('--initdb')
    rpm('-i', '--nodeps', '--ignoreos', older().rpm)
    startsInstalled('usr/lib/systemd/system')
    works()
    rpm('-U', '--nodeps', '--ignoreos', newer().rpm)
    assert.match(rpm('-q', 'holdfast'), /^holdfast-0\.0\.2-1/u)
    assert.equal(rpm('-V', '--nodeps', 'holdfast'), '')
    assert.match(run('rpm', '-qp', '--requires', newer().rpm), /^libc\.so\.6\(GLIBC_2\.28\)/mu)
    rpm('-e', 'holdfast')
    assert.deepEqual(readdirSync(join(root.folder, 'etc/holdfast')), ['t.yaml'])
    for (const gone of ['usr/libexec/holdfast', 'usr/share/holdfast', 'usr/share/licenses/holdfast'])
      assert.ok(!existsSync(join(root.folder, gone)), gone)
  })

  it('are equal when built again elsewhere', async () => {
    const again = buildPackages({
      root: checkout,
      executable: await builtExecutable(checkout),
      target: join(top, 'again'),
      facts: { version: '0.0.2', epoch: 1_700_000_000 },
      isQuick: true,
    })
    for (const kind of ['deb', 'rpm'] as const) run('cmp', again[kind], newer()[kind])
  })

  it('come from signed repositories: APT installs from one over HTTP, and rejects a changed package and a changed list', {
    skip: requires('caddy'),
  }, async (t) => {
    const repositories = signedRepositories()
    const verify = (list: string) => spawnSync('gpgv', ['--keyring', join(top, 'keyring.gpg'), `${list}.asc`, list]).status
    execFileSync('gpg', ['--dearmor', '--output', join(top, 'keyring.gpg'), `${repositories}/holdfast.asc`])
    assert.equal(verify(`${repositories}/rpm/repodata/repomd.xml`), 0)
    const server = await serveFolder(repositories)
    t.after(() => server.close())
    const host = bareRoot()
    t.after(() => host.remove())
    prepareDpkg(host)
    const folder = join(top, 'client')
    for (const it of ['lists/partial', 'archives/partial', 'etc']) mkdirSync(join(folder, it), { recursive: true })
    writeFileSync(join(folder, 'etc/sources.list'), `deb [signed-by=${repositories}/holdfast.asc] ${server.url}/apt ./\n`)
    const settings = [
      ...[`Dir::Etc=${folder}/etc`, 'Dir::Etc::sourcelist=sources.list', 'Dir::Etc::sourceparts=-', `Dir::State=${folder}`],
      ...[`Dir::State::status=${host.folder}/var/lib/dpkg/status`, `Dir::Cache=${folder}`, `Dir::Log=${folder}`],
      ...['APT::Sandbox::User=root', 'Acquire::Languages=none', 'Acquire::http::Proxy=DIRECT', 'APT::Install-Recommends=false'],
      ...[`--root=${host.folder}`, '--force-script-chrootless', '--force-not-root'].map((it) => `DPkg::Options::=${it}`),
    ].flatMap((it) => ['-o', it])
    // Settings of this host, such as what runs after an installation, are not those of the other.
    const env = { ...process.env, APT_CONFIG: '/dev/null', DEBIAN_FRONTEND: 'noninteractive' }
    const apt = (...words: readonly string[]) => {
      const { status, stdout, stderr } = spawnSync('apt-get', [...settings, ...words], { cwd: folder, env, encoding: 'utf8', input: '' })
      return { status, text: stdout + stderr }
    }
    const updated = apt('update', '--error-on=any')
    assert.equal(updated.status, 0, updated.text)
    const [name = ''] = readdirSync(join(repositories, 'apt')).filter((it) => it.endsWith('.deb'))
    const change = (path: string) => {
      const bytes = readFileSync(join(repositories, 'apt', path))
      bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
      writeFileSync(join(repositories, 'apt', path), bytes)
    }
    change(name)
    const rejected = apt('install', '-y', 'holdfast')
    assert.match(rejected.text, /Hash Sum mismatch|Hashes? .*mismatch/iu)
    assert.notEqual(rejected.status, 0)
    change(name)
    const installed = apt('install', '-y', 'holdfast')
    assert.equal(installed.status, 0, installed.text)
    assert.match(host.run(['/usr/bin/holdfast', '--version']).stdout, /^\d/u)
    assert.equal(apt('purge', '-y', 'holdfast').status, 0)
    assert.ok(!existsSync(join(host.folder, 'usr/bin/holdfast')))
    change('InRelease')
    rmSync(join(folder, 'lists'), { recursive: true })
    mkdirSync(join(folder, 'lists/partial'), { recursive: true })
    assert.notEqual(apt('update', '--error-on=any').status, 0)
  })

  it('come from signed repositories, which DNF reads, and from which it rejects a changed list and a changed package', {
    skip: requires('dnf'),
  }, () => {
    const repositories = signedRepositories()
    const folder = join(top, 'dnf')
    mkdirSync(folder)
    const settings = [
      ...[
        `--installroot=${folder}/root`,
        '--releasever=1',
        '--disablerepo=*',
        `--repofrompath=holdfast,file://${repositories}/rpm`,
        '--enablerepo=holdfast',
      ],
      ...['--setopt=holdfast.gpgcheck=1', '--setopt=holdfast.repo_gpgcheck=1', `--setopt=holdfast.gpgkey=file://${repositories}/holdfast.asc`],
      ...[`--setopt=cachedir=${folder}/cache`, `--setopt=persistdir=${folder}/persist`, `--setopt=logdir=${folder}`, '--setopt=reposdir=/none'],
      ...['--setopt=pluginpath=/none', '--setopt=holdfast.skip_if_unavailable=0', '--assumeyes'],
    ]
    const dnf = (...words: readonly string[]) => spawnSync('dnf', [...settings, ...words], { cwd: folder, encoding: 'utf8' })
    const made = dnf('makecache', '--refresh')
    assert.equal(made.status, 0, made.stdout + made.stderr)
    assert.match(dnf('repoquery', 'holdfast').stdout, /^holdfast-0:0\.0\.2-1\.x86_64$/mu)
    run('rpm', '--root', join(folder, 'keys'), '--initdb')
    run('rpm', '--root', join(folder, 'keys'), '--import', join(repositories, 'holdfast.asc'))
    const [name = ''] = readdirSync(join(repositories, 'rpm')).filter((it) => it.endsWith('.rpm'))
    const verify = () => spawnSync('rpm', ['--root', join(folder, 'keys'), '-K', join(repositories, 'rpm', name)], { encoding: 'utf8' })
    assert.match(verify().stdout, /digests signatures OK/u, verify().stdout + verify().stderr)
    const bytes = readFileSync(join(repositories, 'rpm', name))
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1000) ^ 1, bytes.length - 1000)
    writeFileSync(join(repositories, 'rpm', name), bytes)
    assert.notEqual(verify().status, 0)
    const list = join(repositories, 'rpm/repodata/repomd.xml')
    writeFileSync(list, `${readFileSync(list, 'utf8')}<!-- changed -->\n`)
    assert.notEqual(dnf('makecache', '--refresh').status, 0)
  })

  it('of RPM are what rpmlint accepts', { skip: requires('rpmlint') }, () => {
    const settings = join(checkout, 'tools/packaging/files/rpmlint.toml')
    const { stdout } = spawnSync('rpmlint', ['-c', settings, newer().rpm], { encoding: 'utf8' })
    assert.match(stdout, /; 0 errors, 0 warnings, 0 badness/u)
    assert.deepEqual(stdout.match(/^holdfast.*$/gmu), null)
  })
})

describe('what is made from the list of commands', () => {
  const folder = mkdtempSync(join(tmpdir(), 'made-'))
  const check = (name: string, text: string, argv: readonly string[]) => {
    writeFileSync(join(folder, name), text)
    const { status, stdout, stderr } = spawnSync(argv[0] ?? '', [...argv.slice(1), join(folder, name)], { encoding: 'utf8' })
    assert.deepEqual({ status, said: stdout + stderr }, { status: 0, said: '' })
  }
  after(() => rmSync(folder, { recursive: true }))

  it('is a completion for bash that completes commands, options and words', () => {
    check('holdfast.bash', renderBash(), ['bash', '-n'])
    const completed = (...words: readonly string[]) =>
      execFileSync(
        'bash',
        [
          '-c',
          `. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _holdfast; printf "%s\\n" "\${COMPREPLY[@]}"`,
          join(folder, 'holdfast.bash'),
          'holdfast',
          ...words,
        ],
        { encoding: 'utf8' },
      )
        .trim()
        .split('\n')
    assert.deepEqual(completed('resto'), ['restore'])
    assert.deepEqual(completed('-f', 'run', 'run', '--st'), ['--strict', '--stall-limit'])
    assert.deepEqual(completed('config', 'conv'), ['convert'])
    assert.deepEqual(completed('help', 'sched'), ['schedule'])
    assert.deepEqual(
      completed('-f', '/etc/passw').toSorted(),
      ['/etc/passwd', '/etc/passwd-'].filter((it) => existsSync(it)),
    )
  })

  it('is a completion for zsh', { skip: requires('zsh') }, () => check('_holdfast', renderZsh(), ['zsh', '-n']))

  it('is a completion for fish', { skip: requires('fish') }, () => check('holdfast.fish', renderFish(), ['fish', '-n']))

  it('is a manual page with every command', { skip: requires('mandoc') }, () => {
    const page = renderManPage('1.2.3', '2026-01-02')
    check('holdfast.8', page, ['mandoc', '-Tlint', '-W', 'warning'])
    const shown = unstruck(execFileSync('mandoc', ['-Tascii', join(folder, 'holdfast.8')], { encoding: 'utf8' }))
    for (const name of COMMAND_NAMES) assert.match(shown, new RegExp(`^ {3}${name}\\b`, 'mu'))
    assert.match(shown, /--stall-limit <duration>/u)
  })
})

/** Without the characters that are struck over to make others bold. */
function unstruck(text: string): string {
  const parts = text.split('\b')
  return parts.map((part, index) => (index < parts.length - 1 ? part.slice(0, -1) : part)).join('')
}
