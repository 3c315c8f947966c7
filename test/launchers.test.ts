import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { lacks } from './support/lacks.ts'

const checkout = fileURLToPath(new URL('..', import.meta.url))
const launchers = ['holdfast', 'palhm', 'palhm.py', 'KristaBackup.py', 'python', 'share/compile-cache.cjs']
const barePath = { PATH: '/usr/bin:/bin' }
const noPython = lacks('python3')

const canMount = spawnSync('unshare', ['--mount', '--map-root-user', 'true']).status === 0

interface Start {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

function run(argv: readonly string[], { cwd = '/', env = barePath }: Start = {}) {
  const [program = '', ...args] = argv
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: 'utf8' })
  // What the caller of the tests left open is named as well.
  return { status, stdout: stdout.replace(/"--inherited=[\d,]*",|--inherited=[\d,]* /gu, ''), stderr }
}

/** A copy of the launchers in a folder with a blank in its name, beside a main.ts that prints its arguments. */
function copyOfLaunchers(parent: string): string {
  const home = join(parent, 'a home')
  for (const name of launchers) cpSync(join(checkout, name), join(home, name), { recursive: true, verbatimSymlinks: true })
  mkdirSync(join(home, 'src'))
  writeFileSync(join(home, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(home, 'src/main.ts'), 'const words: string[] = process.argv.slice(2)\nconsole.log(JSON.stringify(words))\n')
  return home
}

describe('launchers', () => {
  const parent = mkdtempSync(join(tmpdir(), 'holdfast-launchers-'))
  const bin = join(parent, 'bin')
  let home = ''
  const words = (argv: readonly string[], start?: Start) => {
    const { status, stdout, stderr } = run(argv, start)
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
    return JSON.parse(stdout) as readonly string[]
  }

  before(() => {
    home = copyOfLaunchers(parent)
    symlinkSync(join(checkout, 'node_modules'), join(home, 'node_modules'))
    mkdirSync(bin)
    symlinkSync('../a home/holdfast', join(bin, 'Palhm'))
    symlinkSync('../a home/holdfast', join(bin, 'KristaBackup'))
    symlinkSync('../a home/KristaBackup.py', join(bin, 'KristaBackup.py'))
    symlinkSync('../a home/palhm.py', join(bin, 'old.py'))
    symlinkSync('old.py', join(bin, 'older.py'))
    symlinkSync(home, join(parent, 'linked'))
  })
  after(() => rmSync(parent, { recursive: true }))

  it('hand on the name and the arguments as they are', () => {
    const odd = ['-qf', 'a b', '', '*', "it's", '$HOME', '--', '-v']
    for (const name of ['holdfast', 'palhm', 'palhm.py']) assert.deepEqual(words([join(home, name), ...odd]), [`--invoked-as=${name}`, ...odd])
  })

  it('start from their own folder, with and without "./" and sh', () => {
    assert.deepEqual(words(['./palhm', 'run'], { cwd: home }), ['--invoked-as=palhm', 'run'])
    assert.deepEqual(words(['sh', 'palhm', 'run'], { cwd: home }), ['--invoked-as=palhm', 'run'])
    assert.deepEqual(words(['sh', 'palhm.py', 'run'], { cwd: home }), ['--invoked-as=palhm.py', 'run'])
    assert.deepEqual(words(['a home/palhm', 'run'], { cwd: parent }), ['--invoked-as=palhm', 'run'])
    assert.deepEqual(words(['sh', 'a home/palhm.py', 'run'], { cwd: parent }), ['--invoked-as=palhm.py', 'run'])
    assert.deepEqual(words(['palhm', 'run'], { env: { PATH: `${home}:/usr/bin:/bin` } }), ['--invoked-as=palhm', 'run'])
  })

  it('start through links of another name, chains of links and linked folders', () => {
    assert.deepEqual(words([join(bin, 'Palhm')]), ['--invoked-as=Palhm'])
    assert.deepEqual(words([join(bin, 'old.py')]), ['--invoked-as=old.py'])
    assert.deepEqual(words([join(bin, 'older.py')]), ['--invoked-as=older.py'])
    assert.deepEqual(words(['./older.py'], { cwd: bin }), ['--invoked-as=older.py'])
    assert.deepEqual(words([join(parent, 'linked/palhm')]), ['--invoked-as=palhm'])
  })

  it('start from Python: the file, a link to it, the package', { skip: noPython }, () => {
    const python = (...args: string[]) =>
      words(['python3', ...args], { env: { ...barePath, PYTHONPATH: join(home, 'python'), PYTHONDONTWRITEBYTECODE: '1' } })
    assert.deepEqual(python(join(home, 'palhm.py'), '-q', 'a b'), ['--invoked-as=palhm.py', '-q', 'a b'])
    assert.deepEqual(python(join(bin, 'older.py'), 'run'), ['--invoked-as=older.py', 'run'])
    assert.deepEqual(python('-m', 'palhm', '-q', 'run'), ['--invoked-as=palhm', '-q', 'run'])
  })

  it('pass on the path of KristaBackup as it was called, because the configuration is beside it', { skip: noPython }, () => {
    const env = { ...barePath, PYTHONDONTWRITEBYTECODE: '1' }
    const called = `--invoked-as=${join(bin, 'KristaBackup.py')}`
    assert.deepEqual(words([join(home, 'KristaBackup.py'), 'run', 'a b']), [`--invoked-as=${join(home, 'KristaBackup.py')}`, 'run', 'a b'])
    assert.deepEqual(words([join(bin, 'KristaBackup')]), [`--invoked-as=${join(bin, 'KristaBackup')}`])
    assert.deepEqual(words([join(bin, 'KristaBackup.py')]), [called])
    assert.deepEqual(words(['KristaBackup.py'], { env: { PATH: `${bin}:/usr/bin:/bin` } }), [called])
    assert.deepEqual(words(['python3', join(bin, 'KristaBackup.py'), 'run'], { env }), [called, 'run'])
    assert.deepEqual(words(['python3', 'KristaBackup.py'], { cwd: bin, env }), [called])
    assert.match(words(['./KristaBackup.py'], { cwd: bin })[0] ?? '', /^--invoked-as=\/.*\/bin\/.*KristaBackup\.py$/u)
  })

  it('leave no signal ignored that Python ignores', { skip: noPython }, () => {
    writeFileSync(
      join(home, 'src/main.ts'),
      "import { execFileSync } from 'node:child_process'\nexecFileSync('grep', ['SigIgn', '/proc/self/status'], { stdio: 'inherit' })\n",
    )
    for (const argv of [[join(home, 'palhm')], ['python3', join(home, 'palhm.py')]]) assert.match(run(argv).stdout, /^SigIgn:\s+0{16}\n$/u)
  })
})

describe('the compile cache', () => {
  const parent = mkdtempSync(join(tmpdir(), 'holdfast-launchers-'))
  const home = copyOfLaunchers(parent)
  const cache = join(home, '.cache')
  symlinkSync(join(checkout, 'node_modules'), join(home, 'node_modules'))
  writeFileSync(
    join(home, 'src/main.ts'),
    "import { getCompileCacheDir } from 'node:module'\nconsole.log(getCompileCacheDir() ?? '', Object.keys(process.env).join())\n",
  )
  after(() => rmSync(parent, { recursive: true }))
  beforeEach(() => rmSync(cache, { recursive: true, force: true }))
  const cacheInUse = () => {
    const { status, stdout, stderr } = run([join(home, 'holdfast')])
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
    return stdout
  }

  it('is in a private folder, and leaves no trace in the environment', () => {
    assert.match(cacheInUse(), /\/a home\/\.cache\/\S+ PATH(?:,PWD)?(?:,OLDPWD)?\n$/u)
    assert.equal(statSync(cache).mode & 0o777, 0o700)
    assert.equal(readdirSync(cache).length, 1)
  })

  it('is left alone where others could write: a folder open to them, a link, a file', () => {
    mkdirSync(cache)
    for (const mode of [0o777, 0o770]) {
      chmodSync(cache, mode)
      assert.match(cacheInUse(), /^ PATH/u)
    }
    rmSync(cache, { recursive: true })
    symlinkSync(parent, cache)
    assert.match(cacheInUse(), /^ PATH/u)
    rmSync(cache)
    writeFileSync(cache, '')
    assert.match(cacheInUse(), /^ PATH/u)
  })

  it('is not begun in a checkout that others can write', () => {
    chmodSync(home, 0o777)
    assert.match(cacheInUse(), /^ PATH/u)
    assert.equal(existsSync(cache), false)
    chmodSync(home, 0o755)
  })

  describe('of the built program', () => {
    const program = join(home, 'lib/holdfast')
    const compiled = join(cache, 'compiled-holdfast-run')
    const write = (name: string, text: string) => writeFileSync(join(program, name), text)
    const started = () => {
      const { status, stdout, stderr } = run([join(home, 'holdfast'), 'run'])
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
      return stdout
    }
    before(() => {
      mkdirSync(program, { recursive: true })
      write('main.cjs', "if (require.main === module) require('./lazy.cjs').print('good')\n")
      write('lazy.cjs', "exports.print = (text) => import('node:path').then(({ sep }) => console.log('1' + sep + text))\n")
    })
    after(() => rmSync(program, { recursive: true }))

    it('is stored, and accepted by later starts', () => {
      for (let start = 0; start < 6; start++) assert.equal(started(), '1/good\n')
      const { ino, mode } = statSync(compiled)
      assert.equal(mode & 0o777, 0o600)
      // What is not accepted is stored again.
      assert.equal(started(), '1/good\n')
      assert.equal(statSync(compiled).ino, ino)
    })

    it('is not used for a file that was changed, even if it has the same size', () => {
      for (let start = 0; start < 6; start++) started()
      write('lazy.cjs', readFileSync(join(program, 'lazy.cjs'), 'utf8').replace("'1'", "'2'"))
      assert.equal(started(), '2/good\n')
    })

    it('has no code of a file that an upgrade replaces while it is loaded', () => {
      const lazy = join(program, 'lazy.cjs')
      const text = readFileSync(lazy, 'utf8')
      const next = text.includes("'1'") ? text.replace("'1'", "'2'") : text.replace("'2'", "'1'")
      // Loaded last: the file is replaced when it has been read, and before anything of it is compiled.
      const upgrade = join(parent, 'upgrade.cjs')
      writeFileSync(
        upgrade,
        `const { Module } = require('node:module')
const { renameSync, writeFileSync } = require('node:fs')
const compile = Module.prototype._compile
Module.prototype._compile = function (content, path, format) {
  if (path.endsWith('lazy.cjs') && content.includes(${JSON.stringify(text)})) {
    writeFileSync(path + '.new', ${JSON.stringify(next)})
    renameSync(path + '.new', path)
  }
  return compile.call(this, content, path, format)
}
`,
      )
      const preloads = [join(home, 'share/compile-cache.cjs'), upgrade].flatMap((file) => ['--require', file])
      const during = run([process.execPath, ...preloads, join(program, 'main.cjs'), '--invoked-as=holdfast', 'run'])
      assert.deepEqual([during.status, during.stdout, readFileSync(lazy, 'utf8')], [0, `${text.includes("'1'") ? 1 : 2}/good\n`, next])
      assert.ok(existsSync(compiled))
      for (let start = 0; start < 2; start++) assert.equal(started(), `${next.includes("'1'") ? 1 : 2}/good\n`)
    })

    it('is not used if a byte of it was changed', () => {
      for (let start = 0; start < 6; start++) started()
      const bytes = readFileSync(compiled)
      for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / 8)) {
        const damaged = Buffer.from(bytes)
        damaged[at] = (damaged[at] ?? 0) ^ 0x41
        writeFileSync(compiled, damaged)
        started()
        assert.equal(readFileSync(compiled).equals(damaged), false, `byte ${at} of ${bytes.length}`)
      }
    })

    it('is ignored if it is no such file, and not stored where others could write', () => {
      mkdirSync(cache, { mode: 0o700 })
      writeFileSync(compiled, 'something else')
      assert.match(started(), /good\n$/u)
      rmSync(compiled)
      chmodSync(cache, 0o770)
      assert.match(started(), /good\n$/u)
      assert.deepEqual(readdirSync(cache), [])
    })
  })
})

