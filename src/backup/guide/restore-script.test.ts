import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { call, openLocalfs } from '../../../test/support/localfs.ts'
import { requires } from '../../../test/support/requires.ts'
import { type Content, makeSet } from '../../../test/support/sets.ts'
import { describeContent } from '../filter/filters.ts'
import { filesystemSets } from '../store/filesystem-sets.ts'

const noBusybox = requires('busybox', 'zstd', 'openssl')
const SHELLS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  dash: ['dash'],
  bash: ['bash', '--posix'],
  busybox: ['busybox', 'sh'],
}

describe('restore.sh', () => {
  let folder: string
  let dest: string
  /** Only the programs of BusyBox, and those that it does not have. */
  let rescue: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'restore-script-'))
    dest = join(folder, 'dest')
    rescue = join(folder, 'rescue')
    mkdirSync(join(folder, 'etc/sub'), { recursive: true })
    mkdirSync(rescue)
    writeFileSync(join(folder, 'etc/hosts'), '127.0.0.1 localhost\n', { mode: 0o640 })
    writeFileSync(join(folder, 'etc/sub/large'), 'x'.repeat(500_000))
    symlinkSync('hosts', join(folder, 'etc/link'))
    if (noBusybox) return
    execFileSync('busybox', ['--install', '-s', rescue])
    for (const program of ['zstd', 'openssl']) symlinkSync(`/usr/bin/${program}`, join(rescue, program))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const made = (pipeline: string): Exclude<Content, string | Buffer> => {
    const content = execFileSync('bash', ['--norc', '-o', 'pipefail', '-c', pipeline], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] })
    const stages = pipeline.split(' | ').map((stage) => ({ argv: stage.split(' ') as [string, ...string[]] }))
    return { content, ...describeContent(stages), stages: stages.map(({ argv }) => ({ program: argv[0], exitCode: 0, durationMs: 1 })) }
  }
  const publish = async (objects: Record<string, Content>) => {
    const sets = filesystemSets(openLocalfs(join(folder, 'root')), { completeWhen: 'manifest' })
    return join(folder, 'root', await makeSet(sets, call, { began: new Date('2026-01-02T03:04:05Z'), objects }))
  }
  const run = (shell: string, script: string, words: readonly string[] = [], env: Readonly<Record<string, string>> = {}) => {
    const [program, ...before] = SHELLS[shell] ?? ['sh']
    const PATH = shell === 'busybox' ? rescue : '/usr/bin:/bin'
    const path = shell === 'busybox' ? join(rescue, 'sh') : program
    const { status, stdout, stderr } = spawnSync(path, [...(shell === 'busybox' ? [] : before), script, ...words], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH, ...env },
    })
    return { status, stdout, stderr }
  }

  for (const shell of ['dash', 'bash', 'busybox']) {
    it(`brings back archives and streams, and nothing else, in ${shell}`, { skip: shell === 'busybox' && noBusybox }, async () => {
      const set = await publish({
        'etc.tar.zst': made('tar -cf - etc | zstd -q -T0'),
        'deep/etc.tgz': made('tar -czf - etc'),
        'db/shop.sql.gz': made('echo select | gzip -9'),
        'twice.sql.xz.bz2': made('echo twice | xz | bzip2'),
        'packages.txt': 'bash\n',
        "it's $(touch pwned)\n": 'odd',
        '-': 'dash',
        empty: '',
      })
      const script = join(set, 'restore.sh')
      const before = execFileSync('find', ['.', '-printf', '%p %m %s %T@\n'], { cwd: set, encoding: 'utf8' })
      const all = run(shell, script, ['dest'])
      assert.deepEqual([all.status, /8 objects: OK\n$/u.test(all.stdout)], [0, true], all.stderr)
      for (const archive of ['etc.tar.zst.d', 'deep/etc.tgz.d']) {
        assert.equal(spawnSync('diff', ['-r', '--no-dereference', join(folder, 'etc'), join(dest, archive, 'etc')]).status, 0, archive)
        assert.deepEqual([lstatSync(join(dest, archive, 'etc/hosts')).mode & 0o777, existsSync(join(folder, 'pwned'))], [0o640, false])
      }
      const restored = ['db/shop.sql', 'twice.sql', 'packages.txt', "it's $(touch pwned)\n", '-', 'empty'].map((path) =>
        readFileSync(join(dest, path), 'utf8'),
      )
      assert.deepEqual(restored, ['select\n', 'twice\n', 'bash\n', 'odd', 'dash', ''])
      assert.ok(!readdirSync(dest).some((name) => name.startsWith('.')), 'no helper file is left')
      assert.equal(execFileSync('find', ['.', '-printf', '%p %m %s %T@\n'], { cwd: set, encoding: 'utf8' }), before)
      assert.equal(/ACLs and extended attributes/u.test(all.stderr), shell === 'busybox')

      const again = run(shell, script, ['dest'])
      assert.deepEqual([again.status, /dest is not empty/u.test(again.stderr)], [2, true])
      const one = run(shell, script, ['one', 'packages.txt'])
      assert.deepEqual([one.status, one.stdout, readdirSync(join(folder, 'one'))], [0, 'packages.txt: OK\n1 objects: OK\n', ['packages.txt']])
      const unknown = run(shell, script, ['two', 'packages'])
      assert.deepEqual([unknown.status, /unknown object/u.test(unknown.stderr), existsSync(join(folder, 'two'))], [2, true, false])
      assert.match(run(shell, script, ['-l']).stdout, / 5 {2}packages\.txt\n/u)
      assert.equal(run(shell, script, ['-c']).status, 0)
      assert.equal(run(shell, script, ['-x']).status, 2)
    })

    it(`restores what is good, reports what is damaged, and ends with 1, in ${shell}`, { skip: shell === 'busybox' && noBusybox }, async () => {
      const set = await publish({ a: 'good', b: 'bad', c: 'good', 'd.gz': made('echo gone | gzip') })
      writeFileSync(join(set, 'b'), 'new')
      rmSync(join(set, 'd.gz'))
      const { status, stdout, stderr } = run(shell, join(set, 'restore.sh'), ['dest'])
      assert.deepEqual([status, stdout, readdirSync(dest)], [1, 'a: OK\nc: OK\n', ['a', 'c']])
      assert.match(stderr, /changed or damaged[\s\S]*b: FAILED[\s\S]*d\.gz: FAILED\n2 of 4 objects failed\n$/u)
      assert.equal(run(shell, join(set, 'restore.sh'), ['-c']).status, 1)
    })

    it(`explains which key is missing, and takes it, in ${shell}`, { skip: shell === 'busybox' && noBusybox }, async () => {
      writeFileSync(join(folder, 'password'), 'hunter2\n')
      const set = await publish({
        'plain.txt': 'open',
        'f.enc': made(`echo secret | openssl enc -aes-256-cbc -pbkdf2 -pass file:${folder}/password`),
      })
      const script = join(set, 'restore.sh')
      assert.doesNotMatch(readFileSync(script, 'utf8'), /hunter2|password'/u)
      const without = run(shell, script, ['dest'])
      assert.deepEqual([without.status, readdirSync(dest)], [1, ['plain.txt']])
      assert.match(without.stderr, /Set OPENSSL_PASS to the source of the password/u)
      assert.equal(run(shell, script, ['more', 'f.enc'], { OPENSSL_PASS: `file:${folder}/password` }).status, 0)
      assert.equal(readFileSync(join(folder, 'more/f'), 'utf8'), 'secret\n')
    })
  }

  it('fails for a truncated stream, and for a program that is missing', { skip: noBusybox || requires('lz4') }, async () => {
    const set = await publish({
      'cut.gz': { ...made('echo cut | gzip'), content: made('head -c 3 etc/hosts').content },
      'a.lz4': made('echo a | lz4'),
    })
    const { status, stderr } = run('dash', join(set, 'restore.sh'), ['dest'])
    assert.deepEqual([status, /cut\.gz: FAILED/u.test(stderr)], [1, true])
    assert.match(run('busybox', join(set, 'restore.sh'), ['other']).stderr, /missing program: lz4\n/u)
  })

  it('works by its reserved path if an object has its name, and by stdin not at all', async () => {
    const set = await publish({ 'restore.sh': 'echo of the host\n' })
    assert.deepEqual(readdirSync(join(set, '.holdfast')), ['restore.sh'])
    const { status } = run('dash', join(set, '.holdfast/restore.sh'), ['dest'])
    assert.deepEqual([status, readFileSync(join(dest, 'restore.sh'), 'utf8')], [0, 'echo of the host\n'])
    const piped = spawnSync('sh', [], { cwd: folder, input: readFileSync(join(set, '.holdfast/restore.sh')), encoding: 'utf8' })
    assert.deepEqual([piped.status, /run it by its path/u.test(piped.stderr)], [2, true])
  })

  it('has nothing that shellcheck reports', { skip: requires('shellcheck') }, async () => {
    const set = await publish({
      'etc.tar.zst': made('tar -cf - etc | zstd -q'),
      'shop.sql.gz': { ...made('echo select | gzip'), kind: 'postgresql' },
    })
    const checked = spawnSync('shellcheck', ['-s', 'sh', '-e', 'SC2034', join(set, 'restore.sh')], { encoding: 'utf8' })
    assert.equal(checked.stdout, '')
  })
})
