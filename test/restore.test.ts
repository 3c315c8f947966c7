import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { openPlace } from './palhm/place.ts'
import { guideBlocks } from './support/guide.ts'
import { requires } from './support/requires.ts'
import { plantTree, portrayTree } from './support/trees.ts'

const exec = (...argv: string[]) => ({ type: 'exec-inline', argv })

/** A configuration of the ancestor with one backup of a folder and a dump, and the program to be started on it. */
function open(t: TestContext) {
  const place = openPlace(t)
  const source = join(place.run, 'source')
  mkdirSync(source)
  const tar = ['/bin/tar', '-cS', '--acls', '--xattrs', '--xattrs-include=*', '-f', '-', '-C', source, '.']
  const objects = [
    { path: 'source.tar.zst', pipeline: [exec(...tar), exec('/usr/bin/zstd', '-q')] },
    { path: 'db/dump.sql.gz', pipeline: [exec('/bin/echo', 'select 1'), exec('/bin/gzip', '-c')] },
  ]
  const backend = { backend: 'localfs', 'backend-param': { root: join(place.run, 'sets'), 'nb-copy-limit': 9 } }
  const config = place.write('plan.json', { tasks: [{ id: 'nightly', type: 'backup', ...backend, objects }] })
  const run = (...args: string[]) => place.start(['-f', config, ...args], { as: 'holdfast' })
  const setsIn = () => readdirSync(join(place.run, 'sets')).filter((name) => !name.startsWith('.'))
  return { place, source, run, setsIn, to: join(place.run, 'to'), setFolder: () => join(place.run, 'sets', setsIn().at(-1) ?? '') }
}

describe('restore', () => {
  it('restores a complete tree from a configuration of the ancestor, as does the guide in the set', { skip: requires('root') }, async (t) => {
    const { place, source, run, to, setFolder } = open(t)
    plantTree(source)
    const wanted = portrayTree(source)
    assert.equal((await run('-q', 'run', 'nightly')).code, 0)
    const { code, stdout, stderr } = await run('restore', 'nightly', '--to', to)
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(
      stdout,
      /^restored 2 objects of \S+ to \S+ \(\S+ \S+ read\)\n {2}source\.tar\.zst -> \S+\/to\/source\.tar\.zst\.d\n {2}db\/dump\.sql\.gz -> \S+\/to\/db\/dump\.sql\n$/u,
    )
    assert.ok(portrayTree(join(to, 'source.tar.zst.d')) === wanted, 'restored it differs')
    assert.equal(readFileSync(join(to, 'db/dump.sql'), 'utf8'), 'select 1\n')

    const byHand = join(place.run, 'by-hand')
    const input = guideBlocks(readFileSync(join(setFolder(), 'RESTORE.md'), 'utf8')).join('\n')
    const hand = spawnSync('env', ['-i', 'PATH=/usr/bin:/bin', `DEST=${byHand}`, 'sh', '-eu'], { cwd: setFolder(), input, encoding: 'utf8' })
    assert.equal(hand.status, 0, hand.stderr)
    assert.ok(portrayTree(join(byHand, 'source.tar.zst.d')) === wanted, 'restored by hand it differs')
    assert.equal(readFileSync(join(byHand, 'db/dump.sql'), 'utf8'), 'select 1\n')
  })

  it('restores nothing of a damaged set, reports all problems, and records them', async (t) => {
    const { source, run, to, setFolder } = open(t)
    writeFileSync(join(source, 'f'), 'f')
    await run('-q', 'run', 'nightly')
    for (const path of ['source.tar.zst', 'db/dump.sql.gz']) {
      const bytes = readFileSync(join(setFolder(), path))
      bytes[12] = (bytes[12] ?? 0) ^ 1
      writeFileSync(join(setFolder(), path), bytes)
    }
    const { code, stdout, stderr } = await run('-q', 'restore', 'nightly', '--to', to)
    assert.deepEqual([code, stdout, existsSync(to)], [1, '', false])
    assert.match(
      stderr,
      /^error: \S+: \S+: 2 problems, nothing was restored\n {4}"source\.tar\.zst" .*SHA-256 differs.*\n {4}"db\/dump\.sql\.gz" .*differs.*\n$/u,
    )
    const json = JSON.parse((await run('restore', 'nightly', 'latest', 'db/dump.sql.gz', '--to', to, '--json')).stdout)
    assert.deepEqual([json.good, json.objects, json.problems.length, json.task], [false, [], 1, 'nightly'])
  })

  it('is silent with -q, changes nothing when dry, and requires a folder', async (t) => {
    const { source, run, to } = open(t)
    writeFileSync(join(source, 'f'), 'f')
    await run('-q', 'run', 'nightly')
    const dry = await run('restore', 'nightly', '--to', to, '--dry-run')
    assert.deepEqual([dry.code, dry.stdout.split('\n').length, existsSync(to)], [0, 4, false])
    assert.deepEqual(await run('-q', 'restore', 'nightly', 'latest', 'source.tar.zst', '--path', 'f', '--to', to), {
      code: 0,
      signal: null,
      stdout: '',
      stderr: '',
    })
    assert.deepEqual(readdirSync(join(to, 'source.tar.zst.d')), ['f'])
    assert.match((await run('restore', 'nightly', '--to', to, '--path', 'nix')).stderr, /already exists\n.*hint: .*--overwrite/su)
    assert.deepEqual([(await run('restore', 'nightly')).code, (await run('restore', 'nightly', '2001-01-01', '--to', to)).code], [2, 1])
    assert.match((await run('restore', 'nightly', '2001-01-01', '--to', to)).stderr, /no set at or before "2001-01-01".*\n.*See "sets"/u)
    assert.match((await run('restore', 'nightly', 'yesterday', '--to', to)).stderr, /invalid set or time "yesterday"\n/u)
    assert.match((await run('restore', 'nightly', '20010101T000000Z', '--to', to)).stderr, /unknown set "20010101T000000Z"\n/u)
    assert.match((await run('verify', 'latest')).stderr, /unknown task "latest"\n.*The task comes before the set: "\w+ latest"\. /u)
  })
})

