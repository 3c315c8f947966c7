import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { guideBlocks } from '../../../test/support/guide.ts'
import { call, openLocalfs, temporaryFolder } from '../../../test/support/localfs.ts'
import { requires } from '../../../test/support/requires.ts'
import { type Content, makeSet } from '../../../test/support/sets.ts'
import { plantTree, portrayTree } from '../../../test/support/trees.ts'
import { hostId } from '../../process/identity/host-id.ts'
import { openProcesses } from '../../process/open-processes.ts'
import { DEFAULT_LIMITS } from '../../process/processes.ts'
import { memoryStorage } from '../../storage/conform/memory.ts'
import { describeContent } from '../filter/filters.ts'
import { objectStoreSets } from '../object-store/object-store-sets.ts'
import type { SetStore } from '../set/set-store.ts'
import { filesystemSets } from '../store/filesystem-sets.ts'
import { type RestoreDeps, type RestoreRequest, restoreSet } from './restore-set.ts'

const began = new Date('2026-01-02T03:04:05Z')
const secrets: Record<string, string> = {}

function open(t: TestContext) {
  const folder = temporaryFolder(t)
  const root = join(folder, 'root')
  const to = join(folder, 'to')
  const source = join(folder, 'source')
  mkdirSync(source)
  const processes = openProcesses({
    runId: `restore-${process.pid}`,
    resolveSecret: async (ref) => readFileSync(ref.kind === 'file' ? ref.path : '', 'utf8').trim(),
  })
  t.after(() => processes.close())
  const sets = filesystemSets(openLocalfs(root), { completeWhen: 'manifest' })
  /** An object as this shell pipeline makes it in the source folder. */
  const made = (pipeline: string, env: NodeJS.ProcessEnv = {}): Content => {
    const content = execFileSync('bash', ['--norc', '-o', 'pipefail', '-c', pipeline], {
      cwd: source,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1e9,
    })
    const stages = pipeline.split(' | ').map((stage) => ({ argv: stage.split(' ') as [string, ...string[]] }))
    return { content, ...describeContent(stages), stages: stages.map(({ argv }) => ({ program: argv[0], exitCode: 0, durationMs: 1 })) }
  }
  const publish = (objects: Record<string, Content>, store: SetStore = sets) => makeSet(store, call, { began, objects })
  const restore = (set: string, options: Partial<RestoreRequest> = {}, store: SetStore = sets, deps: Partial<RestoreDeps> = {}) =>
    restoreSet(
      store,
      {
        set,
        objects: [],
        destination: to,
        members: [],
        overwrite: false,
        raw: false,
        numericOwner: false,
        dryRun: false,
        keys: { environment: secrets },
        contentOf: () => undefined,
        ...options,
      },
      { processes, call, limits: { ...DEFAULT_LIMITS, graceMs: 500 }, ...deps },
    )
  const restored = (path: string) => readFileSync(join(to, path), 'utf8')
  return { folder, root, to, source, made, publish, restore, restored }
}

const problemsOf = ({ problems }: { readonly problems: readonly { readonly kind: string; readonly path: string }[] }) =>
  problems.map(({ kind, path }) => `${kind} ${path}`)

function openWithTree(t: TestContext) {
  const place = open(t)
  execFileSync(
    'sh',
    ['-euc', "umask 022; mkdir etc; echo localhost >etc/hosts; mkdir etc/d; echo in >etc/d/in; ln -s hosts etc/link; echo x >'etc/a b'"],
    { cwd: place.source },
  )
  return place
}

