import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { requires } from '../support/requires.ts'
import { backup, check, config, inline, pointer, routine, sh, type Use } from './configs.ts'
import { checkout, type Ended, openPlace, type Place } from './place.ts'
import { smallDisk } from './sample-files.ts'
import { assertVerifies, leftInWork, setsIn } from './tree.ts'

const cat = inline(['/bin/cat'])
const big = inline(['/bin/dd', 'if=/dev/zero', 'bs=1000', 'count=2000', 'status=none'])

interface Tried extends Ended {
  readonly place: Place
  readonly root: string
}

const prepared = mkdtempSync(join(tmpdir(), 'holdfast-good-set-'))
after(() => rmSync(prepared, { recursive: true }))
before(() => {
  const file = join(prepared, 'good.json')
  writeFileSync(file, JSON.stringify(config([backup('root', { first: [inline(['/bin/echo', 'good'])] })])))
  const { status } = spawnSync(join(checkout, 'palhm'), ['-q', '-f', file, 'run', 'backup'], {
    cwd: prepared,
    env: { HOLDFAST_STATE: join(prepared, 'state') },
  })
  assert.equal(status, 0)
})

/** Runs one pipeline as the object "o" of a set, after "first", with one set there already; whatever fails leaves that one alone. */
async function attempt(t: TestContext, pipeline: readonly Use[]): Promise<Tried> {
  const place = openPlace(t)
  const root = join(place.run, 'root')
  cpSync(join(prepared, 'root'), root, { recursive: true })
  const task = backup('root', { first: [inline(['/bin/echo', 'good'])], o: pipeline }, { 'nb-copy-limit': 1 })
  const ended = await place.start(['-q', '-f', place.write('c.json', config([task])), 'run', 'backup'])
  assert.equal(setsIn(root).length, 1)
  assertVerifies(root)
  assert.deepEqual(leftInWork(root), [])
  assert.deepEqual(place.leftOver(), [])
  return { ...ended, place, root }
}

async function fails(t: TestContext, pipeline: readonly Use[], stderr: RegExp): Promise<void> {
  const ended = await attempt(t, pipeline)
  assert.equal(ended.code, 1)
  assert.equal(ended.stdout, '')
  assert.match(ended.stderr, stderr)
  assert.match(ended.stderr, /"o"/u, 'the object is named')
  const [set = ''] = setsIn(ended.root)
  assert.equal(existsSync(join(ended.root, set, 'o')), false, 'the set is the old one')
}

async function succeeds(t: TestContext, pipeline: readonly Use[], text: string): Promise<void> {
  const ended = await attempt(t, pipeline)
  assert.deepEqual({ code: ended.code, stderr: ended.stderr }, { code: 0, stderr: '' })
  const [set = ''] = setsIn(ended.root)
  assert.equal(readFileSync(join(ended.root, set, 'o'), 'utf8'), text)
}

