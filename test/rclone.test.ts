import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { openPlace } from './palhm/place.ts'
import { guideBlocks } from './support/guide.ts'
import { noRclone } from './support/rclone.ts'
import { noSshd, type Sshd, startSshd } from './support/sshd.ts'
import { scaledMs, until } from './support/time-limits.ts'

const NO_RETRIES = 'environment: { RCLONE_LOW_LEVEL_RETRIES: "1" }'

/** A native configuration with the storage "off" and a task that stores there, and the program to be started on it. */
function open(t: TestContext, { storage, objects }: { readonly storage: string; readonly objects: string }) {
  const place = openPlace(t)
  const root = join(place.run, 'off')
  const write = (text: string) =>
    place.write(
      'holdfast.yaml',
      `version: 1\nstorages:\n  off: ${storage.replaceAll('@ROOT@', root)}\ntasks:\n  nightly: { steps: [{ backup: { objects: ${text} } }] }\n`,
    )
  const config = write(objects)
  const run = (...args: string[]) => place.start(['-f', config, ...args], { as: 'holdfast', env: { SFTP_PASSWORD: 'CANARY', HOME: place.run } })
  const filesIn = (folder: string) =>
    existsSync(folder)
      ? readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((it) => (it.isFile() ? [join(it.parentPath, it.name)] : []))
      : []
  return {
    place,
    root,
    config,
    write,
    run,
    sets: join(root, 'nightly'),
    setNames: () => readdirSync(join(root, 'nightly')).filter((it) => it.startsWith('2')),
    filesIn,
  }
}

describe('sets on a remote of rclone', { skip: noRclone }, () => {
  const storage = '{ type: rclone, remote: "@ROOT@" }'

  it('are restored by Holdfast, and with the guide after a plain copy', async (t) => {
    const { place, run, sets, setNames } = open(t, {
      storage,
      objects: '{ source: { files: { paths: ["@SOURCE@"] } }, facts: { exec: [echo, hello] } }',
    })
    const source = join(place.run, 'source')
    mkdirSync(source)
    writeFileSync(join(source, 'f'), 'some text')
    writeFileSync(join(place.run, 'holdfast.yaml'), readFileSync(join(place.run, 'holdfast.yaml'), 'utf8').replace('@SOURCE@', source))
    assert.deepEqual(await run('-q', 'run'), { code: 0, signal: null, stdout: '', stderr: '' })
    assert.deepEqual([(await run('-q', 'verify')).code, setNames().length], [0, 1])

    const to = join(place.run, 'to')
    assert.equal((await run('restore', 'nightly', '--to', to)).code, 0)
    assert.equal(readFileSync(join(to, 'facts'), 'utf8'), 'hello\n')

    const copy = join(place.run, 'copy')
    assert.equal(spawnSync('rclone', ['--config', '/nowhere/none.conf', 'copy', join(sets, setNames()[0] ?? ''), copy]).status, 0)
    const input = guideBlocks(readFileSync(join(copy, 'RESTORE.md'), 'utf8')).join('\n')
    const hand = spawnSync('env', ['-i', 'PATH=/usr/bin:/bin', `DEST=${join(place.run, 'hand')}`, 'sh', '-eu'], {
      cwd: copy,
      input,
      encoding: 'utf8',
    })
    assert.equal(hand.status, 0, hand.stderr)
    assert.equal(readFileSync(join(place.run, 'hand', 'facts'), 'utf8'), 'hello\n')
  })

  it('are not there when an object breaks, nor anything of it', async (t) => {
    const { run, root, filesIn, setNames } = open(t, { storage, objects: '{ bad: { exec: { shell: "head -c 3000000 /dev/urandom; exit 3" } } }' })
    const { code, stderr } = await run('-q', 'run')
    assert.equal(code, 1)
    assert.match(stderr, /exit code 3/u)
    assert.deepEqual([filesIn(root), setNames()], [[], []])
  })

  it('are unfinished when the program is killed in the middle of an upload; rclone ends too, and the next run clears up', async (t) => {
    const { run, sets, write, setNames, filesIn, place } = open(t, { storage, objects: '{ endless: { exec: { shell: "cat /dev/urandom" } } }' })
    // The marker that comes before is uploaded the same way, and is small.
    const began = () => filesIn(sets).some((it) => it.includes('.holdfast-uploads') && (statSync(it, { throwIfNoEntry: false })?.size ?? 0) > 100_000)
    const killed = await place.start(['-f', join(place.run, 'holdfast.yaml'), '-q', 'run'], {
      as: 'holdfast',
      meanwhile: async (pid) => {
        await until(began)
        process.kill(pid, 'SIGKILL')
      },
    })
    assert.equal(killed.signal, 'SIGKILL')
    await until(() => place.leftOver().length === 0)
    assert.match((await run('sets')).stdout, /unfinished/u)
    assert.equal((await run('-q', 'verify')).code, 1, 'there is nothing to verify')

    write('{ fine: { exec: [echo, hello] } }')
    assert.deepEqual(await run('-q', 'run'), { code: 0, signal: null, stdout: '', stderr: '' })
    assert.equal(setNames().length, 1)
    const others = filesIn(sets).filter((it) => it.includes('.holdfast') && !it.includes('/.holdfast-records/'))
    assert.deepEqual(others, [])
    assert.equal((await run('-q', 'verify')).code, 0)
  })

  it('need a program, which is missed before the run', async (t) => {
    const { run } = open(t, { storage: '{ type: rclone, remote: "@ROOT@", program: /nowhere/rclone }', objects: '{ fine: { exec: [echo, hello] } }' })
    assert.match((await run('config', 'check')).stdout, /error: could not start "\/nowhere\/rclone".*\(task "nightly"\)/u)
    assert.equal((await run('run', '--dry-run')).stdout.match(/would fail/gu)?.length, 1)
    assert.match((await run('-q', 'run')).stderr, /could not start "\/nowhere\/rclone"[\s\S]*Install the package "rclone"/u)
  })

  it('are not created by listing: a missing storage has no sets', async (t) => {
    const { run, root } = open(t, { storage, objects: '{ fine: { exec: [echo, hello] } }' })
    assert.match((await run('sets')).stdout, /no sets/u)
    assert.equal(existsSync(root), false)
  })
})