describe('launchers without a Node.js of their own', () => {
  const parent = mkdtempSync(join(tmpdir(), 'holdfast-launchers-'))
  let home = ''
  const nodeThatSays = (version: string): string => {
    const folder = join(parent, version)
    mkdirSync(folder)
    writeFileSync(join(folder, 'node'), `#!/bin/sh\n[ "$1" = --version ] && echo ${version} || echo "started $*"\n`, { mode: 0o755 })
    return folder
  }

  before(() => {
    home = copyOfLaunchers(parent)
  })
  after(() => rmSync(parent, { recursive: true }))

  it('take the one on PATH when it is new enough', () => {
    for (const version of ['v24.0.0', 'v26.10.0', 'v30.1.2']) {
      const { status, stdout } = run([join(home, 'palhm'), 'run'], { env: { PATH: nodeThatSays(version) } })
      assert.equal(status, 0)
      assert.match(stdout, /^started .*\/src\/main\.ts --invoked-as=palhm run\n$/u)
    }
  })

  it('print a hint of one line if it is too old or missing', () => {
    for (const version of ['v20.20.2', 'v4.0.0', 'v23.9.9', 'rubbish']) {
      const folder = nodeThatSays(version)
      const { status, stdout, stderr } = run([join(home, 'holdfast')], { env: { PATH: folder } })
      const said = `holdfast: "${folder}/node" is not Node.js 24 or newer: run "npm ci" in "${home}", or install a newer Node.js\n`
      assert.deepEqual({ status, stdout, stderr }, { status: 1, stdout: '', stderr: said })
    }
    const { status, stderr } = run([join(home, 'holdfast')], { env: { PATH: join(parent, 'empty') } })
    const said = `holdfast: Node.js 24 or newer is missing: run "npm ci" in "${home}", or install Node.js\n`
    assert.deepEqual({ status, stderr }, { status: 1, stderr: said })
  })
})