describe('restoring a set', () => {
  it('fails for a set without objects', async (t) => {
    const { root, to, restore } = open(t)
    const set = '2020-01-02T03:04:05+00:00'
    mkdirSync(join(root, set), { recursive: true })
    const refusal = { code: 'backup/damaged', message: /^nothing can be restored: the set "\S+" on .+ contains no objects$/u }
    await assert.rejects(restore(set, {}, filesystemSets(openLocalfs(root), { completeWhen: 'folder' })), refusal)
    assert.equal(existsSync(to), false)
  })

  it('restores a tree with all types and attributes of files, as does the guide', { skip: requires('root') }, async (t) => {
    const { root, folder, to, source, made, publish, restore } = open(t)
    plantTree(source)
    const wanted = portrayTree(source)
    const set = await publish({
      'all.tar.zst': made('tar -cS --acls --xattrs --xattrs-include=* --format=posix -f - . | zstd -q -T0'),
      'gnu.tgz': made('tar -czf - .'),
      'acls.tar': made('tar -c --acls -f - .'),
    })
    assert.deepEqual((await restore(set)).problems, [])
    assert.ok(portrayTree(join(to, 'all.tar.zst.d')) === wanted, 'restored it differs')
    assert.match(execFileSync('getfacl', ['-n', '-p', join(to, 'acls.tar.d/plain')], { encoding: 'utf8' }), /^user:1234:rw-$/mu)
    assert.equal(readdirSync(to).length, 3)

    const guide = guideBlocks(readFileSync(join(root, set, 'RESTORE.md'), 'utf8')).join('\n')
    const byHand = join(folder, 'by-hand')
    const { status, stderr } = spawnSync('env', ['-i', 'PATH=/usr/bin:/bin', `DEST=${byHand}`, 'sh', '-eu'], {
      cwd: join(root, set),
      input: guide,
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
    assert.ok(portrayTree(byHand) === portrayTree(to), 'restored by hand it differs')
  })

  it('undoes every filter, as the guide does', async (t) => {
    const { root, folder, to, made, publish, restore, restored } = openWithTree(t)
    const set = await publish({
      'etc.tar.zst': made('tar -cf - etc | zstd -q -T0 --long=31'),
      'etc.tar': made('tar -cf - etc'),
      'db/a.sql.gz': made('echo a | gzip -9'),
      'db/b.sql.xz': made('echo b | xz'),
      'db/c.sql.bz2': made('echo c | bzip2'),
      'd.lz4': made('echo d | lz4'),
      'twice.gz.zst': made('echo twice | gzip | zstd -q'),
      'plain.txt': 'plain\n',
      empty: '',
    })
    const result = await restore(set)
    assert.deepEqual([result.problems, result.notes, result.objects.length], [[], [], 9])
    assert.deepEqual(['db/a.sql', 'db/b.sql', 'db/c.sql', 'd', 'twice', 'plain.txt', 'empty'].map(restored), [
      'a\n',
      'b\n',
      'c\n',
      'd\n',
      'twice\n',
      'plain\n',
      '',
    ])
    const byHand = join(folder, 'by-hand')
    const guide = guideBlocks(readFileSync(join(root, set, 'RESTORE.md'), 'utf8')).join('\n')
    assert.equal(spawnSync('sh', ['-eu'], { cwd: join(root, set), input: guide, env: { PATH: '/usr/bin:/bin', DEST: byHand } }).status, 0)
    assert.equal(spawnSync('diff', ['-r', '--no-dereference', to, byHand]).status, 0)
    assert.deepEqual([statSync(to).mode & 0o777, statSync(join(to, 'plain.txt')).mode & 0o777], [0o700, 0o600])
  })

  it('reports all problems together, and puts nothing in place', async (t) => {
    const { root, to, made, publish, restore } = openWithTree(t)
    const objects = {
      'etc.tar.zst': made('tar -cf - etc | zstd -q'),
      'late.tar': made('tar -cf - etc'),
      'sql.gz': made('seq 100000 | gzip'),
      cut: 'cut',
      gone: 'gone',
      good: 'good',
    }
    const set = await publish(objects)
    const at = (path: string) => join(root, set, path)
    for (const path of ['etc.tar.zst', 'late.tar', 'sql.gz']) {
      const bytes = readFileSync(at(path))
      // Of the plain archive the last byte, after its end as tar sees it; tar alone would be content.
      const index = path === 'late.tar' ? bytes.length - 1 : Math.floor(bytes.length / 2)
      bytes[index] = (bytes[index] ?? 0) ^ 1
      writeFileSync(at(path), bytes)
    }
    assert.deepEqual(problemsOf(await restore(set)), ['digest etc.tar.zst', 'digest late.tar', 'digest sql.gz'])
    assert.equal(existsSync(to), false)

    truncateSync(at('cut'), 1)
    rmSync(at('gone'))
    mkdirSync(to)
    const result = await restore(set, { objects: ['good', 'cut', 'gone', 'no-such'] })
    assert.deepEqual(problemsOf(result), ['unknown-object no-such', 'size cut', 'missing gone'])
    assert.deepEqual(readdirSync(to), [])
    assert.deepEqual(problemsOf(await restore(set, { objects: ['good'] })), [])
    assert.deepEqual(readdirSync(to), ['good'])
  })

  it('fails if a program fails, with its output', async (t) => {
    const { to, publish, restore } = open(t)
    const set = await publish({
      'f.gz': { content: Buffer.from('no gzip'), filters: ['gzip'] },
      'f.tar': { content: Buffer.from('no tar'), filters: [], source: 'tar' },
      g: 'g',
    })
    const result = await restore(set)
    assert.deepEqual(problemsOf(result), ['failed f.gz', 'failed f.tar'])
    assert.match(result.problems[0]?.stderr ?? '', /not in gzip format/u)
    assert.equal(existsSync(to), false)
  })

  it('replaces existing targets only on request, and as a whole', async (t) => {
    const { to, made, publish, restore, restored } = openWithTree(t)
    const set = await publish({ 'etc.tar': made('tar -cf - etc'), f: 'new', 'd/g': 'g' })
    mkdirSync(join(to, 'etc.tar.d'), { recursive: true })
    writeFileSync(join(to, 'etc.tar.d/mine'), 'mine')
    writeFileSync(join(to, 'f'), 'old')
    assert.deepEqual(problemsOf(await restore(set)), ['in-the-way etc.tar', 'in-the-way f'])
    assert.deepEqual([restored('f'), restored('etc.tar.d/mine'), readdirSync(to).length], ['old', 'mine', 2])
    assert.deepEqual(problemsOf(await restore(set, { overwrite: true })), [])
    assert.deepEqual([restored('f'), restored('etc.tar.d/etc/hosts'), existsSync(join(to, 'etc.tar.d/mine'))], ['new', 'localhost\n', false])
  })

  it('does not leave the destination by links in it, nor by members of an archive', async (t) => {
    const { folder, to, source, made, publish, restore } = openWithTree(t)
    mkdirSync(to)
    mkdirSync(join(folder, 'outside'))
    symlinkSync(join(folder, 'outside'), join(to, 'd'))
    const evil = ['import sys, tarfile, io', "t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|')"]
    const add = (name: string, kind: string, link = '') =>
      evil.push(
        `i = tarfile.TarInfo(${JSON.stringify(name)}); i.type = tarfile.${kind}; i.linkname = ${JSON.stringify(link)}; i.size = ${kind === 'REGTYPE' ? 4 : 0}; t.addfile(i, io.BytesIO(b'evil'))`,
      )
    add('way', 'SYMTYPE', join(folder, 'outside'))
    add('way/through', 'REGTYPE')
    add('../up', 'REGTYPE')
    add(join(folder, 'outside/absolute'), 'REGTYPE')
    add('hard', 'LNKTYPE', join(folder, 'secret'))
    evil.push('t.close()')
    writeFileSync(join(folder, 'secret'), 'secret')
    writeFileSync(join(source, 'evil.py'), evil.join('\n'))
    const set = await publish({ 'd/f': 'f', 'evil.tar': { ...(made('python3 evil.py') as object), source: 'tar' } as Content })
    assert.deepEqual(problemsOf(await restore(set, { objects: ['d/f'], overwrite: true })), ['in-the-way d/f'])
    const result = await restore(set, { objects: ['evil.tar'] })
    assert.deepEqual(problemsOf(result), ['failed evil.tar'])
    assert.deepEqual(
      [readdirSync(join(folder, 'outside')), readdirSync(to), existsSync(join(folder, 'up')), lstatSync(join(folder, 'secret')).nlink],
      [[], ['d'], false, 1],
    )
  })

  it('restores members of archives, whatever the form of their names', async (t) => {
    const { to, made, publish, restore, restored } = openWithTree(t)
    const set = await publish({
      'dot.tar.gz': made('tar -cf - ./etc | gzip'),
      'bare.tar': made('tar -cf - etc'),
      f: 'f',
      'other.tar': made('tar -cf - etc/d'),
    })
    assert.deepEqual(problemsOf(await restore(set, { members: ['/etc/host*', 'etc/a b'], areGlobs: true })), [])
    for (const archive of ['dot.tar.gz.d', 'bare.tar.d']) assert.deepEqual(readdirSync(join(to, archive, 'etc')), ['a b', 'hosts'])
    assert.deepEqual(readdirSync(to).sort(), ['bare.tar.d', 'dot.tar.gz.d'])
    assert.deepEqual(problemsOf(await restore(set, { members: ['./etc//././d//'], objects: ['other.tar'] })), [])
    assert.equal(restored('other.tar.d/etc/d/in'), 'in\n')
    assert.deepEqual(problemsOf(await restore(set, { members: ['no-such'], overwrite: true })), ['no-member '])
    assert.deepEqual(problemsOf(await restore(set, { members: ['etc/host*'], overwrite: true })), ['no-member '])
    assert.deepEqual(problemsOf(await restore(set, { members: ['x'], objects: ['f'] })), ['no-member f'])
    assert.deepEqual(readdirSync(to).sort(), ['bare.tar.d', 'dot.tar.gz.d', 'other.tar.d'])
  })

  it('returns the stored bytes on request', async (t) => {
    const { made, publish, restore, to } = openWithTree(t)
    const content = made('tar -cf - etc | gzip') as { readonly content: Buffer }
    const set = await publish({ 'etc.tgz': content as Content })
    assert.deepEqual(problemsOf(await restore(set, { raw: true })), [])
    assert.ok(readFileSync(join(to, 'etc.tgz')).equals(content.content))
  })

  it('reports what a dry run would do, and changes nothing', async (t) => {
    const { made, publish, restore, to } = openWithTree(t)
    const set = await publish({ 'etc.tgz': made('tar -czf - etc'), f: 'f' })
    const { objects, problems } = await restore(set, { dryRun: true })
    assert.deepEqual([objects.map(({ target }) => target), problems, existsSync(to)], [[join(to, 'etc.tgz.d'), join(to, 'f')], [], false])
  })

  it('decrypts with the given keys, and reports missing ones', async (t) => {
    const { folder, made, publish, restore, restored, to } = open(t)
    const home = join(folder, 'gnupg')
    mkdirSync(home, { mode: 0o700 })
    const env = { GNUPGHOME: home }
    t.after(() => spawnSync('gpgconf', ['--kill', 'gpg-agent'], { env: { ...process.env, ...env } }))
    execFileSync('gpg', ['--batch', '--quiet', '--passphrase', '', '--quick-generate-key', 'ops@example.net', 'default', 'default'], {
      env: { ...process.env, ...env },
      stdio: 'ignore',
    })
    const identity = join(folder, 'age.key')
    execFileSync('age-keygen', ['-o', identity], { stdio: 'ignore' })
    const recipient = execFileSync('age-keygen', ['-y', identity], { encoding: 'utf8' }).trim()
    const path = join(folder, 'password')
    writeFileSync(path, 'hunter2\n')
    const set = await publish({
      'one.age': made(`echo one | age -r ${recipient}`),
      'two.gpg': made('echo two | gpg --batch --quiet --trust-model always -e -r ops@example.net', env),
      'three.enc': made(`echo three | openssl enc -aes-256-cbc -pbkdf2 -pass file:${path}`),
      'four.gz.gpg': made(`echo four | gzip | gpg --batch --quiet --pinentry-mode loopback --passphrase-file ${path} --symmetric`, env),
    })
    const missing = await restore(set, { objects: ['one.age', 'three.enc'] })
    assert.deepEqual(problemsOf(missing), ['key one.age', 'key three.enc'])
    const keys = { identity, passphrase: { kind: 'file', path } as const, environment: { GNUPGHOME: home, HOME: folder } }
    assert.deepEqual((await restore(set, { keys })).problems, [])
    assert.deepEqual(['one', 'two', 'three', 'four'].map(restored), ['one\n', 'two\n', 'three\n', 'four\n'])
    assert.equal(readdirSync(to).length, 4)
  })

  it('works on an object store', async (t) => {
    const { made, publish, restore, restored } = openWithTree(t)
    const objects = new Map<string, Buffer>()
    const store = objectStoreSets(memoryStorage(objects), { completeWhen: 'manifest' })
    const set = await publish({ 'etc.tar.zst': made('tar -cf - etc | zstd -q'), f: 'f' }, store)
    assert.deepEqual((await restore(set, {}, store)).problems, [])
    assert.deepEqual([restored('f'), restored('etc.tar.zst.d/etc/hosts')], ['f', 'localhost\n'])
    objects.set(`${set}/f`, Buffer.from('F'))
    assert.deepEqual(problemsOf(await restore(set, { overwrite: true }, store)), ['digest f'])
    assert.equal(restored('f'), 'f')
  })

  it('restores sets without a manifest by the plan, or by their names, with a note that nothing was compared', async (t) => {
    const { root, made, restore, restored } = openWithTree(t)
    const set = '2020-01-02T03:04:05+00:00'
    mkdirSync(join(root, set, 'd'), { recursive: true })
    const contentOf = (content: Content) => (content as { readonly content: Buffer }).content
    writeFileSync(join(root, set, 'etc.tar.zst'), contentOf(made('tar -cf - etc | zstd -q')))
    writeFileSync(join(root, set, 'd/etc.tgz'), contentOf(made('tar -czf - etc')))
    writeFileSync(join(root, set, 'odd'), contentOf(made('echo odd | gzip')))
    const legacy = filesystemSets(openLocalfs(root), { completeWhen: 'folder' })
    const result = await restore(set, { contentOf: (path) => (path === 'odd' ? { filters: ['gzip'] } : undefined) }, legacy)
    assert.deepEqual([result.state, result.problems, result.notes.length], ['legacy', [], 1])
    assert.deepEqual(['odd', 'etc.tar.zst.d/etc/hosts', 'd/etc.tgz.d/etc/hosts'].map(restored), ['odd\n', 'localhost\n', 'localhost\n'])
  })

  it('leaves nothing when stopped, and removes the remains of a killed restore', async (t) => {
    const { made, publish, restore, to } = openWithTree(t)
    const set = await publish({ 'big.zst': made('head -c 30000000 /dev/zero | zstd -q'), f: 'f' })
    const owners = { dead: { host: hostId() }, elsewhere: { host: '0'.repeat(32) }, old: {}, foreign: undefined }
    for (const [name, owner] of Object.entries(owners)) {
      mkdirSync(join(to, `.holdfast-restore-${name}`), { recursive: true })
      const text = JSON.stringify({ ...owner, boot: 'another', pid: 1, start: 1 })
      if (owner) writeFileSync(join(to, `.holdfast-restore-${name}/owner.json`), text)
    }
    const stop = new AbortController()
    await assert.rejects(restore(set, {}, undefined, { call: { signal: stop.signal }, onProgress: () => stop.abort() }))
    assert.deepEqual(readdirSync(to), ['.holdfast-restore-elsewhere', '.holdfast-restore-foreign', '.holdfast-restore-old'])
  })
})
