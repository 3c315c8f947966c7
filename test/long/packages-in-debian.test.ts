import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildExecutable } from '../../tools/executable/build-exe.ts'
import { buildPackages } from '../../tools/packaging/build-packages.ts'
import { buildRepositories } from '../../tools/packaging/build-repositories.ts'
import { builtExecutable } from '../support/built-exe.ts'
import { copyCheckout } from '../support/checkout-copy.ts'
import { debianRoot } from '../support/debian-root.ts'
import { requires } from '../support/requires.ts'
import { onlyWhenLong } from './only-when-long.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const skip = onlyWhenLong() || requires('root', 'leave to mount', 'strip', 'dpkg-deb', 'rpmbuild', 'debootstrap', 'lintian')
const CONFIG =
  'version: 1\nstorages: { local: { type: localfs, root: /var/backups/h } }\ntasks: { t: { steps: [{ backup: { objects: { etc: { files: { paths: [/etc] } } } } }] } }\n'

describe('packages and the executable in Debian', { skip }, () => {
  const top = mkdtempSync(join(tmpdir(), 'in-debian-'))
  let executable = ''
  before(async () => {
    executable = await builtExecutable(checkout)
    const facts = { version: '0.0.9', epoch: 1_700_000_000 }
    buildPackages({ root: checkout, executable, target: join(top, 'packages'), facts })
    buildRepositories({ packages: join(top, 'packages'), target: join(top, 'repositories') })
  })
  after(() => rmSync(top, { recursive: true, force: true }))

  it('are what lintian accepts', () => {
    const [deb = ''] = readdirSync(join(top, 'packages')).filter((it) => it.endsWith('.deb'))
    const { status, stdout } = spawnSync('lintian', ['--allow-root', '--fail-on', 'error,warning', join(top, 'packages', deb)], { encoding: 'utf8' })
    assert.deepEqual({ status, stdout }, { status: 0, stdout: '' })
  })

  for (const release of ['bookworm', 'bullseye']) {
    it(`back up, verify and restore in a minimal ${release}, installed by APT and as one file`, () => {
      const root = debianRoot(release)
      try {
        const ok = (...argv: readonly string[]) => {
          const { status, stdout, stderr } = root.run(argv)
          assert.equal(status, 0, `${argv.join(' ')}: ${stdout}${stderr}`)
          return stdout
        }
        // Asks the mirror for zstd.
        copyFileSync('/etc/resolv.conf', join(root.folder, 'etc/resolv.conf'))
        cpSync(join(top, 'repositories/apt'), join(root.folder, 'repository'), { recursive: true })
        writeFileSync(join(root.folder, 'etc/apt/sources.list.d/holdfast.list'), 'deb [trusted=yes] file:/repository ./\n')
        ok('apt-get', 'update', '-q')
        ok('apt-get', 'install', '-y', '-q', '--no-install-recommends', 'holdfast')
        mkdirSync(join(root.folder, 'etc/holdfast'), { recursive: true })
        writeFileSync(join(root.folder, 'etc/holdfast/holdfast.yaml'), CONFIG, { mode: 0o600 })
        copyFileSync(join(executable, 'holdfast'), join(root.folder, 'usr/local/bin/one-file'))
        symlinkSync('one-file', join(root.folder, 'usr/local/bin/holdfast'))
        for (const program of ['/usr/bin/holdfast', '/usr/local/bin/holdfast']) {
          ok(program, '-q', 'run', 't')
          assert.match(ok(program, 'verify', 't', '--deep'), /good/u)
          ok(program, 'restore', 't', '--overwrite', '--to', '/tmp/back')
        }
        ok('apt-get', 'purge', '-y', '-q', 'holdfast')
        assert.match(ok('ls', '/var/backups/h/t'), /^\d/u)
        assert.equal(ok('ls', '/etc/holdfast'), 'holdfast.yaml\n')
      } finally {
        root.remove()
      }
    })
  }

  it('is equal when it is built again from another folder', async () => {
    const copy = join(top, 'copy')
    const release = copyCheckout(checkout, copy)
    try {
      await buildExecutable(copy, join(top, 'again'))
    } finally {
      release()
    }
    for (const name of ['holdfast', 'SHA256SUMS', 'holdfast.cdx.json', 'LICENSES.txt'])
      execFileSync('cmp', [join(executable, name), join(top, 'again', name)])
  })
})