describe('launchers on a system with an old C library', () => {
  const few = readdirSync('/lib64').length < 20
  const skip = few && canMount ? false : 'needs a private mount namespace and a small /lib64'

  it('fail with a clear message', { skip }, () => {
    for (const [version, refused] of [
      ['2.27', true],
      ['2.5', true],
      ['2.28', false],
      ['2.33', false],
    ] as const) {
      const folder = mkdtempSync(join(tmpdir(), 'holdfast-lib64-'))
      const script = `cp -dR /lib64/. "$1" && : >"$1/libc-${version}.so" && mount --bind "$1" /lib64 && exec "$2" --version`
      const { status, stderr } = run(['unshare', '--mount', '--map-root-user', 'sh', '-c', script, 'sh', folder, join(checkout, 'holdfast')])
      rmSync(folder, { recursive: true })
      const said = `holdfast: this system is too old: Node.js needs glibc 2.28 or newer, found ${version}\n`
      assert.deepEqual({ status, stderr }, refused ? { status: 1, stderr: said } : { status: 0, stderr: '' })
    }
  })
})

describe('the program itself', () => {
  const { version } = JSON.parse(run(['cat', join(checkout, 'package.json')]).stdout) as { readonly version: string }

  it('prints its version under every name', () => {
    const ways = [[join(checkout, 'holdfast')], ['sh', join(checkout, 'holdfast')]]
    for (const way of ways) {
      const { status, stdout, stderr } = run([...way, '--version'])
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
      assert.ok(stdout.includes(version), stdout)
    }
  })

  it('names what is missing in a chroot without /proc', { skip: canMount ? false : 'needs a private mount namespace' }, () => {
    const script = 'mount -t tmpfs none /proc && exec "$@"'
    const start = (word: string) => run(['unshare', '--mount', '--map-root-user', 'sh', '-c', script, 'sh', join(checkout, 'holdfast'), word])
    const { status, stdout, stderr } = start('sets')
    const said = 'error: "/proc" is not mounted\n  hint: In a chroot or a rescue system, mount it first: "mount -t proc proc /proc".\n'
    assert.deepEqual({ status, stdout, stderr }, { status: 1, stdout: '', stderr: said })
    assert.equal(start('--version').status, 0)
  })

  it('prints its help as the ancestor would be called', { skip: noPython }, () => {
    const ways = [
      [join(checkout, 'palhm')],
      [join(checkout, 'palhm.py')],
      ['sh', join(checkout, 'palhm.py')],
      ['python3', join(checkout, 'palhm.py')],
    ]
    const texts = ways.map((way) => run([...way, 'help'])).map(({ status, stdout, stderr }) => ({ status, empty: stdout === '', stderr }))
    assert.deepEqual(
      texts,
      ways.map(() => ({ status: 0, empty: false, stderr: '' })),
    )
  })
})
