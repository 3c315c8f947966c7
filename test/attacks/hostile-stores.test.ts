import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { openSetup, type Setup } from '../faults/setup.ts'
import { runWell } from '../faults/simple-plan.ts'
import { type Lie, openLyingStore, sendForEver } from '../support/hostile-store.ts'
import { type S3Server, startS3Server } from '../support/s3-server/s3-server.ts'
import { startSshd } from '../support/sshd.ts'
import { attack } from './attack.ts'

const STORE = 'a user who controls the store, or has its credentials'
const BIG_BYTES = 9 * 1024 ** 2

interface Scene {
  readonly setup: Setup
  readonly server: S3Server
  /** The name of the one set that is in the store. */
  readonly set: string
  readonly to: string
  /** From now on the store lies so. */
  lie(lie: Lie): void
  holdfast(...args: readonly string[]): ReturnType<Setup['start']>
  /** Everything below the setup's folder but what the program keeps for itself. */
  files(): readonly string[]
}

/** A set in a store that speaks S3, and a second storage on this host. `over`: what is between us and the store. */
async function openScene(t: TestContext, over: 's3' | 'rclone' = 's3'): Promise<Scene> {
  const server = await startS3Server()
  t.after(() => server.close())
  const { url, lie } = await openLyingStore(t, server)
  const setup = openSetup(t, undefined, 'holdfast.yaml')
  const { accessKey, secretKey } = server.account
  const store =
    over === 's3'
      ? { type: 's3', bucket: 'acme', root: 'root', endpoint: url, 'access-key': accessKey, 'secret-key': secretKey }
      : {
          type: 'rclone',
          remote: `:s3,provider=Other,endpoint='${url}',access_key_id=${accessKey},secret_access_key=${secretKey},force_path_style=true:acme/root`,
        }
  const objects = {
    small: { exec: { argv: ['echo', 'small'] }, compress: 'none' },
    big: { exec: { argv: ['head', '-c', String(BIG_BYTES), '/dev/zero'] }, compress: 'none' },
  }
  setup.configure({
    version: 1,
    storages: { store, local: { type: 'localfs', root: setup.root } },
    tasks: {
      default: { steps: [{ backup: { to: 'store', objects, keep: { last: 1 } } }] },
      copy: { steps: [{ copy: { name: 'default', from: 'store', to: 'local' } }] },
    },
  })
  await runWell(setup)
  const [key = ''] = [...server.bucket('acme').objects.keys()]
  const to = join(setup.top, 'to')
  const files = () =>
    readdirSync(setup.top, { recursive: true })
      .map(String)
      .filter((it) => !it.startsWith('state') && !it.startsWith('to'))
  return { setup, server, set: key.split('/')[2] ?? '', to, lie, holdfast: (...args) => setup.start(args), files: () => files().toSorted() }
}

function plantKeys({ server, set }: Scene, over: 's3' | 'rclone'): readonly string[] {
  const { objects } = server.bucket('acme')
  const [object] = [...objects.values()]
  assert.ok(object)
  const below = `root/default/${set}`
  const odd = ['../../../../../../../planted', '/planted', 'a//b', './planted', 'x/../../planted', `${'long/'.repeat(1000)}x`]
  // What is a name on the host, if an odd one: rclone cannot ask for control characters.
  const names = ['a\\b', ...(over === 's3' ? ['bell\u0007', 'line\nfeed', '\u202egpj.exe', 'nul\0x'] : [])]
  const keys = [...odd, ...names].map((it) => `${below}/${it}`)
  keys.push(`root/default/../../planted`, `root/default//etc/planted`)
  for (const key of keys) objects.set(key, object)
  return keys
}