describe('storage check', { skip: noRclone }, () => {
  const objects = '{ fine: { exec: [echo, hello] } }'

  it('tries every promise, and leaves what others have there alone', async (t) => {
    const { run, root } = open(t, { storage: '{ type: rclone, remote: "@ROOT@" }', objects })
    mkdirSync(join(root, 'foreign'), { recursive: true })
    writeFileSync(join(root, 'foreign', 'f'), 'x')
    const { code, stdout, stderr } = await run('storage', 'check', 'off', '--size', '1MiB')
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /^off: \S+\n {2}ok {6}returns the stored data/u)
    assert.match(stdout, / {2}unable {2}accepts control characters in names/u)
    assert.match(stdout, / {2}ok {6}transfers a large object: 1\.0 MiB: \S+ \S+\/s up, \S+ \S+\/s down/u)
    assert.match(stdout, / {2}ok {6}removes all test objects \(\S+ s\)\n$/u)
    assert.deepEqual(readdirSync(root, { recursive: true }), ['foreign', 'foreign/f'])
    assert.deepEqual(await run('-q', 'storage', 'check', 'off', '--size', '0'), { code: 0, signal: null, stdout: '', stderr: '' })
  })

  it('tries folders too, where sets are published by a rename', async (t) => {
    const { run, root } = open(t, { storage: '{ type: localfs, root: "@ROOT@" }', objects })
    const { code, stdout } = await run('storage', 'check', 'off', '--json')
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.equal(code, 0)
    assert.ok(lines.some(({ title, status }) => title === 'publishes a folder at once and completely' && status === 'ok'))
    assert.deepEqual(lines.at(-1), { storage: 'off', good: true })
    assert.deepEqual(readdirSync(root), [])
  })

  it('removes everything when it is stopped', async (t) => {
    const { place, config, root } = open(t, { storage: '{ type: rclone, remote: "@ROOT@", bandwidth: 1MiB/s }', objects })
    const stopped = await place.start(['-f', config, 'storage', 'check', 'off'], {
      as: 'holdfast',
      meanwhile: async (pid) => {
        await until(() => existsSync(join(root, '.holdfast-uploads')))
        process.kill(pid, 'SIGTERM')
      },
    })
    assert.equal(stopped.signal, 'SIGTERM')
    assert.match(stopped.stdout, /failed {2}.*\n.*stopped/u)
    assert.deepEqual(readdirSync(root), [])
    assert.deepEqual(place.leftOver(), [])
  })

  it('reports an invalid name', async (t) => {
    const { run } = open(t, { storage: '{ type: "null" }', objects })
    assert.match((await run('storage', 'check', 'of')).stderr, /unknown storage "of"\n {2}hint: Did you mean "off"\?/u)
    assert.match((await run('storage', 'check', 'off')).stderr, /discards all data/u)
    // The only storage needs no name.
    assert.match((await run('storage', 'check')).stderr, /discards all data/u)
    assert.equal((await run('storage', 'nonsense')).code, 2)
    assert.match((await run('storage')).stdout, /^ {2}name {2}kind {2}place\n {2}off {3}null {2}nowhere\n$/u)
  })
})

