import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildExecutable } from '../../tools/executable/build-exe.ts'
import { foreignTarget } from '../../tools/executable/foreign-target.ts'
import { buildPackages } from '../../tools/packaging/build-packages.ts'
import { type BareRoot, bareRoot } from '../support/bare-root.ts'
import { debianMirror } from '../support/debian-root.ts'
import { requires } from '../support/requires.ts'
import { onlyWhenLong } from './only-when-long.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const skip =
  onlyWhenLong() ||
  (process.arch === 'x64' ? false : 'for x64') ||
  requires('root', 'leave to mount', 'npm', 'llvm-strip', 'qemu-aarch64', 'debootstrap', 'zstd', 'dpkg-deb', 'rpmbuild')

/** The C and C++ libraries of Debian for arm64, as `/lib` of a root. */
function libraries(): string {
  const folder = join(checkout, 'node_modules/.cache/debian/arm64-lib')
  if (existsSync(folder)) return folder
  const top = mkdtempSync(join(tmpdir(), 'arm64-'))
  try {
    const options = ['--foreign', '--arch=arm64', '--variant=minbase', 'bookworm', join(top, 'root'), debianMirror()]
    execFileSync('debootstrap', options, { stdio: ['ignore', 'ignore', 'inherit'] })
    const inner = join(top, 'lib/aarch64-linux-gnu')
    mkdirSync(inner, { recursive: true })
    copyFileSync(join(top, 'root/lib/ld-linux-aarch64.so.1'), join(top, 'lib/ld-linux-aarch64.so.1'))
    for (const place of ['lib', 'usr/lib'])
      for (const path of globSync(join(top, 'root', place, 'aarch64-linux-gnu/lib{c,m,dl,pthread,stdc++,gcc_s}.so.[0-9]')))
        copyFileSync(path, join(inner, basename(path)))
    mkdirSync(join(folder, '..'), { recursive: true })
    cpSync(join(top, 'lib'), `${folder}.new`, { recursive: true })
    renameSync(`${folder}.new`, folder)
  } finally {
    rmSync(top, { recursive: true, force: true })
  }
  return folder
}

describe('the executable for arm64, made on x64', { skip }, () => {
  const top = mkdtempSync(join(tmpdir(), 'arm64-made-'))
  let root: BareRoot
  before(async () => {
    root = bareRoot('qemu-aarch64')
    cpSync(libraries(), join(root.folder, 'usr/lib'), { recursive: true })
    const emulator = `qemu-aarch64 -L ${root.folder}`
    await buildExecutable(checkout, join(top, 'exe'), await foreignTarget(checkout, 'arm64', emulator))
    copyFileSync(join(top, 'exe/holdfast'), join(root.folder, 'usr/bin/holdfast'))
  })
  after(() => {
    root.remove()
    rmSync(top, { recursive: true, force: true })
  })

  it('starts, backs up, verifies and restores', () => {
    // The emulator opens descriptors of its own. The launcher passes the name, too.
    const holdfast = (...words: readonly string[]) => root.run(['qemu-aarch64', '/usr/bin/holdfast', '--invoked-as=holdfast', ...words])
    const ok = (...words: readonly string[]) => {
      const { status, stdout, stderr } = holdfast(...words)
      assert.equal(status, 0, `${words.join(' ')}: ${stdout}${stderr}`)
      // The code cache was made by the Node.js that is in the executable: another one would be rejected with a warning.
      assert.equal(stderr, '')
      return stdout
    }
    assert.match(ok('--version'), /^\d+\.\d+\.\d+\n$/u)
    const objects = '{ etc: { files: { paths: [/etc] } }, large: { exec: [head, -c, "20000000", /dev/zero], compress: none } }'
    root.write(
      'etc/holdfast/holdfast.yaml',
      `version: 1\nstorages: { d: { type: localfs, root: /var/backups } }\ntasks: { t: { steps: [{ backup: { objects: ${objects} } }] } }\n`,
    )
    ok('-q', 'run')
    assert.match(ok('verify', '--deep'), /good \(2 objects/u)
    ok('restore', 't', '--to', '/tmp/back')
    assert.match(ok('doctor', '--json'), /Node\.js v24\.\d+\.\d+ \(arm64\)/u)
  })

  it('is in packages for arm64', () => {
    const facts = { version: '0.0.9', epoch: 1_700_000_000 }
    const { deb, rpm } = buildPackages({
      root: checkout,
      executable: join(top, 'exe'),
      target: join(top, 'packages'),
      facts,
      isQuick: true,
      arch: 'arm64',
    })
    assert.match(execFileSync('dpkg-deb', ['--info', deb], { encoding: 'utf8' }), /Architecture: arm64/u)
    assert.equal(execFileSync('rpm', ['-qp', '--queryformat', '%{ARCH}', rpm], { encoding: 'utf8' }), 'aarch64')
  })
})
