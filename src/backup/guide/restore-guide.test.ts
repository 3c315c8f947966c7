import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { guideBlocks } from '../../../test/support/guide.ts'
import { call, openLocalfs } from '../../../test/support/localfs.ts'
import { requires } from '../../../test/support/requires.ts'
import { type Content, makeSet } from '../../../test/support/sets.ts'
import { describeContent } from '../filter/filters.ts'
import { filesystemSets } from '../store/filesystem-sets.ts'

const began = new Date('2026-01-02T03:04:05Z')

describe('RESTORE.md', () => {
  let folder: string
  let dest: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'guide-'))
    dest = join(folder, 'dest')
    mkdirSync(join(folder, 'etc/sub'), { recursive: true })
    writeFileSync(join(folder, 'etc/hosts'), '127.0.0.1 localhost\n', { mode: 0o640 })
    writeFileSync(join(folder, 'etc/sub/large'), 'x'.repeat(500_000))
    symlinkSync('hosts', join(folder, 'etc/link'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  /** An object as this shell pipeline makes it. */
  const made = (pipeline: string, env: NodeJS.ProcessEnv = {}): Content => {
    const content = execFileSync('bash', ['--norc', '-o', 'pipefail', '-c', pipeline], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const stages = pipeline.split(' | ').map((stage) => ({ argv: stage.split(' ') as [string, ...string[]] }))
    return { content, ...describeContent(stages), stages: stages.map(({ argv }) => ({ program: argv[0], exitCode: 0, durationMs: 1 })) }
  }
  const publish = async (objects: Record<string, Content>) => {
    const storage = openLocalfs(join(folder, 'root'))
    const name = await makeSet(filesystemSets(storage, { completeWhen: 'manifest' }), call, { began, objects })
    const set = join(folder, 'root', name)
    return { set, guide: readFileSync(join(set, 'RESTORE.md'), 'utf8') }
  }
  const shell = (set: string, script: string, env: Readonly<Record<string, string>> = { DEST: dest }) =>
    spawnSync('/bin/sh', ['-eu'], { cwd: set, input: script, encoding: 'utf8', env: { PATH: '/usr/bin:/bin', ...env } })
  const restore = (set: string, guide: string) => {
    for (const block of guideBlocks(guide)) {
      const { status, stderr } = shell(set, block)
      assert.equal(status, 0, `${stderr}\n${block}`)
    }
  }
  const restored = (path: string) => readFileSync(join(dest, path), 'utf8')

  it('brings back archives and streams, by the block and all in one shell', async () => {
    const { set, guide } = await publish({
      'etc.tar.zst': made('tar -cf - etc | zstd -q -T0'),
      'deep/etc.tgz': made('tar -czf - etc'),
      'etc.tar': made('tar -cf - etc'),
      'db/shop.sql.gz': made('echo select | gzip -9'),
      'db/other.sql.xz': made('echo other | xz'),
      'db/third.sql.bz2': made('echo third | bzip2'),
      'packages.txt': 'bash\n',
      'twice.sql.gz.zst': made('echo twice | gzip | zstd -q --long=31'),
      empty: '',
    })
    const before = execFileSync('find', ['.', '-printf', '%p %m %s %T@\n'], { cwd: set, encoding: 'utf8' })
    restore(set, guide)
    for (const archive of ['etc.tar.zst.d', 'deep/etc.tgz.d', 'etc.tar.d']) {
      assert.equal(spawnSync('diff', ['-r', '--no-dereference', join(folder, 'etc'), join(dest, archive, 'etc')]).status, 0, archive)
      assert.equal(statSync(join(dest, archive, 'etc/hosts')).mode & 0o777, 0o640)
      assert.ok(lstatSync(join(dest, archive, 'etc/link')).isSymbolicLink())
    }
    assert.deepEqual(['db/shop.sql', 'db/other.sql', 'db/third.sql', 'packages.txt', 'twice.sql', 'empty'].map(restored), [
      'select\n',
      'other\n',
      'third\n',
      'bash\n',
      'twice\n',
      '',
    ])
    assert.equal(statSync(dest).mode & 0o777, 0o700)
    assert.ok(!readdirSync(dest).some((name) => name.startsWith('.')), 'no helper file is left')
    assert.equal(execFileSync('find', ['.', '-printf', '%p %m %s %T@\n'], { cwd: set, encoding: 'utf8' }), before)

    const all = shell(set, guideBlocks(guide).join('\n'), { DEST: join(folder, 'again') })
    assert.equal(all.status, 0, all.stderr)
    assert.equal(spawnSync('diff', ['-r', '--no-dereference', dest, join(folder, 'again')]).status, 0)
  })

  it('restores beside the set by default, and never into a folder that is not empty', async () => {
    const { set, guide } = await publish({ f: 'x' })
    const blocks = guideBlocks(guide).join('\n')
    assert.equal(shell(set, blocks, {}).status, 0)
    assert.equal(readFileSync(join(set, '../restored/f'), 'utf8'), 'x')
    const again = shell(set, blocks, {})
    assert.deepEqual([again.status, /is not empty: choose another folder/u.test(again.stderr)], [1, true])
  })

  it('stops at a damaged object', async () => {
    const { set, guide } = await publish({ f: 'good' })
    writeFileSync(join(set, 'f'), 'evil')
    assert.notEqual(shell(set, guideBlocks(guide).join('\n')).status, 0)
    assert.equal(existsSync(dest), false)
  })

  it('treats a truncated stream as a failure', async () => {
    // Whole for tar, which stops reading at the archive's end; only gzip sees that its checksum is wrong.
    const whole = made('tar -cf - etc | gzip | zstd -q') as { content: Buffer }
    const damaged = 'import sys; data = bytearray(sys.stdin.buffer.read()); data[-6] ^= 255; sys.stdout.buffer.write(data)'
    const cut = {
      ...whole,
      content: execFileSync('bash', ['--norc', '-c', 'tar -cf - etc | gzip | python3 -c "$0" | zstd -q', damaged], { cwd: folder }),
    }
    const { set, guide } = await publish({ 'cut.tar.gz.zst': cut })
    const { status, stderr } = shell(set, guideBlocks(guide).join('\n'))
    assert.notEqual(status, 0)
    assert.match(stderr, /crc error/u)
    assert.match(stderr, /ended-well-2/u)
  })

  it('holds for any name', async () => {
    const names = [
      "it's",
      'two  words',
      '-rf',
      '$(touch pwned)',
      '`touch pwned`',
      'a\nb',
      'a\n```\nrm -rf x\n```sh\nfalse\n',
      'tab\t\u001b[31m',
      'back\\slash',
      '*',
      'é/日本 ?',
      '#x',
      '~',
      '"',
      '!',
      '-',
      '%s',
      'end\n',
    ]
    const { set, guide } = await publish(
      Object.fromEntries([...names.map((name) => [name, `in ${name}`]), ['z\n\'"; .tar.gz', made('tar -cf - etc | gzip')]]),
    )
    assert.equal(guideBlocks(guide).length, names.length + 3)
    restore(set, guide)
    for (const name of names) assert.equal(restored(name), `in ${name}`)
    assert.ok(existsSync(join(dest, 'z\n\'"; .tar.gz.d/etc/hosts')))
    assert.deepEqual([existsSync(join(set, 'pwned')), existsSync(join(dest, 'pwned'))], [false, false])
  })

  it('gives every object a place of its own', async () => {
    const { set, guide } = await publish({
      'a.gz': made('echo one | gzip'),
      a: 'two',
      'b/c': 'three',
      'b.gz': made('echo four | gzip'),
      '.ended-well-1': 'five',
      'x.gz.xz': made('echo six | gzip | xz'),
    })
    restore(set, guide)
    const all = execFileSync('find', ['.', '-type', 'f'], { cwd: dest, encoding: 'utf8' }).trim().split('\n').sort()
    assert.deepEqual(all, ['./.ended-well-1', './a', './a.2', './b.2', './b/c', './x'])
    assert.deepEqual(['a', 'a.2', 'b/c', 'b.2', '.ended-well-1', 'x'].map(restored), ['one\n', 'two', 'three', 'four\n', 'five', 'six\n'])
  })

  it('states what is unknown, and restores the bytes', async () => {
    const record = { content: Buffer.from('mystery'), filters: ['rot13'], stages: [{ program: 'rot13', exitCode: 0, durationMs: 1 }] }
    const { set, guide } = await publish({ 'f.rot': record, g: 'plain' })
    assert.match(guide, /### 3\.1 f\.rot\n\n7 B, made by: rot13\. One of its filters is unknown/u)
    assert.match(guide, /### 3\.2 g\n\n5 B\. It has no known filters/u)
    restore(set, guide)
    assert.equal(restored('f.rot'), 'mystery')
  })

  it('keeps apart what needs a key, and brings it back with it', { skip: requires('gpg', 'openssl') }, async () => {
    const home = join(folder, 'gnupg')
    mkdirSync(home, { mode: 0o700 })
    const env = { GNUPGHOME: home, PASSWORD: 'hunter2' }
    const keygen = spawnSync('gpg', ['--batch', '--quiet', '--passphrase', '', '--quick-generate-key', 'ops@example.net', 'default', 'default'], {
      env: { ...process.env, ...env },
    })
    assert.equal(keygen.status, 0, String(keygen.stderr))
    writeFileSync(join(folder, 'password'), 'hunter2\n')
    const { set, guide } = await publish({
      'plain.txt': 'open',
      'etc.tar.zst.gpg': made('tar -cf - etc | zstd -q | gpg --batch --quiet --trust-model always -e -r ops@example.net', env),
      'f.enc': made(`echo secret | openssl enc -aes-256-cbc -pbkdf2 -pass file:${folder}/password`),
    })
    spawnSync('gpgconf', ['--kill', 'gpg-agent'], { env: { ...process.env, ...env } })
    restore(set, guide)
    assert.deepEqual(readdirSync(dest), ['plain.txt'])
    const keyed = guideBlocks(guide, 'sh needs-key')
    assert.deepEqual([keyed.length, /OPENSSL_PASS.*source of the password/u.test(guide), /keyring/u.test(guide)], [2, true, true])
    assert.doesNotMatch(guide, /hunter2|password'/u)
    assert.match(shell(set, keyed[1] ?? '').stderr, /OPENSSL_PASS: must be set/u)
    for (const block of keyed) {
      const { status, stderr } = shell(set, block, { DEST: dest, GNUPGHOME: home, OPENSSL_PASS: `file:${folder}/password` })
      assert.equal(status, 0, stderr)
    }
    spawnSync('gpgconf', ['--kill', 'gpg-agent'], { env: { ...process.env, ...env } })
    assert.equal(restored('f'), 'secret\n')
    assert.equal(restored('etc.tar.zst.gpg.d/etc/hosts'), '127.0.0.1 localhost\n')
  })
})