describe('a storage on an SFTP server', { skip: noRclone || noSshd }, () => {
  let sshd: Sshd
  before(async () => {
    sshd = await startSshd()
  })
  after(() => sshd.stop())
  const objects = '{ fine: { exec: [echo, hello] } }'
  const sftp = (more: string) => `{ type: sftp, host: 127.0.0.1, port: ${sshd.port}, user: ${sshd.user}, root: "@ROOT@", ${NO_RETRIES}, ${more} }`
  const key = () => `key-file: ${sshd.keyFile}, known-hosts: ${sshd.knownHosts}`

  it('stores sets, with key and host key in files or in the configuration', async (t) => {
    for (const more of [key(), `key: "\${file:${sshd.keyFile}}", host-key: "${sshd.hostKey}"`]) {
      const { run, setNames } = open(t, { storage: sftp(more), objects })
      assert.deepEqual(await run('-q', 'run'), { code: 0, signal: null, stdout: '', stderr: '' })
      assert.deepEqual([setNames().length, (await run('-q', 'verify')).code], [1, 0])
    }
  })

  it('reports why it cannot be used, without secrets', async (t) => {
    const other = sshd.hostKey.replace(/.{8}$/u, 'AAAAAAAA')
    const cases: readonly (readonly [string, RegExp])[] = [
      [`password: "\${env:SFTP_PASSWORD}", known-hosts: ${sshd.knownHosts}`, /unable to authenticate[\s\S]*Check the user, key or password/u],
      [`key-file: ${sshd.keyFile}, host-key: "${other}"`, /key mismatch[\s\S]*host key of the server differs/u],
      [`key-file: ${sshd.keyFile}, known-hosts: /dev/null`, /key is unknown[\s\S]*ssh-keyscan/u],
      [`key-file: ${sshd.keyFile}`, /known_hosts[\s\S]*Create the known-hosts file/u],
      [`key-file: /nowhere/key, known-hosts: ${sshd.knownHosts}`, /\/nowhere\/key/u],
      [`password: "\${file:/nowhere/password}", known-hosts: ${sshd.knownHosts}`, /could not read the secret in "\/nowhere\/password"/u],
    ]
    for (const [more, told] of cases) {
      const { run, place } = open(t, { storage: sftp(more), objects })
      const { code, stderr } = await run('-q', 'run')
      assert.equal(code, 1, more)
      assert.match(stderr, told)
      assert.doesNotMatch(`${stderr}${(await run('config', 'show')).stdout}`, /CANARY/u)
      assert.deepEqual(place.leftOver(), [])
    }
    const { run } = open(t, { storage: sftp(key()).replace(`port: ${sshd.port}`, 'port: 1'), objects })
    assert.match((await run('-q', 'run')).stderr, /connection refused[\s\S]*Check whether the server is up/u)
  })

  it('fails if the network stalls during an upload', async (t) => {
    const { run, place, filesIn, root } = open(t, {
      storage: sftp(`${key()}, stall-limit: ${scaledMs(4)}s`),
      objects: '{ endless: { exec: { shell: "cat /dev/zero" }, compress: none } }',
    })
    const ended = place.start(['-f', join(place.run, 'holdfast.yaml'), '-q', 'run'], {
      as: 'holdfast',
      meanwhile: async () => {
        await until(() => filesIn(root).some((it) => it.includes('.holdfast-uploads')))
        sshd.freeze()
      },
    })
    const { code, stderr } = await ended.finally(() => sshd.thaw())
    assert.equal(code, 1)
    // Of the upload, the lease beside it, or a listing between its renewals, whichever reaches its limit first.
    assert.match(stderr, /could not (?:store|check|list) "\S+" on "\S+": no data transferred for \d+ s/u)
    assert.deepEqual(place.leftOver(), [])
    // The server has much to catch up with.
    await until(async () => /unfinished|no sets/u.test((await run('sets')).stdout))
  })
})
