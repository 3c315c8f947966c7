import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type BareRoot, bareRoot } from '../support/bare-root.ts'
import { builtExecutable } from '../support/built-exe.ts'
import { requires } from '../support/requires.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const PROGRAM = '/usr/local/bin/holdfast'
const FILE = '/etc/holdfast/holdfast.yaml'

const CONFIG = `version: 1
storages: { local: { type: localfs, root: /var/backups } }
file-sets: { etc: { archives: { basename: etc, folder: /var/archives } } }
tasks:
  t:
    schedule: 30 2 * * *
    steps:
      - archive: { files: etc, source: /etc }
      - backup:
          objects:
            etc: { files: { paths: [/etc] } }
            facts: { host-facts: {} }
            app: { sqlite: { path: /root/app.db } }
            large: { exec: [cat, "${PROGRAM}"], compress: none }
  replaced:
    steps:
      - exec: [mv, /tmp/other, "${PROGRAM}"]
      - archive: { files: etc, source: /etc }
      - backup: { objects: { facts: { host-facts: {} }, app: { sqlite: { path: /root/app.db } }, large: { exec: [cat, /tmp/large], compress: none } } }
`

describe('the executable, on a host without Node.js', { skip: requires('root', 'leave to mount', 'strip', 'python3', 'zstd') }, () => {
  let dist = ''
  let program = ''
  let root: BareRoot
  before(async () => {
    dist = await builtExecutable(checkout)
    program = join(dist, 'holdfast')
    root = bareRoot()
    root.write('usr/local/bin/.keep', '')
    copyFileSync(program, join(root.folder, PROGRAM))
    for (const name of ['palhm', 'palhm.py', 'KristaBackup.py']) symlinkSync('holdfast', join(root.folder, 'usr/local/bin', name))
    root.write(FILE.slice(1), CONFIG)
    const db = new DatabaseSync(join(root.folder, 'root/app.db'))
    db.exec("CREATE TABLE t (x); INSERT INTO t VALUES ('kept')")
    db.close()
  })
  after(() => root.remove())
  const ok = (...argv: readonly string[]) => {
    const { status, stdout, stderr } = root.run(argv)
    assert.equal(status, 0, `${argv.join(' ')}: ${stdout}${stderr}`)
    return stdout
  }

  it('runs a task with archives, a database, facts and a large object, verifies, lists and restores it', () => {
    ok(PROGRAM, 'config', 'check')
    ok(PROGRAM, 'run', 't')
    assert.match(ok(PROGRAM, 'verify', 't', '--deep'), /good \(4 objects/u)
    assert.match(ok(PROGRAM, 'find', 'hostname'), /etc\/hostname/u)
    ok(PROGRAM, 'restore', 't', 'latest', '--to', '/tmp/back')
    assert.equal(ok('cat', '/tmp/back/etc.tar.zst.d/etc/hostname'), 'bare\n')
    const db = new DatabaseSync(join(root.folder, 'tmp/back/app.db'), { readOnly: true })
    assert.deepEqual(Object.values(db.prepare('SELECT x FROM t').get() ?? {}), ['kept'])
    db.close()
    assert.match(ok('sh', '-c', 'tar -tzf /var/archives/*.tar.gz'), /hostname/u)
    assert.match(ok(PROGRAM, 'runs'), /\bt\b/u)
  })

  it('sets itself up: writes a configuration for what is there, runs it, and examines the installation', () => {
    const words = ['-f', '/etc/holdfast/made.yaml']
    root.write('srv/shop/data', 'kept\n')
    assert.match(ok(PROGRAM, ...words, 'init', '--yes', '--root', '/var/made'), /0 errors, 0 warnings; 1 task/u)
    ok(PROGRAM, '-q', ...words, 'run')
    ok(PROGRAM, ...words, 'restore', 'nightly', '--to', '/tmp/made')
    assert.equal(ok('sh', '-c', 'cat /tmp/made/web.tar.*.d/srv/shop/data'), 'kept\n')
    const found = ok(PROGRAM, ...words, 'doctor')
    assert.match(found, /^program +ok +holdfast \d.*, one executable file: \/usr\/local\/bin\/holdfast$/mu)
    assert.match(found, /^storages +ok +"\/var\/made\/nightly": 1 set, the newest /mu)
    assert.match(found, /^0 errors, \d warnings?$/mu)
    // What starts a command with another priority is missing here.
    root.write('etc/holdfast/nice.yaml', 'version: 1\ntasks: { t: { steps: [{ exec: { argv: [cat], nice: 10 } }] } }\n')
    const { status, stdout } = root.run([PROGRAM, '-f', '/etc/holdfast/nice.yaml', 'config', 'check'])
    assert.equal(status, 1, stdout)
    assert.match(stdout, /error: required program "nice" not found \(task "t"\)/u)
  })

  it('finishes a run during which it is replaced', () => {
    root.write('tmp/other', '#!/bin/sh\necho another version\n')
    root.write('tmp/large', 'x'.repeat(8 * 1024 * 1024))
    rmSync(join(root.folder, 'var/archives'), { recursive: true, force: true })
    const { status, stdout, stderr } = root.run([PROGRAM, 'run', 'replaced'])
    assert.equal(root.run([PROGRAM]).stdout, 'another version\n')
    copyFileSync(program, join(root.folder, PROGRAM))
    assert.equal(status, 0, stdout + stderr)
    assert.match(ok(PROGRAM, 'verify', 'replaced', '--deep'), /good \(3 objects/u)
  })

  it('prints schemas, and crontab lines with its path', () => {
    for (const words of [['help'], ['mods'], ['config', 'schema'], ['help', 'run']]) ok(PROGRAM, ...words)
    root.write('usr/bin/crontab', '#!/bin/sh\n[ "$1" != -l ] || exit 0\n')
    assert.match(ok(PROGRAM, 'enable', '--dry-run', 't'), /^30 2 \* \* \* \/usr\/local\/bin\/holdfast -q run t /u)
  })

  it('is PALHM by its names, with its shared commands', () => {
    const task = { id: 'default', type: 'routine', routine: [{ type: 'exec', 'exec-id': 'os-release' }] }
    root.write('etc/os-release', 'NAME=Bare\n')
    root.write('etc/palhm/palhm.jsonc', JSON.stringify({ include: ['conf.d/core.json'], tasks: [task] }))
    for (const name of ['palhm', 'palhm.py']) assert.match(ok(`/usr/local/bin/${name}`, 'run'), /NAME=Bare/u)
    assert.match(ok('/usr/local/bin/palhm', 'help'), /^Usage: palhm /u)
  })

  it('is KristaBackup by its name, with the configuration beside the link, also found by PATH', () => {
    symlinkSync(PROGRAM, join(root.folder, 'root/KristaBackup.py'))
    root.write('root/config.yaml', 'broken')
    for (const argv of [['/root/KristaBackup.py'], ['sh', '-c', 'PATH=/root:$PATH; KristaBackup.py "$0" "$1"']])
      assert.match(root.run([...argv, 'enable', 'all']).stderr, /^\/root\/config\.yaml:/u)
  })

  it('can be the argument of Python, as in old crontab lines', () => {
    const links = mkdtempSync(join(tmpdir(), 'links-'))
    for (const name of ['palhm.py', 'KristaBackup.py']) symlinkSync(program, join(links, name))
    const run = (...argv: readonly string[]) => execFileSync('python3', argv, { cwd: links, encoding: 'utf8' })
    assert.match(run(join(links, 'palhm.py'), 'help'), /^Usage: palhm\.py /u)
    assert.match(run('KristaBackup.py', '--version'), /^KristaBackup\.py 1\.7 /u)
    const { stderr } = spawnSync('python3', ['KristaBackup.py', 'enable', 'all'], { cwd: links, encoding: 'utf8' })
    assert.ok(stderr.startsWith(`${links}/config.yaml:`), stderr)
    rmSync(links, { recursive: true })
  })

  it('rejects unknown options, also those that look like the ones with which it starts itself', () => {
    for (const option of ['--own-script=other', '--own-script=constructor', '--own-script=', '--own-script', '--own-scripts=text', '--unknown']) {
      const { status, stdout, stderr } = root.run([PROGRAM, option, 'process.exit(0)'])
      assert.deepEqual({ status, stdout }, { status: 2, stdout: '' }, option)
      assert.match(stderr, /unknown option/u)
    }
    assert.equal(ok(PROGRAM, '--own-script=text', 'process.stdout.write("own")'), 'own')
  })

  it('ignores options for Node.js in the environment and in the command line', () => {
    const { status, stdout, stderr } = root.run([PROGRAM, '--version'], { NODE_OPTIONS: '--require /nothing.js --title=other' })
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/u)
    for (const word of ['--inspect', '--node-options=--inspect', '-e']) assert.equal(root.run([PROGRAM, word]).status, 2)
  })

  it('hands no descriptor of its caller to its children, and keeps its name then', () => {
    const fds = `version: 1\ntasks: { t: { steps: [{ exec: [ls, -l, /proc/self/fd] }] } }\n`
    root.write('etc/palhm/fds.yaml', fds)
    assert.doesNotMatch(ok('sh', '-c', `exec 7</etc/passwd; ${PROGRAM} -f /etc/palhm/fds.yaml run t`), /passwd/u)
    assert.match(ok('sh', '-c', 'exec 7</etc/passwd; /usr/local/bin/palhm help'), /^Usage: palhm /u)
  })

  it('serves the pages', async () => {
    root.write('etc/holdfast/web.yaml', `version: 1\nweb: { host: 127.0.0.1, port: 5998 }\ntasks: {}\n`)
    const [unshare = '', ...words] = root.command([PROGRAM, '-f', '/etc/holdfast/web.yaml', 'web', 'start', '--foreground'])
    const server = spawn(unshare, words, { env: { PATH: '/usr/sbin:/usr/bin' } })
    try {
      await new Promise((resolve, reject) => {
        server.stdout.once('data', resolve)
        server.stderr.once('data', (text: Buffer) => reject(new Error(text.toString())))
        server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
      })
      const page = await (await fetch('http://127.0.0.1:5998/')).text()
      const [, script = ''] = /src="\.?(\/assets\/[^"]+\.js)"/u.exec(page) ?? []
      const { status, headers } = await fetch(`http://127.0.0.1:5998${script}`)
      assert.deepEqual([status, headers.get('content-type')], [200, 'text/javascript; charset=utf-8'])
    } finally {
      server.kill('SIGKILL')
    }
  })

  it('comes with digests, the licenses, and a list of its components with digests', () => {
    execFileSync('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: dist })
    const text = readFileSync(join(dist, 'holdfast.cdx.json'), 'utf8')
    const { components } = JSON.parse(text) as { readonly components: readonly { readonly name: string; readonly hashes?: readonly object[] }[] }
    const names = components.map(({ name }) => name)
    for (const name of [`node-linux-${process.arch}`, 'zod', 'react', '@aws-sdk/client-s3']) assert.ok(names.includes(name), name)
    assert.deepEqual(
      components.filter(({ hashes }) => hashes?.length !== 1),
      [],
    )
    assert.match(readFileSync(join(dist, 'LICENSES.txt'), 'utf8'), /\nzod \d/u)
    assert.doesNotMatch(text, /https?:\/\//u)
  })
})