describe('a pipeline of a PALHM configuration', { concurrency: 4 }, () => {
  const failing: readonly (readonly [string, readonly Use[], RegExp])[] = [
    ['fails though its processes ignore SIGTERM', [sh('trap "" TERM; echo x; sleep 60 & wait'), sh('exit 3')], /exit.* 3/u],
    ['fails with its first stage', [sh('echo partial; exit 3'), cat], /exit.* 3/u],
    ['fails with a middle stage, few bytes before it', [inline(['/bin/echo', 'x']), inline(['/bin/false']), cat], /\/bin\/false/u],
    ['fails with a middle stage, many bytes before it', [big, inline(['/bin/false']), cat], /\/bin\/false/u],
    ['fails with its last stage, many bytes before it', [big, cat, sh('head -c 10 >/dev/null; exit 4')], /exit.* 4/u],
    ['fails with its last stage, an endless writer before it', [inline(['/usr/bin/yes']), sh('exit 4')], /exit.* 4/u],
    ['fails with a stage that cannot be started', [inline(['/usr/bin/yes']), inline(['/no/such/program'])], /\/no\/such\/program/u],
    ['fails with a first stage that cannot be started', [inline(['/no/such/program']), cat, cat], /\/no\/such\/program/u],
    ['fails with a stage that a signal ended', [sh('echo x; kill -KILL $$'), cat], /SIGKILL/u],
    ['fails at once though the rest would take long', [sh('exit 3'), sh('cat; sleep 60')], /exit.* 3/u],
    ['fails at once though an earlier stage would take long', [sh('sleep 60'), sh('exit 3')], /exit.* 3/u],
    ['tells the reader that failed, not the writer that it broke', [sh('yes; exit 9'), sh('exit 4')], /exit.* 4/u],
    [
      'fails with a writer that minds the end of an accepted reader',
      [sh('trap "" PIPE; yes 2>/dev/null || exit 7'), inline(['/usr/bin/head', '-n1'])],
      /exit.* 7/u,
    ],
  ]
  for (const [title, pipeline, stderr] of failing) it(title, (t) => fails(t, pipeline, stderr))

  const succeeding: readonly (readonly [string, readonly Use[], string])[] = [
    ['is whole though a reader ends early, few bytes left', [sh('seq 1 5000'), inline(['/usr/bin/head', '-n1'])], '1\n'],
    ['is whole though a reader ends early, endless bytes left', [inline(['/usr/bin/yes']), inline(['/usr/bin/head', '-n1'])], 'y\n'],
    ['is whole though a reader ends early in the middle', [inline(['/usr/bin/yes']), sh('read l; echo $l'), cat], 'y\n'],
    ['is whole though a reader never reads', [big, sh('echo mine')], 'mine\n'],
    ['is whole though a reader ends before its writer writes', [sh('sleep 0.3; echo late'), sh('echo mine')], 'mine\n'],
    ['takes an accepted exit code of any stage for good', [sh('echo x; exit 1', { ec: '<2' }), sh('cat; exit 7', { ec: '7' })], 'x\n'],
    ['is whole though it floods its stderr', [sh('head -c 3000000 /dev/zero >&2; echo x')], 'x\n'],
    ['is empty where nothing is written', [inline(['/bin/true'])], ''],
    ['has six stages', [inline(['/bin/echo', 'x']), cat, cat, cat, cat, cat], 'x\n'],
  ]
  for (const [title, pipeline, text] of succeeding) it(title, (t) => succeeds(t, pipeline, text))

  it('leaves nothing, however often and in parallel', async (t) => {
    const place = openPlace(t)
    const pipelines = {
      first: [inline(['/bin/false'])],
      middle: [inline(['/bin/echo', 'x']), inline(['/bin/false']), cat],
      last: [big, inline(['/bin/false'])],
    }
    const tasks = Object.entries(pipelines).flatMap(([name, pipeline]) =>
      [1, 2, 3, 4].map((nth) => ({ ...backup('root', { o: pipeline }), id: `${name}${nth}` })),
    )
    const file = place.write('c.json', config(tasks))
    const ended = await Promise.all(tasks.map(({ id }) => place.start(['-q', '-f', file, 'run', id])))
    for (const { code, signal, stderr } of ended) assert.deepEqual({ code, signal }, { code: 1, signal: null }, stderr)
    assert.deepEqual(setsIn(join(place.run, 'root')), [])
    assert.deepEqual(leftInWork(join(place.run, 'root')), [])
    assert.deepEqual(place.leftOver(), [])
  })

  it('ends processes that left its session', (t) => fails(t, [sh('(setsid sleep 300 &); exit 3')], /exit.* 3/u))

  it('leaves no processes after a success either', async (t) => {
    await succeeds(t, [sh('(setsid sleep 300 >/dev/null 2>&1 &); echo x')], 'x\n')
  })

  it('checks the same definition used twice both times', async (t) => {
    const place = openPlace(t)
    const once = 'if mkdir flag 2>/dev/null; then cat; exit 7; else cat; fi'
    const execs = [{ id: 'twice', argv: ['/bin/sh', '-c', once] }]
    const use = { type: 'exec', 'exec-id': 'twice' }
    const file = place.write('c.json', config([backup('root', { o: [inline(['/bin/echo', 'x']), use, use] })], { execs }))
    const { code, stderr } = await place.start(['-q', '-f', file, 'run', 'backup'])
    assert.equal(code, 1)
    assert.match(stderr, /exit.* 7/u)
  })

  it('shows only the last output of the failed program', async (t) => {
    const { code, stderr } = await attempt(t, [
      sh('echo "from the writer" >&2; echo x'),
      sh('cat >/dev/null; for i in $(seq 1 5000); do echo "line $i" >&2; done; exit 5'),
    ])
    assert.equal(code, 1)
    assert.match(stderr, /line 5000\n/u)
    assert.doesNotMatch(stderr, /line 1\n|from the writer/u)
  })

  it('begins nothing new after a failure, and ends what runs', async (t) => {
    const place = openPlace(t)
    const slow = sh('echo $$ >>began; sleep 60')
    const pipelines = { a: [slow], b: [sh('until [ -e began ]; do sleep 0.02; done; exit 3')], c: [slow], d: [slow] }
    const file = place.write('c.json', config([backup('root', pipelines)], { 'nb-workers': 2 }))
    const { code, stderr } = await place.start(['-q', '-f', file, 'run', 'backup'])
    assert.equal(code, 1)
    assert.match(stderr, /"b"/u)
    assert.equal(readFileSync(join(place.run, 'began'), 'utf8').trim().split('\n').length, 1)
    assert.deepEqual(place.leftOver(), [])
  })

  it('keeps dependants from being begun', async (t) => {
    const place = openPlace(t)
    const task = {
      ...backup('root', {}),
      'object-groups': [{ id: 'early' }, { id: 'late', depends: ['early'] }],
      objects: [
        { path: 'a', group: 'early', pipeline: [sh('exit 3')] },
        { path: 'b', group: 'late', pipeline: [sh('touch began')] },
      ],
    }
    assert.equal((await place.start(['-q', '-f', place.write('c.json', config([task])), 'run', 'backup'])).code, 1)
    assert.equal(existsSync(join(place.run, 'began')), false)
  })

  it('of a check without a storage is shown by its exit code alone', async (t) => {
    const place = openPlace(t)
    const grep = inline(['/bin/grep', '.'])
    const file = place.write(
      'c.json',
      config([
        { ...check({ 'good.test': [inline(['/bin/echo', 'an answer']), grep] }), id: 'good' },
        { ...check({ 'empty.test': [inline(['/bin/true']), grep] }), id: 'empty' },
        { ...check({ 'down.test': [sh('echo "; timed out"; exit 9'), grep] }), id: 'down' },
        { ...check({ 'endless.test': [inline(['/usr/bin/yes']), inline(['/usr/bin/head', '-n', '1'])] }), id: 'endless', 'backend-param': null },
      ]),
    )
    const run = (task: string) => place.start(['-q', '-f', file, 'run', task])
    for (const task of ['good', 'endless']) assert.deepEqual(await run(task), { code: 0, signal: null, stdout: '', stderr: '' })
    const empty = await run('empty')
    assert.equal(empty.code, 1)
    assert.match(empty.stderr, /exit.* 1\)[\s\S]*empty\.test/u)
    const down = await run('down')
    assert.equal(down.code, 1)
    assert.match(down.stderr, /exit.* 9\)[\s\S]*down\.test/u)
  })

  it('ends a routine and all that point to it', async (t) => {
    const place = openPlace(t)
    const file = place.write(
      'c.json',
      config([
        backup('root', { o: [sh('exit 3')] }),
        routine('middle', pointer('backup'), sh('echo never')),
        routine('default', pointer('middle'), sh('echo never')),
      ]),
    )
    const { code, stdout, stderr } = await place.start(['-q', '-f', file, 'run'])
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.match(stderr, /"backup"/u)
  })
})

