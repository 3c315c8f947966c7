import assert from 'node:assert/strict'
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type DebianRoot, debianRoot } from '../support/debian-root.ts'
import { requires } from '../support/requires.ts'
import { onlyWhenLong } from './only-when-long.ts'

const facts = fileURLToPath(new URL('../../share/host-facts.sh', import.meta.url))
const skip = onlyWhenLong() || requires('root', 'leave to mount', 'debootstrap')

function openRoot(t: TestContext): { readonly root: DebianRoot; readonly ok: (...argv: readonly string[]) => string } {
  const root = debianRoot('bookworm')
  t.after(() => root.remove())
  copyFileSync('/etc/resolv.conf', join(root.folder, 'etc/resolv.conf'))
  const ok = (...argv: readonly string[]) => {
    const { status, stdout, stderr } = root.run(argv)
    assert.equal(status, 0, `${argv.join(' ')}: ${stdout.slice(-600)}${stderr.slice(-1500)}`)
    return stdout
  }
  return { root, ok }
}

describe('the plan of the host facts, in Debian', { skip }, () => {
  it('gives a bare system the packages, accounts, name, mount points and schedules of the old one', (t) => {
    const old = openRoot(t)
    old.ok('apt-get', 'update', '-q')
    old.ok('apt-get', 'install', '-y', '-q', '--no-install-recommends', 'cron', 'bc', 'systemd')
    old.ok('useradd', '-m', '-u', '1234', '-G', 'adm', 'alice')
    old.ok('sh', '-c', "echo 'alice:secret' | chpasswd; systemctl enable cron; systemctl mask systemd-timesyncd")
    writeFileSync(join(old.root.folder, 'etc/hostname'), 'old-host\n')
    writeFileSync(join(old.root.folder, 'etc/fstab'), 'UUID=1 / ext4 defaults 0 1\nnas:/export /srv/nas nfs defaults 0 0\n')
    writeFileSync(join(old.root.folder, 'etc/cron.d/own'), '1 2 * * * root true\n')
    copyFileSync(facts, join(old.root.folder, 'host-facts.sh'))
    old.ok('sh', '-c', 'sh /host-facts.sh >/facts.tar')

    const bare = openRoot(t)
    copyFileSync(join(old.root.folder, 'facts.tar'), join(bare.root.folder, 'facts.tar'))
    bare.ok('tar', '-xpf', '/facts.tar')
    const read = (path: string) => readFileSync(join(bare.root.folder, path), 'utf8')
    const before = read('etc/shadow')
    assert.match(bare.ok('sh', '/host-facts/rebuild.sh'), /^Steps, in this order: disks mounts repositories packages users/u)
    assert.equal(read('etc/shadow'), before)
    bare.ok('sh', '/host-facts/rebuild.sh', 'disks', 'mounts', 'repositories', 'packages', 'users', 'name', 'services', 'schedules')

    const installed = (it: typeof bare) => it.ok('dpkg-query', '-W', '-f', `\${Package}\n`).trim().split('\n')
    const present = new Set(installed(bare))
    assert.deepEqual(
      installed(old).filter((name) => !present.has(name)),
      [],
    )
    assert.match(bare.ok('id', 'alice'), /^uid=1234\(alice\).*adm/u)
    const password = /^alice:.*$/mu
    assert.equal(password.exec(read('etc/shadow'))?.[0], password.exec(readFileSync(join(old.root.folder, 'etc/shadow'), 'utf8'))?.[0])
    assert.equal(bare.ok('systemctl', 'is-enabled', 'cron'), 'enabled\n')
    assert.equal(bare.root.run(['systemctl', 'is-enabled', 'systemd-timesyncd']).stdout, 'masked\n')
    assert.deepEqual(
      [read('etc/hostname'), read('etc/cron.d/own'), existsSync(join(bare.root.folder, 'srv/nas'))],
      ['old-host\n', '1 2 * * * root true\n', true],
    )
    rmSync(join(bare.root.folder, 'facts.tar'))
  })
})