for (const over of ['s3', 'rclone'] as const) {
  attack(
    {
      name: `a store lists keys outside of the root, ${over === 's3' ? 'with S3' : 'with rclone'}`,
      attacker: STORE,
      how: 'lists keys with `..`, absolute keys, keys with empty parts, NUL, control characters or backslashes, and very long keys, in a set and beside it; root lists, verifies, restores and copies the set, and makes another one that expires it',
      outcome:
        'nothing is created, changed or removed outside of the root and the destination; invalid keys are skipped with a note; no control characters are printed',
      needs: ['root', ...(over === 'rclone' ? ['rclone'] : [])],
    },
    async (t) => {
      const scene = await openScene(t, over)
      const { setup, server, to, holdfast, files } = scene
      const before = files()
      const keys = plantKeys(scene, over)
      const told: string[] = []
      for (const args of [['sets'], ['verify', 'default', '--deep'], ['restore', 'default', 'latest', '--to', to], ['run', 'default']]) {
        const { code, stdout, stderr } = await holdfast(...args)
        // rclone cannot remove objects with some of these names, so that the old set stays without counting, and that is reported.
        const isReported = over === 'rclone' && args[0] === 'run' && /could not remove the old set .* still lists \d+ of its/u.test(stderr)
        assert.ok(code === 0 || args[0] === 'verify' || isReported, `${args.join(' ')}: ${stderr}`)
        told.push(stdout, stderr)
      }
      assert.match(told.join(''), /ignored \d+ objects? of .* invalid names?/u)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this looks for
      assert.doesNotMatch(told.join(''), /[\u0000-\u0008\u000b-\u001f\u202e]/u)
      assert.deepEqual(readdirSync(to).toSorted(), ['big', 'small'])
      assert.deepEqual(files(), before)
      const { code } = await holdfast('-q', 'run', 'copy')
      assert.equal(code, 0)
      assert.ok(!existsSync(join(setup.top, 'planted')))
      // What does not belong to the set that went is there still.
      for (const key of keys.filter((it) => it.includes('..') || it.includes('//'))) assert.ok(server.bucket('acme').objects.has(key), key)
    },
  )
}

const BIG = /^GET acme\/root\/default\/[^/]+\/big\b/u

attack(
  {
    name: 'a store sends an endless object',
    attacker: STORE,
    how: 'lists the object with its size, announces an exabyte when it is read, and sends data until the connection is closed; root verifies, restores and copies the set',
    outcome:
      'each command fails when it has received more than the size in the manifest, with the name of the object; nothing is put in place or published',
  },
  async (t) => {
    const { lie, to, holdfast, files } = await openScene(t)
    let sent = 0
    lie((what, response) => {
      if (!BIG.test(what)) return false
      response.writeHead(200, { 'content-length': String(2 ** 50), etag: '"e"' })
      const chunk = Buffer.alloc(1024 ** 2)
      response.on('drain', () => {
        sent += chunk.length
      })
      sendForEver(response, chunk)
      return true
    })
    const before = files()
    for (const args of [
      ['verify', 'default'],
      ['verify', 'default', '--deep'],
      ['restore', 'default', 'latest', '--to', to],
      ['-q', 'run', 'copy'],
    ]) {
      sent = 0
      const { code, stdout, stderr } = await holdfast(...args)
      assert.notEqual(code, 0, args.join(' '))
      assert.match(stdout + stderr, /"[^"]*big" .*(?:more than|does not match)/u, args.join(' '))
      // With what is on its way in the sockets and pipes between.
      assert.ok(sent < 20 * BIG_BYTES, `${args.join(' ')}: ${sent} bytes`)
    }
    assert.ok(!existsSync(join(to, 'small')))
    assert.deepEqual(
      files().filter((it) => !before.includes(it) && /\d{4}-/u.test(it)),
      [],
    )
  },
)

attack(
  {
    name: 'a store sends an endless manifest',
    attacker: STORE,
    how: 'sends the beginning of a manifest, then data until the connection is closed; also a manifest with a million brackets; root lists, verifies and restores the set, and makes another one',
    outcome: 'the set counts as damaged: it is not restored, and not removed by rotation',
  },
  async (t) => {
    const { lie, server, set, to, holdfast } = await openScene(t)
    const head = server.bucket('acme').objects.get(`root/default/${set}/manifest.json`)?.bytes.subarray(0, 100) ?? Buffer.alloc(0)
    const lies: readonly Lie[] = [
      (what, response) => {
        if (!what.startsWith(`GET acme/root/default/${set}/manifest.json`)) return false
        response.writeHead(200, { 'content-length': String(2 ** 40), etag: '"e"' })
        response.write(head)
        sendForEver(response, Buffer.alloc(1024 ** 2, 'x'))
        return true
      },
      (what, response) => {
        if (!what.startsWith(`GET acme/root/default/${set}/manifest.json`)) return false
        const text = `${head.toString()}","objects":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`
        response.writeHead(200, { 'content-length': String(text.length), etag: '"e"' }).end(text)
        return true
      },
    ]
    for (const it of lies) {
      lie(it)
      for (const args of [
        ['verify', 'default', set],
        ['restore', 'default', set, '--to', to],
      ]) {
        const { code, stderr } = await holdfast(...args)
        assert.equal(code, 1, stderr)
        assert.match(stderr, /damaged|cannot be read|could not be read/u)
      }
      assert.equal((await holdfast('-q', 'run', 'default')).code, 0)
      assert.ok(server.bucket('acme').objects.has(`root/default/${set}/manifest.json`))
    }
    assert.ok(!existsSync(to))
  },
)

