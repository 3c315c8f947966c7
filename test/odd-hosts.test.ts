import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openPlace, type Place } from './native/place.ts'
import { openHttpServer } from './support/http-server.ts'
import { requires } from './support/requires.ts'

const holdfast = fileURLToPath(new URL('../holdfast', import.meta.url))
// Nothing of the environment of the tests.
const BARE = ['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin']

interface Surroundings {
  /** Options of unshare(1). */
  readonly namespaces: readonly string[]
  /** Has the whole command in "$@". */
  readonly script: string
}

function argvFor({ folder }: Place, { namespaces, script }: Surroundings, ...words: readonly string[]): readonly string[] {
  const command = [holdfast, '-f', `${folder}/holdfast.yaml`, ...words]
  return [...namespaces, ...BARE, `HOLDFAST_STATE=${folder}/state`, 'sh', '-euc', script, 'sh', ...command]
}

function startIn(place: Place, surroundings: Surroundings, ...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync('unshare', argvFor(place, surroundings, ...words), { cwd: place.folder, encoding: 'utf8' })
  return { status, stdout, stderr }
}

function published({ folder }: Place): readonly string[] {
  const sets = join(folder, 'root/nightly')
  return existsSync(sets) ? readdirSync(sets).filter((name) => !name.startsWith('.')) : []
}

describe('a user without an entry in the user database and without HOME', { skip: requires('root', 'unshare') }, () => {
  // This process, by another number: its files belong to it there, too.
  const namespaces = ['--user', '--map-user=54321', '--map-group=54321']

  it('can make backups if the state folder is set', (t) => {
    const place = openPlace(t)
    place.configure('{ a: { exec: [echo, a] } }')
    const { status, stderr } = startIn(place, { namespaces, script: '[ "$(id -u)" = 54321 ]; exec "$@"' }, '-q', 'run')
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
    assert.equal(published(place).length, 1)
  })

  it('can use S3', async (t) => {
    const place = openPlace(t)
    const { url, heard } = await openHttpServer(t, () => ({ status: 403 }))
    const far = `far: { type: s3, bucket: sets, region: eu, endpoint: "${url}" }`
    const task = 'nightly: { steps: [{ backup: { objects: { a: { exec: [echo, a] } } } }] }'
    writeFileSync(join(place.folder, 'holdfast.yaml'), `version: 1\nstorages: { ${far} }\ntasks: { ${task} }\n`)
    const script = 'export AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b; exec "$@"'
    const child = spawn('unshare', argvFor(place, { namespaces, script }, 'sets'), { cwd: place.folder, stdio: 'ignore' })
    assert.deepEqual(await once(child, 'exit'), [1, null])
    assert.match(heard[0]?.path ?? '', /^\/sets/u)
  })

  it('gets the reason, not an internal error, if it is not', (t) => {
    const place = openPlace(t)
    place.configure('{ a: { exec: [echo, a] } }')
    const { status, stderr } = startIn(place, { namespaces, script: 'unset HOLDFAST_STATE; exec "$@"' }, 'run')
    assert.equal(status, 1)
    assert.match(stderr, /^error: user 54321 has no home folder: HOME is not set, .*\n {2}hint: Set HOLDFAST_STATE .*\n$/u)
  })
})

