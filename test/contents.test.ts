import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { type Ended, openPlace, type Place } from './palhm/place.ts'
import { requires } from './support/requires.ts'
import { type S3Server, startS3Server } from './support/s3-server/s3-server.ts'

const ODD = `it's [a] *\\n "x"`

/** A host with one backup: an archive, a dump that a program wrote, and a file; on this storage. */
function prepare(t: TestContext, storage: (place: Place) => string, objects = '') {
  const place = openPlace(t)
  place.write('tree/etc/ssh/sshd_config', 'Port 22\n')
  place.write(`tree/etc/${ODD}`, 'odd')
  place.write('tree/etc/line\nbreak', 'nl')
  place.write(
    'dump.sql',
    '-- MariaDB dump 10.19\nUSE `shop`;\nCREATE TABLE `orders` (`id` int);\nINSERT INTO `orders` VALUES (1),(2);\n-- Dump completed\n',
  )
  const config = place.write(
    'holdfast.yaml',
    `version: 1
storages: { store: ${storage(place)} }
tasks:
  nightly:
    steps:
      - backup:
          keep: { last: 2 }
          objects:
            tree: { files: { paths: ["${join(place.run, 'tree')}"] } }
            db/shop.sql: { exec: [cat, "${join(place.run, 'dump.sql')}"] }
            notes: { exec: [echo, hello], compress: none }
${objects}`,
  )
  const run = (...args: readonly string[]): Promise<Ended> => place.start(['-f', config, ...args], { as: 'holdfast', env: { HOME: place.run } })
  return { place, run, inTree: join(place.run, 'tree').slice(1) }
}

const local = (place: Place) => `{ type: localfs, root: "${join(place.top, 'root')}" }`
const rootOf = (place: Place) => join(place.top, 'root/nightly')
const indexesIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.index'))
const ownIndexes = (place: Place) =>
  readdirSync(join(place.top, 'state/indexes')).flatMap((name) => indexesIn(join(place.top, 'state/indexes', name)))
const lines = ({ stdout }: Ended) => stdout.trimEnd().split('\n')