const page = (keys: readonly string[], token: string) =>
  `<?xml version="1.0"?><ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken>${keys
    .map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`)
    .join('')}</ListBucketResult>`

attack(
  {
    name: 'a store sends an endless listing',
    attacker: STORE,
    how: 'answers each request for the listing with a page that announces another one: with the same position each time, with three positions in turn, or without objects',
    outcome: 'the command fails with that reason',
  },
  async (t) => {
    const { lie, set, holdfast } = await openScene(t)
    const endless: Readonly<Record<string, (count: number) => string>> = {
      'the same position': () => page([`root/default/${set}/a`], 'again'),
      'three positions in turn': (count) => page([`root/default/${set}/${count}`], `place-${count % 3}`),
      'no objects': (count) => page([], `place-${count}`),
    }
    for (const [name, answer] of Object.entries(endless)) {
      let count = 0
      lie((what, response) => {
        if (!what.includes('list-type=2')) return false
        response.writeHead(200, { 'content-type': 'application/xml' }).end(answer(count++))
        return true
      })
      const { code, stderr } = await holdfast('verify', 'default', set)
      assert.equal(code, 1, `${name}: ${stderr}`)
      assert.match(stderr, /does not end/u, name)
    }
  },
)

attack(
  {
    name: 'a set on a file server contains entries that are not files',
    attacker: 'a user with an account on the SFTP server',
    how: 'adds a FIFO, links to files of the server and to the parent folder, circular links, and names with backslashes and control characters to a set; root lists, verifies and restores the set, and makes another one that expires it',
    outcome:
      'no command waits; only the objects of the set are restored, to the destination; no control characters are printed; if rclone cannot remove the contents of the old set, it is kept, with an error',
    needs: ['root', 'rclone', 'mkfifo', 'ssh-keygen'],
  },
  async (t) => {
    const sshd = await startSshd()
    t.after(() => sshd.stop())
    const setup = openSetup(t, undefined, 'holdfast.yaml')
    const { port, user, keyFile, hostKey } = sshd
    const storage = { type: 'sftp', host: '127.0.0.1', port, user, 'key-file': keyFile, 'host-key': hostKey, root: setup.root }
    const objects = { small: { exec: { argv: ['echo', 'small'] }, compress: 'none' } }
    setup.configure({ version: 1, storages: { storage }, tasks: { default: { steps: [{ backup: { objects, keep: { last: 1 } } }] } } })
    await runWell(setup)
    const [set = ''] = readdirSync(join(setup.root, 'default'))
    const outside = join(setup.top, 'outside')
    mkdirSync(outside)
    writeFileSync(join(outside, 'precious'), 'x')
    const planting = `cd "$0"; mkfifo fifo; ln -s "$1" out; ln -s .. up; ln -s round round; ln -s "$1/precious" file; : >'a\\..\\b'; : >"$(printf 'bell\\007')"`
    execFileSync('sh', ['-euc', planting, join(setup.root, 'default', set), outside])
    const to = join(setup.top, 'to')
    let told = ''
    for (const args of [['sets'], ['verify', 'default'], ['restore', 'default', 'latest', '--to', to], ['run', 'default']]) {
      const { code, stdout, stderr } = await setup.start(args)
      // rclone cannot name a file with a control character, so that the set with one stays, and that is said.
      const isExpected =
        code === 0 || args[0] === 'verify' || (args[0] === 'run' && /could not remove the old set.*control characters/su.test(stderr))
      assert.ok(isExpected, `${args.join(' ')}: ${stderr}`)
      told += stdout + stderr
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this looks for
    assert.doesNotMatch(told, /[\u0000-\u0008\u000b-\u001f]/u)
    assert.deepEqual(readdirSync(to), ['small'])
    assert.deepEqual(readdirSync(outside), ['precious'])
  },
)
