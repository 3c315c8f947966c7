import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { backup, config, inline, sh } from './configs.ts'
import { openPlace } from './place.ts'
import { foreignThings, oldSets, smallDisk, unmountBelow } from './scenery.ts'
import { leftInWork, setsIn, treeOf } from './tree.ts'
import { untilWritten } from './until.ts'

interface Rotated {
  readonly code: number | null
  readonly stderr: string
  /** The days of the old sets of 2022 that stay, and "new" for the new one. */
  readonly stay: readonly string[]
}

/** One run over three old sets of 1000 bytes, the new one having four. */
async function rotate(t: TestContext, limits: string, { root = 'root', extension = 'json', script = 'echo new' } = {}): Promise<Rotated> {
  const place = openPlace(t)
  oldSets(join(place.run, 'root'))
  const text = JSON.stringify(config([backup(root, { 'f.txt': [sh(script)] })])).replace(/"root":"[^"]*"/u, (it) => `${it},${limits}`)
  const { code, stderr } = await place.start(['-q', '-f', place.write(`c.${extension}`, text), 'run', 'backup'])
  assert.deepEqual(leftInWork(join(place.run, 'root')), [])
  const stay = setsIn(join(place.run, 'root')).map((name) => (name.startsWith('2022') ? name.slice(8, 10) : 'new'))
  return { code, stderr, stay }
}

const good = (...stay: readonly string[]) => ({ code: 0, stderr: '', stay })