describe('a host that lacks something', { skip: requires('root', 'leave to mount', 'sqlite3') }, () => {
  const cases: readonly { readonly title: string; readonly mount: string; readonly objects?: string; readonly error: RegExp }[] = [
    {
      title: 'a /proc with processes only',
      mount: 'mount -t proc -o subset=pid proc /proc',
      error: /^error: "\/proc" contains only the folders of processes, not "\/proc\/sys"\n {2}hint: Remove "ProcSubset=pid" from the unit/u,
    },
    {
      title: 'a /dev without fd',
      mount: 'mount -t tmpfs none /dev; mknod -m 666 /dev/null c 1 3',
      objects: '{ a: { files: { paths: [/etc/hostname] } } }',
      error: /^error: could not start "tar": "\/dev\/fd" is missing\n(?:.*\n)* {2}hint: .*ln -s \/proc\/self\/fd \/dev\/fd/mu,
    },
    {
      title: 'a state folder that all users can write to, as a new tmpfs is',
      mount: 'mkdir state; mount -t tmpfs none state',
      error: /^error: the state folder .* is writable by others\n {2}hint: Set HOLDFAST_STATE to a folder of its own/u,
    },
    {
      title: 'a temporary folder on a read-only file system',
      mount: 'mkdir temporary; mount -t tmpfs -o ro none temporary',
      objects: '{ a: { sqlite: { path: FOLDER/app.db, temporary-folder: FOLDER/temporary } } }',
      error: /^error: could not use the temporary folder "\/.*\/temporary": read-only file system\. Set "temporary-folder" to /mu,
    },
    {
      title: 'a missing temporary folder',
      mount: 'true',
      objects: '{ a: { sqlite: { path: FOLDER/app.db, temporary-folder: FOLDER/temporary } } }',
      error: /^error: could not use the temporary folder "\/.*\/temporary": no such file or directory\. Set "temporary-folder" to /mu,
    },
    {
      title: 'a temporary folder without enough space',
      mount: 'mkdir temporary; mount -t tmpfs -o size=4k,mode=700 none temporary',
      objects: '{ a: { sqlite: { path: FOLDER/app.db, temporary-folder: FOLDER/temporary } } }',
      error:
        /^error: could not copy the database "\/.*\/app\.db": no space left in the temporary folder "\/.*\/temporary"\. Set "temporary-folder" to /mu,
    },
  ]
  for (const { title, mount, objects = '{ a: { exec: [echo, a] } }', error } of cases)
    it(`gets the reason: ${title}`, (t) => {
      const place = openPlace(t)
      place.configure(objects.replaceAll('FOLDER', place.folder))
      if (objects.includes('sqlite')) place.shell(`sqlite3 app.db 'create table t(a)'`)
      const namespaces = ['--mount', '--propagation', 'private']
      const { status, stderr } = startIn(place, { namespaces, script: `${mount}; exec "$@"` }, 'run')
      assert.equal(status, 1)
      assert.match(stderr, error)
      assert.doesNotMatch(stderr, /internal error|^\s*at \S+|run ""/mu)
      assert.deepEqual(published(place), [])
    })
})

describe('limits with which Node.js crashes', { skip: requires('prlimit') }, () => {
  for (const [limit, name] of [
    ['--as=1000000000', 'Max address space'],
    ['--data=100000000', 'Max data size'],
    ['--nofile=20', 'Max open files'],
  ] as const)
    it(`are refused before it is started: ${name}`, (t) => {
      const place = openPlace(t)
      const { status, stdout, stderr } = spawnSync('prlimit', [limit, holdfast, '--version'], { cwd: place.folder, encoding: 'utf8' })
      assert.deepEqual({ status, stdout }, { status: 1, stdout: '' })
      assert.match(stderr, new RegExp(`^holdfast: the limit "${name}" \\(\\d+\\) is too low for Node\\.js: set at least "ulimit .*\\n$`, 'u'))
    })

  it('but not the least that are enough', (t) => {
    const place = openPlace(t)
    place.configure('{ a: { exec: [echo, a] } }')
    mkdirSync(join(place.folder, 'state'))
    const enough = ['--as=1610612736', '--data=805306368', '--nofile=64', holdfast, '-q', '-f', `${place.folder}/holdfast.yaml`, 'run']
    const env = { PATH: process.env['PATH'], HOME: place.folder, HOLDFAST_STATE: join(place.folder, 'state') }
    const { status, stderr } = spawnSync('prlimit', enough, { cwd: place.folder, env, encoding: 'utf8' })
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
    assert.equal(published(place).length, 1)
  })
})

it('an empty file name after -f is refused', (t) => {
  const place = openPlace(t)
  const { status, stderr } = spawnSync(holdfast, ['-f', '', 'config'], { cwd: place.folder, encoding: 'utf8' })
  assert.equal(status, 1)
  assert.match(stderr, /error: the file name after -f is empty\./u)
})