describe('ls', () => {
  it('lists objects, folders and tables, with their source', async (t) => {
    const { place, run, inTree } = prepare(t, local)
    assert.equal((await run('-q', 'run', 'nightly')).code, 0)
    const objects = await run('ls', 'nightly')
    assert.match(
      objects.stdout,
      /of task "nightly": 3 objects\n +object +contents +size\n +tree\.tar\.zst +archive .*\n.*db\/shop\.sql.* exec .*\n.*notes/u,
    )
    const first = await run('ls', 'nightly', 'latest', 'tree', inTree)
    assert.deepEqual([first.code, lines(first).length], [0, 1], first.stderr)
    assert.match(first.stdout, /^drwx\S+ root\/root +\d{4}-\S+Z +\S+\/tree\/etc\/\n$/u)
    assert.match(first.stderr, /from the object itself/u)
    const again = await run('ls', 'nightly', 'latest', 'tree.tar.zst', `/${inTree}/etc/`)
    assert.match(again.stderr, /^note: \d+ entries in all, from the index\n$/u)
    assert.match(again.stdout, /etc\/ssh\/\n/u)
    assert.match(again.stdout, /'"\$nl"'break'\n/u)
    const all = await run('ls', '-R', 'nightly', 'latest', 'tree', '--json')
    const rows = lines(all).map((line) => JSON.parse(line))
    assert.deepEqual([rows.at(-1).end, rows.at(-1).source, rows.length], ['listed', 'index', rows.at(-1).shown + 1])
    assert.ok(rows.some(({ path }) => path === `${inTree}/etc/${ODD}`))
    const tables = await run('ls', 'nightly', 'latest', 'db/shop', 'shop')
    assert.match(tables.stdout, /^table +2 rows +shop\/orders\n$/u, tables.stderr)
    assert.match((await run('ls', 'nightly', 'latest', 'notes')).stderr, /a single file/u)
    assert.deepEqual([indexesIn(join(rootOf(place), '.holdfast-index')).length, ownIndexes(place).length], [3, 3])
    for (const name of ownIndexes(place)) {
      const [folder = ''] = readdirSync(join(place.top, 'state/indexes'))
      assert.equal(statSync(join(place.top, 'state/indexes', folder, name)).mode & 0o777, 0o600)
    }
  })

  it('reports missing names, with similar ones', async (t) => {
    const { run, inTree } = prepare(t, local, '            db/shop.ldif: { exec: [echo, x] }\n')
    await run('-q', 'run', 'nightly')
    const unknown = await run('ls', 'nightly', 'latest', 'tere.tar.zst')
    assert.deepEqual([unknown.code, unknown.stdout], [1, ''])
    assert.match(unknown.stderr, /not found in the set; the most similar name is "tree\.tar\.zst"/u)
    assert.match((await run('ls', 'nightly', 'latest', 'db/shop')).stderr, /can be any of these objects: "db\/shop\.sql/u)
    const nothing = await run('ls', 'nightly', 'latest', 'tree', `${inTree}/no-such`)
    assert.deepEqual([nothing.code, nothing.stdout], [1, ''])
    assert.match(nothing.stderr, /no-such" not found in it/u)
    const unread = await run('ls', 'nightly', 'latest', 'notes', '--index-only')
    assert.deepEqual([unread.code, unread.stderr], [1, 'error: "notes" has no index, and was not read\n'])
  })

  it('gives restore what it needs: the object, and the path of a member, whatever is in it', async (t) => {
    const { place, run, inTree } = prepare(t, local)
    await run('-q', 'run', 'nightly')
    const to = join(place.run, 'to')
    for (const name of [ODD, 'line\nbreak']) {
      const listed = await run('ls', 'nightly', 'latest', 'tree', `${inTree}/etc/${name}`)
      const word = /Z +(?<word>\S.*)\n$/su.exec(listed.stdout)?.groups?.['word'] ?? ''
      const path = execFileSync('sh', ['-c', `nl=$(printf '\\n.'); nl=\${nl%.}; printf %s. ${word}`], { encoding: 'utf8' }).slice(0, -1)
      assert.equal(path, `${inTree}/etc/${name}`)
      const { code, stderr } = await run('restore', 'nightly', 'latest', 'tree', '--path', path, '--to', to)
      assert.equal(code, 0, stderr)
      assert.deepEqual(readdirSync(join(to, 'tree.tar.zst.d', inTree, 'etc')), [name])
      rmSync(to, { recursive: true })
    }
    const pattern = await run('restore', 'nightly', 'latest', 'tree', '--path', `${inTree}/etc/ssh/*`, '--to', to)
    assert.deepEqual([pattern.code, /patterns need --glob/u.test(pattern.stderr)], [1, true], pattern.stderr)
    assert.equal((await run('restore', 'nightly', 'latest', 'tree', '--glob', '--path', '*sshd*', '--to', to)).code, 0)
  })
})

describe('find', () => {
  it('searches all sets, newest first, and prints what to restore', async (t) => {
    const { place, run, inTree } = prepare(t, local)
    await run('-q', 'run', 'nightly')
    rmSync(join(place.run, 'tree/etc/ssh'), { recursive: true })
    await run('-q', 'run', 'nightly')
    const [old, newer] = readdirSync(rootOf(place)).filter((name) => name.startsWith('2'))
    const found = await run('find', 'SSHD_CONFIG')
    assert.equal(found.code, 0, found.stderr)
    assert.match(found.stdout, /^nightly \S+ tree\.tar\.zst \S+\/etc\/ssh\/sshd_config {2}\(file, 8 B, \S+Z\)\n$/u)
    assert.ok(found.stdout.startsWith(`nightly ${old} `))
    assert.match(found.stderr, /to restore the first one: holdfast restore nightly \S+ tree\.tar\.zst --path=\S+sshd_config --to FOLDER/u)
    const tables = lines(await run('find', 'orders'))
    assert.deepEqual(
      tables.map((line) => line.split(' ').slice(1, 4).join(' ')),
      [newer, old].map((set) => `${set} db/shop.sql.zst shop/orders`),
    )
    assert.equal((await run('find', 'sshd_confi?')).code, 1)
    assert.equal(lines(await run('find', '--glob', 'sshd_confi?', '--set', old ?? '')).length, 1)
    assert.equal(lines(await run('find', '--glob', `${inTree}/etc/s*/sshd_config`)).length, 1)
    const none = await run('find', 'no-such-thing')
    assert.deepEqual([none.code, none.stdout, none.stderr], [1, '', 'error: nothing found in 2 sets\n'])
  })

  it('never reports "nothing found" if an object was not searched', { skip: requires('age') }, async (t) => {
    const place = openPlace(t)
    const key = spawnSync('age-keygen', ['-o', join(place.run, 'key')], { encoding: 'utf8' })
    const recipient = /age1\w+/u.exec(key.stderr)?.[0] ?? ''
    place.write('tree/secret-name', 'x')
    const config = place.write(
      'holdfast.yaml',
      `version: 1\nkeys: { k: { age: ${recipient} } }\ndefaults: { encrypt: k }\nstorages: { store: ${local(place)} }\ntasks:\n  nightly:\n    steps:\n      - backup: { objects: { tree: { files: { paths: ["${place.run}/tree"] } }, a: { exec: [echo, a] } } }\n`,
    )
    const run = (...args: readonly string[]) => place.start(['-f', config, ...args], { as: 'holdfast', env: { HOME: place.run } })
    const made = await run('-q', 'run', 'nightly')
    assert.equal(made.code, 0, made.stderr)
    const closed = await run('find', 'secret-name')
    assert.deepEqual([closed.code, closed.stdout], [1, ''])
    assert.match(closed.stderr, /not searched: 2 encrypted objects of 1 set: .*--identity/u)
    const unmade = await run('index')
    assert.equal(unmade.code, 1)
    assert.match(unmade.stdout, /^2 encrypted objects of 1 set: [^\n]*--identity[^\n]*\n$/u)
    assert.match(closed.stderr, /nothing found in 1 set; not all of them could be searched/u)
    const open = await run('find', 'secret-name', '--identity', join(place.run, 'key'))
    assert.match(open.stdout, /secret-name {2}\(file/u, open.stderr)
    // The names are as secret as the contents: they stay on this host, where they are found from now on.
    assert.ok(!readdirSync(rootOf(place)).includes('.holdfast-index'))
    assert.equal((await run('find', 'secret-name')).code, 0)
  })
})

describe('an index', () => {
  it('is read back from beside the set by another host, and goes with the set', async (t) => {
    const { place, run } = prepare(t, local)
    await run('-q', 'run', 'nightly')
    const made = await run('index')
    assert.match(made.stdout, /tree\.tar\.zst: \d+ entries in all, from the object itself\n/u, made.stderr)
    assert.equal((await run('verify', 'nightly')).code, 0)
    rmSync(join(place.top, 'state/indexes'), { recursive: true })
    assert.match((await run('ls', 'nightly', 'latest', 'tree', '--index-only')).stderr, /from the index/u)
    for (let count = 0; count < 2; count += 1) await run('-q', 'run', 'nightly')
    assert.deepEqual(indexesIn(join(rootOf(place), '.holdfast-index')), [])
    await run('index', 'nightly', 'all')
    assert.equal(indexesIn(join(rootOf(place), '.holdfast-index')).length, 6)
    const [first = ''] = readdirSync(rootOf(place)).filter((name) => name.startsWith('2'))
    rmSync(join(rootOf(place), first), { recursive: true })
    assert.equal(ownIndexes(place).length, 6)
    await run('find', 'x')
    assert.equal(ownIndexes(place).length, 3)
    await run('index')
    assert.equal(indexesIn(join(rootOf(place), '.holdfast-index')).length, 3)
  })

  it('of other bytes, cut or forged is not believed', async (t) => {
    const { place, run } = prepare(t, local)
    await run('-q', 'run', 'nightly')
    await run('index')
    const folder = join(rootOf(place), '.holdfast-index')
    const files = indexesIn(folder).map((name) => join(folder, name))
    const list = async () => {
      rmSync(join(place.top, 'state/indexes'), { recursive: true, force: true })
      return run('ls', '-R', 'nightly', 'latest', 'tree')
    }
    const whole = await list()
    assert.match(whole.stderr, /from the index/u)
    const change = (how: (bytes: Buffer) => Buffer) => {
      for (const file of files) writeFileSync(file, how(readFileSync(file)))
    }
    const kept = files.map((file) => readFileSync(file))
    const restoreAll = () => {
      for (const [index, file] of files.entries()) writeFileSync(file, kept[index] ?? '')
    }
    for (const [how, changed] of [
      ['of other bytes', (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace(/"sha256":"../u, '"sha256":"zz'), 'latin1')],
      ['of another set', (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace('"set":"20', '"set":"19'), 'latin1')],
      ['without an end of its header', (bytes: Buffer) => Buffer.alloc(200_000, bytes.subarray(0, 20).toString().replaceAll('\n', ''))],
    ] as const) {
      change(changed)
      const listed = await list()
      assert.deepEqual([listed.code, listed.stdout], [0, whole.stdout], how)
      assert.match(listed.stderr, /from the object itself/u, how)
      restoreAll()
    }
    for (const changed of [
      (bytes: Buffer) => bytes.subarray(0, -20),
      (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace(/"entries":\d+/u, '"entries":2'), 'latin1'),
    ]) {
      change(changed)
      const listed = await list()
      assert.equal(listed.code, 1)
      assert.match(listed.stderr, /the list is incomplete: the index of "tree\.tar\.zst" is damaged; "holdfast index" makes it again/u)
      assert.match((await run('index')).stdout, /tree\.tar\.zst: \d+ entries in all, from the object itself/u)
      assert.deepEqual((await list()).stdout, whole.stdout)
      restoreAll()
    }
  })

  it('that cannot be stored on this host is reported with the cause', async (t) => {
    const { place, run } = prepare(t, local)
    await run('-q', 'run', 'nightly')
    writeFileSync(join(place.top, 'state/indexes'), 'not a folder')
    const made = await run('index')
    assert.match(made.stdout, /tree\.tar\.zst: \d+ entries in all, from the object itself\n/u)
    for (const path of ['tree.tar.zst', 'db/shop.sql.zst', 'notes'])
      assert.match(made.stderr, new RegExp(`^note: could not store the index of "${path}": .*state/indexes`, 'mu'))
  })

  it('that could not be stored beside the set is stored there by the next command, without reading the object', async (t) => {
    const { place, run } = prepare(t, local)
    await run('-q', 'run', 'nightly')
    const folder = join(rootOf(place), '.holdfast-index')
    writeFileSync(folder, 'not a folder')
    for (const source of ['the object itself', 'the index']) {
      const { stdout, stderr } = await run('index')
      assert.match(stdout, new RegExp(`tree\\.tar\\.zst: \\d+ entries in all, from ${source}\n`, 'u'))
      assert.match(stderr, /^note: could not store the index of "tree\.tar\.zst": /mu, source)
    }
    assert.equal(ownIndexes(place).length, 3)
    rmSync(folder)
    const { stdout, stderr } = await run('index')
    assert.match(stdout, /tree\.tar\.zst: \d+ entries in all, from the index\n/u)
    assert.equal(stderr, '')
    assert.deepEqual(indexesIn(folder).toSorted(), ownIndexes(place).toSorted())
  })

  it('of another user is not used in a root in which all users can create folders', { skip: requires('root', 'setpriv') }, async (t) => {
    const { place, run } = prepare(t, (it) => `{ type: localfs, root: "${join(it.top, 'root')}", trust-root: true }`)
    chmodSync(place.top, 0o711)
    await run('-q', 'run', 'nightly')
    await run('index')
    const root = rootOf(place)
    chmodSync(root, 0o1777)
    const folder = join(root, '.holdfast-index')
    execFileSync('chown', ['-R', '65534', folder])
    rmSync(join(place.top, 'state/indexes'), { recursive: true })
    const listed = await run('ls', 'nightly', 'latest', 'tree')
    assert.match(listed.stderr, /from the object itself/u)
    assert.equal(statSync(folder).uid, 65534)
  })
})

describe('contents of sets on s3', () => {
  let server: S3Server
  before(async () => {
    server = await startS3Server()
  })
  after(() => server.close())

  it('are listed and found, from the index beside the set', async (t) => {
    const s3 = () => `{ type: s3, bucket: acme, root: "/hosts/", endpoint: "${server.url}", access-key: test, secret-key: testsecret }`
    const { place, run } = prepare(t, s3)
    const made = await run('-q', 'run', 'nightly')
    assert.equal(made.code, 0, made.stderr)
    const listed = await run('ls', '-R', 'nightly', 'latest', 'tree')
    assert.match(listed.stderr, /from the object itself/u)
    const keys = [...server.bucket('acme').objects.keys()]
    assert.equal(keys.filter((key) => /\/\.holdfast-index\/2\S+\.index$/u.test(key)).length, 1)
    rmSync(join(place.top, 'state/indexes'), { recursive: true })
    const again = await run('ls', '-R', 'nightly', 'latest', 'tree', '--index-only')
    assert.deepEqual([again.code, again.stdout], [0, listed.stdout])
    assert.equal((await run('find', 'sshd_config')).code, 0)
    assert.equal((await run('verify')).code, 0)
  })
})