describe('rotation of a PALHM configuration', { concurrency: 3 }, () => {
  const limits: Readonly<Record<string, Rotated>> = {
    '"nb-copy-limit": 2': good('03', 'new'),
    '"nb-copy-limit": 2.9': good('03', 'new'),
    '"nb-copy-limit": "2.9"': good('03', 'new'),
    '"nb-copy-limit": " 2E+0 "': good('03', 'new'),
    '"nb-copy-limit": "0_2"': good('03', 'new'),
    '"nb-copy-limit": "+2"': good('03', 'new'),
    '"nb-copy-limit": 0': good('new'),
    '"nb-copy-limit": 0.5': good('new'),
    '"nb-copy-limit": -1': good('new'),
    '"nb-copy-limit": 4': good('01', '02', '03', 'new'),
    '"nb-copy-limit": 1e3': good('01', '02', '03', 'new'),
    '"nb-copy-limit": null': good('01', '02', '03', 'new'),
    '"nb-copy-limit": "Infinity"': good('01', '02', '03', 'new'),
    '"nb-copy-limit": "-inf"': good('01', '02', '03', 'new'),
    '"nb-copy-limit": "1e999999999"': good('01', '02', '03', 'new'),
    '"nb-copy-limit": "1e-999999999"': good('new'),
    '"root-size-limit": 99999999999999999999999999': good('01', '02', '03', 'new'),
    '"root-size-limit": 3004': good('01', '02', '03', 'new'),
    '"root-size-limit": 3003': good('02', '03', 'new'),
    '"root-size-limit": "3003.9"': good('02', '03', 'new'),
    '"root-size-limit": 2500': good('02', '03', 'new'),
    '"root-size-limit": 4': good('new'),
    '"root-size-limit": 0': good('new'),
    '"nb-copy-limit": 3, "root-size-limit": 1500': good('03', 'new'),
    '"nb-copy-limit": 1, "root-size-limit": 1e9': good('new'),
  }
  for (const [limit, wanted] of Object.entries(limits)) it(limit, async (t) => assert.deepEqual(await rotate(t, limit), wanted))

  it('takes Infinity and -Infinity in .json for no limit', async (t) => {
    assert.deepEqual(await rotate(t, '"nb-copy-limit": Infinity, "root-size-limit": -Infinity'), good('01', '02', '03', 'new'))
  })

  it('refuses what is no number while loading, and touches nothing', async (t) => {
    for (const limit of [
      '"nb-copy-limit": NaN',
      '"root-size-limit": "nan"',
      '"nb-copy-limit": "two"',
      '"nb-copy-limit": ""',
      '"nb-copy-limit": "0x2"',
      '"nb-copy-limit": []',
    ]) {
      const { code, stderr, stay } = await rotate(t, limit)
      assert.deepEqual({ code, stay }, { code: 1, stay: ['01', '02', '03'] }, limit)
      assert.match(stderr, /nb-copy-limit|root-size-limit/u)
    }
  })

  it('leaves the new set alone though it is larger than the limit', async (t) => {
    assert.deepEqual(await rotate(t, '"root-size-limit": 2500', { script: 'head -c 5000 /dev/zero' }), good('new'))
  })

  it('knows the new set whatever the spelling of the root', async (t) => {
    for (const root of ['root/', './root//', 'root/.', 'x/../root/'])
      assert.deepEqual(await rotate(t, '"root-size-limit": 0', { root }), good('new'), root)
  })

  it('does not happen after a failure', async (t) => {
    const { code, stay } = await rotate(t, '"nb-copy-limit": 1', { script: 'exit 1' })
    assert.deepEqual({ code, stay }, { code: 1, stay: ['01', '02', '03'] })
  })

  it('counts and removes only sets that bear our name, and only folders', async (t) => {
    const place = openPlace(t)
    const root = join(place.run, 'root')
    foreignThings(root, join(place.run, 'elsewhere'))
    const likeSets = [
      '2022-01-01',
      '2022-01-01T00:00:00+00:00-note',
      '2022-13-01T00:00:00+00:00',
      '2022-01-01T00:00:00+01:00',
      '2022-01-01T00:00:00Z',
      '.hidden',
    ]
    for (const name of likeSets) {
      mkdirSync(join(root, name))
      writeFileSync(join(root, name, 'precious'), 'precious')
    }
    writeFileSync(join(root, '2021-01-01T00:00:00+00:00'), 'a file that looks like a set')
    symlinkSync(join(place.run, 'elsewhere'), join(root, '2021-01-02T00:00:00+00:00'))
    const before = treeOf(root)
    oldSets(root)
    const file = place.write('c.json', config([backup('root', { f: [inline(['/bin/echo', 'x'])] }, { 'nb-copy-limit': 1 })]))
    assert.deepEqual(await place.start(['-q', '-f', file, 'run', 'backup']), { code: 0, signal: null, stdout: '', stderr: '' })
    assert.deepEqual(
      treeOf(root).filter((line) => !line.includes('SET')),
      before,
    )
    assert.equal(readFileSync(join(place.run, 'elsewhere/precious'), 'utf8'), 'precious')
    assert.equal(treeOf(root).filter((line) => line.includes('SET/f')).length, 1)
  })

  it('never follows links that lie in a set', async (t) => {
    const place = openPlace(t)
    const root = join(place.run, 'root')
    oldSets(root)
    foreignThings(root, join(place.run, 'elsewhere'))
    symlinkSync(join(place.run, 'elsewhere'), join(root, '2022-01-01T00:00:00+00:00', 'out'))
    const file = place.write('c.json', config([backup('root', { f: [inline(['/bin/echo', 'x'])] }, { 'nb-copy-limit': 1 })]))
    assert.equal((await place.start(['-q', '-f', file, 'run', 'backup'])).code, 0)
    assert.equal(readFileSync(join(place.run, 'elsewhere/precious'), 'utf8'), 'precious')
  })

  it('that fails leaves the new set, exits 1, and is made good by the next run', async (t) => {
    const place = openPlace(t)
    const root = join(place.run, 'root')
    const [oldest = ''] = oldSets(root)
    if (!smallDisk(t, place, { folder: join(root, oldest, 'mnt'), options: 'size=1m' })) return
    const file = place.write('c.json', config([backup('root', { f: [inline(['/bin/echo', 'x'])] }, { 'nb-copy-limit': 1 })]))
    const first = await place.start(['-q', '-f', file, 'run', 'backup'])
    assert.equal(first.code, 1)
    assert.match(first.stderr, /2022-01-01T00:00:00\+00:00/u)
    assert.match(setsIn(root).at(-1) ?? '', /^20(?:2[4-9]|[3-9])/u)
    unmountBelow(place.top)
    const second = await place.start(['-q', '-f', file, 'run', 'backup'])
    assert.deepEqual({ code: second.code, stderr: second.stderr }, { code: 0, stderr: '' })
    assert.equal(setsIn(root).length, 1)
    assert.deepEqual(leftInWork(root), [])
  })

  it('counts no set that a killed run left', async (t) => {
    const place = openPlace(t)
    const root = join(place.run, 'root')
    oldSets(root)
    rmSync(join(root, '2022-01-01T00:00:00+00:00'), { recursive: true })
    const stuck = place.write('stuck.json', config([backup('root', { f: [sh('echo begin; sleep 60')] }, { 'nb-copy-limit': 2 })]))
    const { signal } = await place.start(['-q', '-f', stuck, 'run', 'backup'], {
      meanwhile: async (pid) => {
        await untilWritten(root, 'f')
        process.kill(pid, 'SIGKILL')
      },
    })
    assert.equal(signal, 'SIGKILL')
    const quick = place.write('quick.json', config([backup('root', { f: [sh('echo good')] }, { 'nb-copy-limit': 2 })]))
    assert.equal((await place.start(['-q', '-f', quick, 'run', 'backup'])).code, 0)
    assert.equal(setsIn(root).length, 2)
    assert.equal(setsIn(root)[0], '2022-01-03T00:00:00+00:00')
    assert.deepEqual(leftInWork(root), [])
    assert.deepEqual(place.leftOver(), [])
  })

  it('leaves sets of the future alone: the clock may have been set back', async (t) => {
    const place = openPlace(t)
    const root = join(place.run, 'root')
    oldSets(root)
    mkdirSync(join(root, '2999-01-01T00:00:00+00:00'))
    const file = place.write('c.json', config([backup('root', { f: [inline(['/bin/echo', 'x'])] }, { 'nb-copy-limit': 1 })]))
    const { code, stderr } = await place.start(['-q', '-f', file, 'run', 'backup'])
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.equal(setsIn(root).length, 5)
  })
})
