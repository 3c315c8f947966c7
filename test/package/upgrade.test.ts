import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { signRelease } from '../../tools/packaging/sign-release.ts'
import { type BareRoot, bareRoot } from '../support/bare-root.ts'
import { builtExecutable } from '../support/built-exe.ts'
import { requires } from '../support/requires.ts'
import { playsAll, someOf } from '../support/some-of.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const PROGRAM = '/usr/local/bin/holdfast'
const OTHER = '#!/bin/sh\necho 9.9.9\n'

describe('upgrade', { skip: requires('root', 'leave to mount', 'strip', 'zstd', 'openssl') }, () => {
  const keys = generateKeyPairSync('ed25519')
  const privateKey = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const publicKey = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  let built = ''
  let root: BareRoot
  before(async () => {
    built = join(await builtExecutable(checkout), 'holdfast')
    root = bareRoot()
  })
  after(() => root.remove())
  const at = (path: string) => join(root.folder, path)
  /** A signed release in `/release` whose executable is this text. */
  const release = (text = OTHER, name = 'holdfast') => {
    rmSync(at('release'), { recursive: true, force: true })
    root.write(`release/${name}`, text)
    writeFileSync(at('release/SHA256SUMS'), `${createHash('sha256').update(text).digest('hex')}  ${name}\n`)
    signRelease(at('release'), privateKey)
  }
  const upgrade = (...words: readonly string[]) => root.run([PROGRAM, 'upgrade', ...words])
  /** Its exit code and output, while other commands run. */
  const started = (...words: readonly string[]) => {
    const [program = '', ...rest] = root.command([PROGRAM, 'upgrade', ...words])
    const child = spawn(program, rest, { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
    return new Promise<string>((resolve) => child.on('close', (code) => resolve(`${code} ${text}`)))
  }
  const refused = (words: readonly string[], why: RegExp, status = 1) => {
    const found = upgrade(...words)
    assert.equal(found.status, status, found.stdout)
    assert.match(found.stderr, why)
    assert.deepEqual(readdirSync(at('usr/local/bin')), ['holdfast'])
    assert.ok(statSync(at(PROGRAM)).size > 1_000_000)
  }
  beforeEach(() => {
    rmSync(at('usr/local/bin'), { recursive: true, force: true })
    mkdirSync(at('usr/local/bin'), { recursive: true })
    copyFileSync(built, at(PROGRAM))
    rmSync(at('etc/holdfast'), { recursive: true, force: true })
    root.write('etc/holdfast/release-keys.pem', publicKey)
    release()
  })

  it('replaces the file by that of a signed release, in a folder or by its name, keeps the old one, and brings it back', () => {
    for (const place of ['/release', '/release/holdfast']) {
      const dry = upgrade('--dry-run', place)
      assert.deepEqual([dry.status, readdirSync(at('usr/local/bin'))], [0, ['holdfast']], dry.stderr)
      const { status, stdout, stderr } = upgrade(place)
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
      assert.match(stdout, /^replaced "\/usr\/local\/bin\/holdfast": \d+\.\d+\.\d+ -> 9\.9\.9\nthe replaced program is ".*holdfast\.previous"/u)
      assert.deepEqual(readdirSync(at('usr/local/bin')), ['holdfast', 'holdfast.previous'])
      assert.equal(root.run([PROGRAM]).stdout, '9.9.9\n')
      assert.equal(statSync(at(PROGRAM)).mode & 0o777, 0o755)
      assert.equal(root.run([`${PROGRAM}.previous`, '--version']).status, 0)
      copyFileSync(at(`${PROGRAM}.previous`), at(`${PROGRAM}.new`))
      execFileSync('mv', [at(`${PROGRAM}.new`), at(PROGRAM)])
      writeFileSync(at(`${PROGRAM}.previous`), OTHER)
      const back = upgrade('--rollback')
      assert.match(back.stdout, / -> 9\.9\.9\n/u, back.stderr)
      assert.equal(root.run([PROGRAM]).stdout, '9.9.9\n')
      assert.ok(statSync(at(`${PROGRAM}.previous`)).size > 1_000_000)
      execFileSync('mv', [at(`${PROGRAM}.previous`), at(PROGRAM)])
    }
  })

  it('keeps the previous program when the same release is installed again, also by two upgrades at once', async () => {
    // A release of another build of the same version: the bytes behind the end of the executable are not part of it.
    const other = Buffer.concat([readFileSync(built), Buffer.from('other build')])
    writeFileSync(at('release/holdfast'), other)
    writeFileSync(at('release/SHA256SUMS'), `${createHash('sha256').update(other).digest('hex')}  holdfast\n`)
    signRelease(at('release'), privateKey)
    const answers = await Promise.all([started('/release'), started('/release')])
    assert.equal(answers.filter((it) => /^0 replaced /u.test(it)).length, 1, answers.join(''))
    for (const it of answers) assert.match(it, /^0 (?:replaced |".*" is that of the release already)/u)
    const again = upgrade('/release')
    assert.match(again.stdout, /^"\/usr\/local\/bin\/holdfast" is that of the release already: \d+\.\d+\.\d+\n$/u, again.stderr)
    assert.ok(readFileSync(at(PROGRAM)).equals(other))
    assert.ok(readFileSync(at(`${PROGRAM}.previous`)).equals(readFileSync(built)))
    assert.equal(upgrade('--rollback').status, 0)
    assert.ok(readFileSync(at(PROGRAM)).equals(readFileSync(built)))
  })

  it('accepts only what one of the keys signed, and exactly that', () => {
    const other = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    signRelease(at('release'), other)
    refused(['/release'], /error: the signature of the release is not valid/u)
    release()
    writeFileSync(at('release/holdfast'), '#!/bin/sh\necho 9.9.9; touch /started\n')
    refused(['/release'], /error: the executable of the release differs from its signed digest/u)
    assert.throws(() => statSync(at('started')))
    release()
    rmSync(at('release/SHA256SUMS.sig'))
    refused(['/release'], /error: could not read "\/release\/SHA256SUMS.sig"/u)
    release(OTHER, 'other')
    refused(['/release'], /error: the release contains no "holdfast-\w+" or "holdfast"/u)
    rmSync(at('etc/holdfast/release-keys.pem'))
    refused(['/release'], /error: no key to verify the signature of the release\n {2}hint: Save the public key/u)
    refused([], /error: missing release/u, 2)
    refused(['--rollback'], /error: no previous version of ".*" found/u)
  })

  it('accepts no key and no folder that others can write', () => {
    execFileSync('chmod', ['666', at('etc/holdfast/release-keys.pem')])
    refused(['/release'], /unsafe permissions of the key in .* is writable by others/u)
    root.write('root/keys.pem', publicKey)
    execFileSync('chmod', ['777', at('usr/local/bin')])
    refused(['--key', '/root/keys.pem', '/release'], /unsafe permissions: "\/usr\/local\/bin" is writable by others/u)
    execFileSync('chmod', ['755', at('usr/local/bin')])
    assert.equal(upgrade('--key', '/root/keys.pem', '/release').status, 0)
  })

  it('accepts signatures that openssl made, with one of several keys', () => {
    root.write('etc/holdfast/release-keys.pem', `${generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' })}${publicKey}`)
    writeFileSync(at('root/private.pem'), privateKey)
    const script = 'openssl pkeyutl -sign -rawin -inkey root/private.pem -in release/SHA256SUMS | base64 -w 0 >release/SHA256SUMS.sig'
    execFileSync('sh', ['-c', script], { cwd: root.folder })
    assert.equal(upgrade('/release').status, 0)
  })

  it('installs nothing that does not start here, or is older', () => {
    release('#!/no/such/interpreter\n')
    refused(['/release'], /error: the executable does not start on this host/u)
    release('#!/bin/sh\necho 0.0.1\n')
    refused(['/release'], /error: the release 0\.0\.1 is older than \d/u)
    assert.equal(upgrade('--allow-older', '/release').status, 0)
  })

  it('is refused where a package manager owns the file', () => {
    root.write('usr/bin/dpkg', `#!/bin/sh\n[ "$1" = -S ] && [ "$2" = ${PROGRAM} ]\n`)
    refused(['/release'], /belongs to a Debian package\n {2}hint: Run "apt-get update && apt-get install --only-upgrade holdfast"/u)
    rmSync(at('usr/bin/dpkg'))
    root.write('usr/bin/rpm', `#!/bin/sh\n[ "$1" = -qf ] && [ "$2" = ${PROGRAM} ]\n`)
    refused(['/release'], /belongs to an RPM package\n {2}hint: Run "dnf upgrade holdfast"/u)
    refused(['--rollback'], /belongs to an RPM package/u)
    rmSync(at('usr/bin/rpm'))
  })

  it('changes nothing for a run in progress', () => {
    root.write(
      'etc/holdfast/holdfast.yaml',
      `version: 1
storages: { local: { type: localfs, root: /var/backups } }
tasks:
  t:
    steps:
      - exec: [${PROGRAM}, upgrade, /release]
      - exec: [ls, ${PROGRAM}.previous]
      - backup: { objects: { facts: { host-facts: {} }, large: { exec: [cat, /tmp/large], compress: none } } }
`,
    )
    root.write('tmp/large', 'x'.repeat(8 * 1024 * 1024))
    const { status, stdout, stderr } = root.run([PROGRAM, 'run', 't'])
    assert.equal(status, 0, stdout + stderr)
    assert.equal(root.run([PROGRAM]).stdout, '9.9.9\n')
    assert.match(root.run([`${PROGRAM}.previous`, 'verify', 't', '--deep']).stdout, /good \(2 objects/u)
  })

  it('leaves a whole program under its name, wherever it is killed, and succeeds later', { skip: requires('strace') }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'upgrade-killed-'))
    try {
      writeFileSync(join(folder, 'keys.pem'), publicKey, { mode: 0o600 })
      const program = join(folder, 'holdfast')
      const args = ['upgrade', '--key', join(folder, 'keys.pem'), at('release')]
      const env = { ...process.env, HOLDFAST_STATE: join(folder, 'state') }
      const versions = new Set<string>()
      const points = ['link', 'rename', 'unlink', 'fsync'].flatMap((call) => [1, 2].map((when) => ({ call, when })))
      for (const { call, when } of someOf(points, 1)) {
        copyFileSync(built, program)
        const { signal, status } = spawnSync(
          'strace',
          ['-f', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${when}`, program, ...args],
          { env },
        )
        const version = execFileSync(program, ['--version'], { encoding: 'utf8' }).trim()
        versions.add(version)
        assert.ok(signal === 'SIGKILL' || status === 0, `${call} ${when}: ${status}`)
        // The next attempt, of the same program, is not disturbed by what was left.
        if (version === '9.9.9') continue
        assert.equal(spawnSync(program, args, { env }).status, 0, `${call} ${when}`)
        assert.equal(execFileSync(program, { encoding: 'utf8' }), '9.9.9\n')
        assert.notEqual(execFileSync(`${program}.previous`, ['--version'], { encoding: 'utf8' }), '9.9.9\n')
      }
      if (playsAll) assert.equal(versions.size, 2, [...versions].join())
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('downloads from a web server, by the URL of the folder or of the file, through redirects', async () => {
    const asked: string[] = []
    const server = createServer(({ url = '' }, answer) => {
      asked.push(url)
      const [, name = ''] = /^\/(?:moved|files)\/(.*)$/u.exec(url) ?? []
      if (url.startsWith('/moved/')) answer.writeHead(302, { location: `/files/${name}` }).end()
      else if (!url.startsWith('/files/')) answer.writeHead(404).end()
      else answer.end(readFileSync(at(`release/${name}`)))
    }).listen(0, '127.0.0.1')
    try {
      await new Promise((resolve) => server.once('listening', resolve))
      const address = server.address()
      assert.ok(typeof address === 'object' && address !== null)
      const url = `http://127.0.0.1:${address.port}`
      const spawned = (place: string) => started('--dry-run', place)
      for (const place of [`${url}/files`, `${url}/files/`, `${url}/files/holdfast`, `${url}/moved`])
        assert.match(await spawned(place), /^0 would replace ".*": .* -> 9\.9\.9; the signature is valid\n$/u, place)
      assert.match(await spawned(`${url}/none`), /^1 error: "http:\/\/127\.0\.0\.1:\d+\/none\/SHA256SUMS" returned 404\n/u)
      server.close()
      server.closeAllConnections()
      assert.match(await spawned(`${url}/files`), /^1 error: could not download "http:.*": connect ECONNREFUSED/u)
    } finally {
      server.close()
    }
  })
})