describe('a set that the ancestor wrote', () => {
  it('is listed, read and restored: a folder of files without a manifest', async (t) => {
    const { place, source, run, to } = open(t)
    mkdirSync(join(source, 'sub'))
    writeFileSync(join(source, 'sub/f'), 'f')
    const set = join(place.run, 'sets/2020-01-02T03:04:05+00:00')
    const script = `mkdir -p db; tar -cf - -C '${source}' . | zstd -q >source.tar.zst; echo 'select 1' | gzip >db/dump.sql.gz; echo other >other.txt`
    mkdirSync(set, { recursive: true })
    assert.equal(spawnSync('sh', ['-euc', script], { cwd: set }).status, 0)
    assert.match((await run('sets', 'nightly')).stdout, /2020-01-02T03:04:05\+00:00 +legacy .* - /u)
    assert.match((await run('verify', 'nightly', '--deep')).stdout, /readable; cannot be compared without a manifest/u)
    const { code, stderr } = await run('restore', 'nightly', '2020-01-02', '--to', to)
    assert.equal(code, 0, stderr)
    assert.match(stderr, /^note: .*no manifest.*$/mu)
    assert.equal(readFileSync(join(to, 'source.tar.zst.d/sub/f'), 'utf8'), 'f')
    assert.equal(readFileSync(join(to, 'db/dump.sql'), 'utf8'), 'select 1\n')
    assert.equal(readFileSync(join(to, 'other.txt'), 'utf8'), 'other\n')
    assert.equal((await run('-q', 'restore', 'nightly', 'latest', 'source.tar.zst', '--glob', '--path', 'sub/*', '--to', join(to, 'some'))).code, 0)
    assert.deepEqual(readdirSync(join(to, 'some/source.tar.zst.d/sub')), ['f'])
    writeFileSync(join(set, 'db/dump.sql.gz'), readFileSync(join(set, 'db/dump.sql.gz')).subarray(0, 20))
    assert.equal((await run('verify', 'nightly', '--deep')).code, 1)
    assert.deepEqual([(await run('restore', 'nightly', '--to', join(to, 'cut'))).code, existsSync(join(to, 'cut'))], [1, false])
  })
})

describe('rotate', () => {
  it('prints what would be removed and why, and removes exactly that', async (t) => {
    const { place, run } = open(t)
    const root = join(place.run, 'kept')
    const config = place.write('rotate.json', {
      tasks: [
        {
          id: 'nightly',
          type: 'backup',
          backend: 'localfs',
          'backend-param': { root, 'nb-copy-limit': 2 },
          objects: [{ path: 'f', pipeline: [exec('/bin/echo', 'x')] }],
        },
      ],
    })
    const names = [1, 2, 3].map((day) => `2020-01-0${day}T00:00:00+00:00`)
    for (const name of [...names, 'foreign']) mkdirSync(join(root, name), { recursive: true })
    const dry = await run('-f', config, 'rotate', '--dry-run')
    assert.deepEqual([dry.code, dry.stderr], [0, ''])
    assert.match(
      dry.stdout,
      /^nightly: the sets on \S+:\nnightly: expire 2020-01-01\S+: more than 2 sets\nnightly: keep 2020-01-02\S+: within the limits\nnightly: keep 2020-01-03.*\n$/u,
    )
    assert.equal(readdirSync(root).length, 4)
    assert.deepEqual(await run('-q', '-f', config, 'rotate', 'nightly'), { code: 0, signal: null, stdout: '', stderr: '' })
    assert.deepEqual(readdirSync(root).sort(), [...names.slice(1), 'foreign'])

    mkdirSync(join(root, '2999-01-01T00:00:00+00:00'))
    const behind = await run('-f', config, 'rotate')
    assert.deepEqual([behind.code, readdirSync(root).length], [1, 4])
    assert.match(behind.stderr, /^error: no sets were removed from ".*": the clock of this host is behind/u)
  })
})

describe('verify', () => {
  it('reads archives to their end, a sample, and with a limited rate', async (t) => {
    const { source, run } = open(t)
    writeFileSync(join(source, 'f'), 'f')
    await run('-q', 'run', 'nightly')
    const deep = await run('verify', 'nightly', '--deep', '--rate', '20MiB/s')
    assert.deepEqual([deep.code, deep.stderr], [0, ''])
    assert.match((await run('verify', '--sample', '1%')).stdout, /: good \(1 of 2 objects read, \S+ \S+\)\n$/u)
    for (const wrong of [
      ['--sample', '0'],
      ['--sample', 'all'],
      ['--rate', 'slow'],
    ])
      assert.equal((await run('verify', ...wrong)).code, 2)
  })
})