describe('a root of a PALHM configuration that cannot be written', { concurrency: 3 }, () => {
  const small = (size: string): Use => inline(['/bin/dd', 'if=/dev/zero', `bs=${size}`, 'count=1', 'status=none'])

  it('is full: the run ends with the name of the storage, and existing sets are kept', async (t) => {
    const place = openPlace(t)
    const root = join(place.run, 'root')
    if (!smallDisk(t, place, { folder: root, options: 'size=20m' })) return
    const run = (name: string, size: string) =>
      place.start(['-q', '-f', place.write(name, config([backup('root', { o: [small(size), cat] })])), 'run', 'backup'])
    assert.equal((await run('good.json', '2M')).code, 0)
    const { code, stderr } = await run('full.json', '50M')
    assert.equal(code, 1)
    assert.match(stderr, /No space left/u)
    assert.match(stderr, /run\/root|"o"/u)
    assert.equal(setsIn(root).length, 1)
    assertVerifies(root)
    assert.deepEqual(leftInWork(root), [])
    assert.equal((await run('good.json', '2M')).code, 0)
    assert.equal(setsIn(root).length, 2)
  })

  it('has no room for one more file', async (t) => {
    const place = openPlace(t)
    const root = join(place.run, 'root')
    if (!smallDisk(t, place, { folder: root, options: 'size=10m,nr_inodes=14' })) return
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`o${index}`, [small('10')]]))
    const { code, stderr } = await place.start(['-q', '-f', place.write('c.json', config([backup('root', many)])), 'run', 'backup'])
    assert.equal(code, 1)
    assert.match(stderr, /run\/root|space|inode/iu)
    assert.deepEqual(setsIn(root), [])
    assert.deepEqual(leftInWork(root), [])
  })

  it('is mounted read-only', async (t) => {
    const place = openPlace(t)
    if (!smallDisk(t, place, { folder: join(place.run, 'root'), options: 'size=1m,ro' })) return
    const { code, stderr } = await place.start(['-q', '-f', place.write('c.json', config([backup('root', { o: [small('10')] })])), 'run', 'backup'])
    assert.equal(code, 1)
    assert.match(stderr, /read-only[\s\S]*|run\/root/iu)
  })

  it('is a file, or is below one', async (t) => {
    const place = openPlace(t)
    writeFileSync(join(place.run, 'plain'), 'x')
    for (const root of ['plain', 'plain/root']) {
      const { code, stderr } = await place.start(['-q', '-f', place.write('c.json', config([backup(root, { o: [small('10')] })])), 'run', 'backup'])
      assert.equal(code, 1)
      assert.match(stderr, /plain/u)
      assert.doesNotMatch(stderr, /internal error/u)
    }
    assert.equal(readFileSync(join(place.run, 'plain'), 'utf8'), 'x')
  })

  it('belongs to another user', { skip: requires('root') }, async (t) => {
    const place = openPlace(t)
    spawnSync('chmod', ['755', place.top])
    mkdirSync(join(place.run, 'root'))
    const file = place.write('c.json', config([backup('root', { o: [small('10')] })]))
    const args = ['--reuid=65534', '--regid=65534', '--clear-groups', join(checkout, 'palhm'), '-q', '-f', file, 'run', 'backup']
    const { code, stderr } = await place.start(args, { as: '/usr/bin/setpriv' })
    assert.equal(code, 1)
    assert.match(stderr, /permission denied[\s\S]*run\/root|run\/root[\s\S]*permission denied/iu)
  })

  it('limits the size of a file', async (t) => {
    const place = openPlace(t)
    const file = place.write('c.json', config([backup('root', { o: [small('100K')] })]))
    const { code, stderr } = await place.start(['--fsize=65536', join(checkout, 'palhm'), '-q', '-f', file, 'run', 'backup'], {
      as: '/usr/bin/prlimit',
    })
    assert.equal(code, 1)
    assert.match(stderr, /"o"/u)
    assert.deepEqual(setsIn(join(place.run, 'root')), [])
    assert.deepEqual(leftInWork(join(place.run, 'root')), [])
  })
})
