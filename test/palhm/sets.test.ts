import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { requires } from '../support/requires.ts'
import { backup, config, inline, objects, pointer, routine, sh, type Use } from './configs.ts'
import { checkout, openPlace, type Place } from './place.ts'
import { assertVerifies, leftInWork, setsIn, treeOf } from './tree.ts'
import { untilWritten } from './until.ts'

const echo = (text: string): Use => inline(['/bin/echo', text])
const noRoot = requires('root')

/** Runs the task "backup" of a configuration with these objects. */
async function run(place: Place, task: unknown, keys: Readonly<Record<string, unknown>> = {}) {
  return place.start(['-q', '-f', place.write('c.json', config([task], keys)), 'run', 'backup'])
}

async function made(place: Place, task: unknown, keys: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const { code, stderr, stdout } = await run(place, task, keys)
  assert.deepEqual({ code, stderr, stdout }, { code: 0, stderr: '', stdout: '' })
}

describe('sets of a PALHM configuration', { concurrency: 3 }, () => {
  it('lie below a root that is relative to the working folder', async (t) => {
    const place = openPlace(t)
    mkdirSync(join(place.run, 'sub'))
    const file = place.write('etc/c.json', config([backup('roots/./here/', { f: [echo('x')] })]))
    const { code } = await place.start(['-q', '-f', '../etc/c.json', 'run', 'backup'], { cwd: join(place.run, 'sub') })
    assert.equal(code, 0)
    assert.equal(setsIn(join(place.run, 'sub/roots/here')).length, 1)
    assert.equal(existsSync(join(file, '../roots')), false)
  })

  it('have names of 25 characters in UTC', async (t) => {
    const place = openPlace(t)
    const file = place.write('c.json', config([backup('root', { f: [echo('x')] })]))
    const before = Date.now()
    const { code } = await place.start(['-q', '-f', file, 'run', 'backup'], { env: { TZ: 'Asia/Seoul' } })
    assert.equal(code, 0)
    const [name = ''] = readdirSync(join(place.run, 'root')).filter((it) => !it.startsWith('.'))
    assert.match(name, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/u)
    assert.ok(Math.abs(Date.parse(name) - before) < 60_000, name)
  })

  it('are hidden and private until they are complete', async (t) => {
    const place = openPlace(t)
    const root = join(place.run, 'root')
    const slow = sh('echo begin; until [ -e go ]; do sleep 0.02; done; echo end')
    const file = place.write('c.json', config([backup('root', { quick: [echo('x')], 'd/slow': [slow] }, { dmode: '777', fmode: '666' })]))
    const { code } = await place.start(['-q', '-f', file, 'run', 'backup'], {
      umask: '000',
      meanwhile: async () => {
        await untilWritten(root, 'd/slow')
        assert.deepEqual(readdirSync(root), ['.holdfast-work'])
        assert.equal(statSync(join(root, '.holdfast-work')).mode & 0o777, 0o700)
        const { stdout } = spawnSync('find', [root, '-name', 'slow', '-printf', '%m'], { encoding: 'utf8' })
        assert.equal(stdout, '600')
        place.write('go', '')
      },
    })
    assert.equal(code, 0)
    assert.match(treeOf(root).join('\n'), /f 0666 SET\/d\/slow/u)
  })

  it('may be reached through a link', async (t) => {
    const place = openPlace(t)
    mkdirSync(join(place.run, 'real'))
    symlinkSync('real', join(place.run, 'root'))
    await made(place, backup('root', { f: [echo('x')] }))
    assert.equal(setsIn(join(place.run, 'real')).length, 1)
  })

  it('get folder modes less the umask and exact file modes', async (t) => {
    const place = openPlace(t)
    const file = place.write('c.json', config([backup('p1/root', { 'a/b/c/f': [echo('x')], top: [echo('y')] }, { dmode: '777', fmode: '604' })]))
    const { code } = await place.start(['-q', '-f', file, 'run', 'backup'], { umask: '077' })
    assert.equal(code, 0)
    assert.deepEqual(
      treeOf(place.run)
        .filter((line) => line.includes('p1'))
        .map((line) => line.split(' ').slice(0, 3).join(' ')),
      [
        'd 0700 p1/',
        'd 0700 p1/root/',
        'd 0700 p1/root/SET/',
        'd 0700 p1/root/SET/a/',
        'd 0700 p1/root/SET/a/b/',
        'd 0700 p1/root/SET/a/b/c/',
        'f 0604 p1/root/SET/a/b/c/f',
        'f 0604 p1/root/SET/top',
      ],
    )
  })

  it('give the innermost folder of an object the configured mode, and those between the usual one', async (t) => {
    const place = openPlace(t)
    await made(place, backup('root', { 'a/b/c/f': [echo('x')] }, { dmode: '700' }))
    const modes = treeOf(join(place.run, 'root')).map((line) => line.split(' ').slice(1, 3).join(' '))
    assert.deepEqual(modes.slice(0, 4), ['0700 SET/', '0700 SET/a/b/c/', '0755 SET/a/', '0755 SET/a/b/'])
  })

  it('accept octal modes in every spelling, and more than twelve bits of nothing', async (t) => {
    const place = openPlace(t)
    await made(place, backup('root', { f: [echo('x')] }, { dmode: '0o755', fmode: '0600' }))
    assert.deepEqual(
      treeOf(join(place.run, 'root')).map((line) => line.split(' ')[1]),
      ['0755', '0600'],
    )
  })

  it('with modes that lock out their owner are still published, and still expire', { skip: noRoot }, async (t) => {
    const place = openPlace(t)
    spawnSync('chmod', ['755', place.top])
    spawnSync('chown', ['-R', '65534:65534', place.top])
    const file = place.write('c.json', config([backup('root', { 'a/f': [echo('x')] }, { dmode: '500', fmode: '000', 'nb-copy-limit': 1 })]))
    const args = ['--reuid=65534', '--regid=65534', '--clear-groups', join(checkout, 'palhm'), '-q', '-f', file, 'run', 'backup']
    for (const _ of [1, 2]) assert.deepEqual(await place.start(args, { as: '/usr/bin/setpriv' }), { code: 0, signal: null, stdout: '', stderr: '' })
    assert.equal(setsIn(join(place.run, 'root')).length, 1)
    assert.deepEqual(
      treeOf(join(place.run, 'root')).map((line) => line.split(' ')[1]),
      ['0500', '0500', '0000'],
    )
  })

  it('store every byte of an object, whatever its size and its source', async (t) => {
    const place = openPlace(t)
    writeFileSync(join(place.run, 'source'), Buffer.alloc(3_000_001, 'abc\0'))
    const cat = inline(['/bin/cat'])
    const pipelines = { one: [inline(['/bin/cat', 'source'])], six: [inline(['/bin/cat', 'source']), cat, cat, cat, cat, cat], none: [] }
    await made(place, backup('root', pipelines, { 'block-size': 4096 }))
    const [set = ''] = setsIn(join(place.run, 'root'))
    for (const path of ['one', 'six']) assert.equal(spawnSync('cmp', ['source', `root/${set}/${path}`], { cwd: place.run }).status, 0)
    assert.equal(statSync(join(place.run, 'root', set, 'none')).size, 0)
  })

  it('are written in blocks of any size that dd supports', async (t) => {
    const place = openPlace(t)
    const sizes = ['64K', '1MiB', '2x512', '1b', 100, '3', 4096.0]
    const tasks = sizes.map((size) => ({
      ...backup('root', { f: [sh('head -c 1000 /dev/zero')] }, { 'block-size': size, 'nb-copy-limit': 1 }),
      id: `t${size}`,
    }))
    const file = place.write('c.json', config([...tasks, routine('default', ...tasks.map(({ id }) => pointer(id)))]))
    assert.deepEqual(await place.start(['-q', '-f', file, 'run']), { code: 0, signal: null, stdout: '', stderr: '' })
    assert.match(treeOf(join(place.run, 'root')).join('\n'), /f size=1000 /u)
  })

  it('take an expected size for a hint, and touch nothing in the working folder', async (t) => {
    const place = openPlace(t)
    const victims = ['short', 'long', 'sub/in']
    mkdirSync(join(place.run, 'sub'))
    for (const path of victims) writeFileSync(join(place.run, path), 'do not touch\n')
    const task = {
      ...backup('root', {}),
      objects: [
        { path: 'short', pipeline: [echo('abc')], 'alloc-size': 3 },
        { path: 'long', pipeline: [echo('abc')], 'alloc-size': 5_000_000 },
        { path: join(place.run, 'sub/in'), pipeline: [echo('abc')], 'alloc-size': 1 },
        { path: 'huge', pipeline: [echo('abc')], 'alloc-size': 9_000_000_000_000_000 },
      ],
    }
    await made(place, task)
    for (const path of victims) assert.equal(readFileSync(join(place.run, path), 'utf8'), 'do not touch\n')
    const files = treeOf(join(place.run, 'root')).filter((line) => line.startsWith('f '))
    assert.equal(files.length, 4)
    for (const line of files) assert.match(line, / size=4 /u)
  })

  it('hold names with blanks, line breaks, quotes, other letters and leading dashes', async (t) => {
    const place = openPlace(t)
    const names = [
      'a b',
      'line\nbreak',
      'žluťoučký €',
      '-rf',
      '--',
      '$HOME',
      "it's",
      'a\\b',
      '*',
      'tab\there',
      ' lead',
      'dir with/ -x',
      '😀',
      '.hidden',
      '...',
    ]
    await made(place, backup('-root dir', Object.fromEntries(names.map((name) => [name, [echo('x')]]))))
    const root = join(place.run, '-root dir')
    const [set = ''] = setsIn(root)
    for (const name of names) assert.equal(readFileSync(join(root, set, name), 'utf8'), 'x\n', JSON.stringify(name))
    assertVerifies(root)
    await made(place, backup('-root dir', { f: [echo('x')] }, { 'nb-copy-limit': 1 }))
    assert.equal(setsIn(root).length, 1)
  })

  it('keep a leading slash inside', async (t) => {
    const place = openPlace(t)
    await made(place, backup('root', { '/etc/f': [echo('x')], '//g': [echo('y')] }))
    assert.deepEqual(
      treeOf(join(place.run, 'root')).map((line) => line.split(' ')[2]),
      ['SET/', 'SET/etc/', 'SET/etc/f', 'SET/g'],
    )
  })

  it('refuse paths that lead out, are empty, or meet', async (t) => {
    const place = openPlace(t)
    const bad = [
      ['..'],
      ['a/../../b'],
      ['../x'],
      ['a/..'],
      [''],
      ['/'],
      ['.'],
      ['f', './f'],
      ['a', 'a/b'],
      ['a/b', 'a'],
      ['a//b', 'a/b'],
      ['a/', 'a'],
      ['/f', 'f'],
      ['x\0y'],
    ]
    const tasks = bad.map((paths, index) => ({
      ...backup('root', {}),
      id: `t${index}`,
      objects: paths.map((path) => ({ path, pipeline: [echo('x')] })),
    }))
    const { code, stderr } = await place.start(['-q', '-f', place.write('c.json', config(tasks)), 'run', 't0'])
    assert.equal(code, 1)
    const refused = new Set([...stderr.matchAll(/: error: tasks\[(\d+)\]\.objects\[\d\]\.path: /gu)].map(([, index]) => Number(index)))
    assert.deepEqual(refused, new Set(bad.keys()))
    assert.equal(existsSync(join(place.run, 'root')), false)
  })

  it("support objects with the names of Holdfast's own files", async (t) => {
    const place = openPlace(t)
    await made(place, backup('root', { 'manifest.json': [echo('mine')], 'RESTORE.md': [echo('mine too')], f: [echo('x')] }))
    const [set = ''] = setsIn(join(place.run, 'root'))
    assert.equal(readFileSync(join(place.run, 'root', set, 'manifest.json'), 'utf8'), 'mine\n')
    assert.equal(readFileSync(join(place.run, 'root', set, 'RESTORE.md'), 'utf8'), 'mine too\n')
    const { code, stdout } = await place.start(['-f', join(place.run, 'c.json'), 'verify', 'backup'], { as: 'holdfast' })
    assert.equal(code, 0, stdout)
  })

  it('are made of 150 objects as of three', async (t) => {
    const place = openPlace(t)
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`d${index % 7}/f${index}`, [echo(String(index))]]))
    await made(place, backup('root', many), { 'nb-workers': 6 })
    const root = join(place.run, 'root')
    assert.equal(treeOf(root).filter((line) => line.startsWith('f ')).length, 150)
    assertVerifies(root)
    assert.deepEqual(leftInWork(root), [])
  })

  it('wait for all objects of all groups that theirs depends on, through empty groups, diamonds and a default that is not declared', async (t) => {
    const place = openPlace(t)
    const log = (name: string, delay = '0') => [sh(`sleep ${delay}; echo ${name} >>log`)]
    const task = {
      ...backup('root', {}),
      'object-groups': [
        { id: 'last', depends: ['empty', 'left', 'right', 'left'] },
        { id: 'empty', depends: ['hollow'] },
        { id: 'hollow', depends: ['default'] },
        { id: 'left', depends: ['base'] },
        { id: 'right', depends: ['base', 'left'] },
        { id: 'base' },
        { id: 'free', depends: ['nobody'] },
        { id: 'nobody' },
      ],
      objects: [
        { path: 'z', group: 'last', pipeline: log('z') },
        { path: 'd', pipeline: log('d', '0.3') },
        { path: 'b1', group: 'base', pipeline: log('b') },
        { path: 'b2', group: 'base', pipeline: log('b', '0.2') },
        { path: 'l', group: 'left', pipeline: log('l') },
        { path: 'r', group: 'right', pipeline: log('r') },
        { path: 'f', group: 'free', pipeline: log('f') },
      ],
    }
    await made(place, task, { 'nb-workers': 4 })
    const order = readFileSync(join(place.run, 'log'), 'utf8').replaceAll('\n', '')
    assert.match(order.replace('f', '').replace('d', ''), /^bblrz$/u)
    assert.ok(order.endsWith('z'), order)
  })

  it('are started by one worker in order: declared groups, then the others, then waiting ones', async (t) => {
    const place = openPlace(t)
    const log = (name: string) => [sh(`echo ${name} >>log`)]
    const task = {
      ...backup('root', {}),
      'object-groups': [{ id: 'g3', depends: ['g1'] }, { id: 'g2' }, { id: 'g1' }],
      objects: [
        ...objects({ d1: log('d1') }),
        { path: 'g3a', group: 'g3', pipeline: log('g3a') },
        { path: 'g1a', group: 'g1', pipeline: log('g1a') },
        { path: 'g2a', group: 'g2', pipeline: log('g2a') },
        { path: 'd2', group: 'default', pipeline: log('d2') },
        { path: 'g1b', group: 'g1', pipeline: log('g1b') },
      ],
    }
    await made(place, task, { 'nb-workers': 1 })
    assert.equal(readFileSync(join(place.run, 'log'), 'utf8').trim().split('\n').join(' '), 'g2a g1a g1b d1 d2 g3a')
  })

  it('are made by the configured number of workers, a fraction rounded up', async (t) => {
    const place = openPlace(t)
    // Each goes on when as many have begun as may be at it at once, and notes how many are.
    const busy = (most: number) =>
      `touch busy.$$ begun.$$; until [ $(ls begun.* | wc -l) -ge ${most} ]; do sleep 0.05; done; ls busy.* | wc -l; sleep 0.3; ls busy.* | wc -l; rm busy.$$`
    for (const [workers, most] of [
      [2.5, 3],
      [1, 1],
    ] as const) {
      const names = Array.from({ length: 5 }, (_, index) => `o${index}`)
      await made(place, backup(`root${most}`, Object.fromEntries(names.map((name) => [name, [sh(busy(most))]]))), { 'nb-workers': workers })
      const root = join(place.run, `root${most}`)
      const [set = ''] = setsIn(root)
      const seen = names.flatMap((name) =>
        readFileSync(join(root, set, name), 'utf8')
          .trim()
          .split('\n')
          .map(Number),
      )
      assert.equal(Math.max(...seen), most)
    }
  })

  it('are two when one task runs twice in a process, under two seconds', async (t) => {
    const place = openPlace(t)
    const file = place.write(
      'c.json',
      config([backup('root', { f: [sh('echo "$$"')] }), routine('default', pointer('backup'), pointer('backup'), pointer('backup'))]),
    )
    const { code, stderr } = await place.start(['-q', '-f', file, 'run'])
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    const root = join(place.run, 'root')
    assert.equal(setsIn(root).length, 3)
    assert.equal(new Set(setsIn(root).map((set) => readFileSync(join(root, set, 'f'), 'utf8'))).size, 3)
    assertVerifies(root)
  })

  it('made in quick succession have names in their order, so that the last one made is the one kept', async (t) => {
    const place = openPlace(t)
    const count = sh('echo >>count; wc -l <count')
    const file = place.write(
      'c.json',
      config([backup('root', { f: [count] }, { 'nb-copy-limit': 1 }), routine('default', pointer('backup'), pointer('backup'), pointer('backup'))]),
    )
    for (const last of ['3', '6']) {
      const { code, stderr } = await place.start(['-q', '-f', file, 'run'])
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
      const root = join(place.run, 'root')
      assert.deepEqual(
        setsIn(root).map((set) => readFileSync(join(root, set, 'f'), 'utf8').trim()),
        [last],
      )
    }
  })

  it('stay as they are when the next one is made', async (t) => {
    const place = openPlace(t)
    const root = join(place.run, 'root')
    await made(place, backup('root', { f: [echo('x')] }))
    const [first = ''] = setsIn(root)
    const before = spawnSync('find', [first, '-printf', '%p %m %s %T@ %i\n'], { cwd: root, encoding: 'utf8' }).stdout
    await made(place, backup('root', { f: [echo('y')] }))
    assert.equal(spawnSync('find', [first, '-printf', '%p %m %s %T@ %i\n'], { cwd: root, encoding: 'utf8' }).stdout, before)
  })

  it('support programs that inspect their output: zip, and a shell that opens /dev/stdout again', { skip: requires('zip', 'unzip') }, async (t) => {
    const place = openPlace(t)
    const pipelines = { 'etc.zip': [inline(['zip', '-qr', '-', '/etc/apt'])], abc: [sh('echo A; echo B >/dev/stdout; echo C')] }
    await made(place, backup('root', pipelines))
    const [set = ''] = setsIn(join(place.run, 'root'))
    assert.equal(readFileSync(join(place.run, 'root', set, 'abc'), 'utf8'), 'A\nB\nC\n')
    const { status, stdout, stderr } = spawnSync('unzip', ['-tq', 'etc.zip'], { cwd: join(place.run, 'root', set), encoding: 'utf8' })
    const tested =
      stderr === ''
        ? { status, stdout }
        : spawnSync('python3', ['-m', 'zipfile', '-t', 'etc.zip'], { cwd: join(place.run, 'root', set), encoding: 'utf8' })
    assert.equal(tested.status, 0, tested.stdout)
  })
})
