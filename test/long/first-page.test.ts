import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildPackages } from '../../tools/packaging/build-packages.ts'
import { shellBlocks } from '../../tools/shell-blocks.ts'
import { commandBlocks } from '../guides/command-blocks.ts'
import { builtExecutable } from '../support/built-exe.ts'
import { type OnlineRoot, onlineRoot } from '../support/online-root.ts'
import { requires } from '../support/requires.ts'
import { signRepositories } from '../support/signed-repository.ts'
import { serveFolder, type WebFolder } from '../support/web-folder.ts'
import { onlyWhenLong } from './only-when-long.ts'
import { keepProof, row } from './proof.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(join(checkout, 'docs/guide/first-backup.md'), 'utf8')
const install = readFileSync(join(checkout, 'docs/guide/install.md'), 'utf8')
const skip =
  onlyWhenLong() ||
  requires('root', 'leave to mount', 'strip', 'dpkg-deb', 'rpmbuild', 'apt-ftparchive', 'createrepo_c', 'gpg', 'caddy', 'debootstrap')

describe('the first page of the guide, in a Debian with nothing but the system', { skip }, () => {
  const top = mkdtempSync(join(tmpdir(), 'first-page-'))
  const rows: string[] = []
  let executable = ''
  let server: WebFolder
  before(async () => {
    executable = await builtExecutable(checkout)
    const folders = { packages: join(top, 'packages'), target: join(top, 'served'), home: join(top, 'gnupg') }
    buildPackages({ root: checkout, executable, target: folders.packages, facts: { version: '0.0.9', epoch: 1_700_000_000 }, isQuick: true })
    signRepositories(folders)
    server = await serveFolder(folders.target)
  })
  after(async () => {
    await server?.close()
    if (rows.length === 3)
      keepProof('first-page', [row('system', 'installed as', 'installation', 'the page', 'together'), row(...Array(5).fill('---')), ...rows])
    rmSync(top, { recursive: true, force: true })
  })

  const block = (start: string) => {
    const found = commandBlocks(install).find((it) => it.startsWith(start))
    assert.ok(found !== undefined, start)
    return found.replaceAll('https://packages.example.org', server.url)
  }
  /** As a user with a shell on the host does: one block after the other, and one shell for all of them. */
  const follow = (root: OnlineRoot, name: string, [as, commands]: readonly [as: string, commands: string]) => {
    const seconds = (since: number) => (performance.now() - since) / 1000
    const start = performance.now()
    root.script(`apt-get update\n${commands}`)
    const installed = seconds(start)
    const blocks = shellBlocks(page)
    assert.equal(blocks.length, 5)
    const text = root.script(blocks.join('\n'))
    const whole = seconds(start)
    for (const said of [/0 errors, 0 warnings/u, /good \(2 objects/u, /etc\.tar\.zst: OK/u, /30 2 \* \* \*/u, /HOLDFAST OK/u])
      assert.match(text, said)
    rows.push(row(name, as, ...[installed, whole - installed, whole].map((it) => `${it.toFixed(0)} s`)))
  }
  const packaged = () => ['a package, from the repository', block('apt-get install --yes ca-certificates')] as const

  it('succeeds word for word in Debian 12, with the package', (t) => follow(onlineRoot(t, 'bookworm'), 'Debian 12', packaged()))

  it('succeeds word for word in Debian 11, with the package', (t) => follow(onlineRoot(t, 'bullseye'), 'Debian 11', packaged()))

  it('succeeds word for word in Debian 12, with the one file', (t) => {
    const root = onlineRoot(t, 'bookworm')
    copyFileSync(join(executable, 'holdfast'), join(root.folder, 'root/holdfast'))
    const needed = /`(?<command>apt-get install [^`]+)`/u.exec(page)?.groups?.['command'] ?? ''
    const copied = block('install -m 755 dist/holdfast /usr/local/bin/holdfast').replace('dist/holdfast', '/root/holdfast')
    follow(root, 'Debian 12', ['one file', `${copied}\n${needed}`])
  })
})
