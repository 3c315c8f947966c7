import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { backup, config, inline, pointer, routine, sh } from './configs.ts'
import { openPlace } from './place.ts'
import { foreignThings, oldSets, smallDisk, unmountBelow } from './sample-files.ts'
import { leftInWork, setsIn, treeOf } from './tree.ts'
import { untilWritten } from './until.ts'

interface Rotated {
  readonly code: number | null
  readonly stderr: string
  /** Of each root: the days of the old sets of 2022 that stay, and "new" for the new one. */
  readonly stay: readonly string[]
}

interface Case {
  /** Members of `backend-param` as text: numbers shall come as they are written. */
  readonly limits: string
  readonly root?: string
  readonly script?: string
}

/** One run that makes a set of four bytes in each of as many roots, over three old sets of 1000 bytes. */
async function rotate(t: TestContext, cases: readonly Case[]): Promise<Rotated> {
  const place = openPlace(t)
  const folders = cases.map((_, index) => join(place.run, `${index}/root`))
  for (const folder of folders) oldSets(folder)
  const tasks = cases.map(({ limits, root = 'root', script = 'echo new' }, index) =>
    JSON.stringify({ ...backup(`${index}/${root}`, { 'f.txt': [sh(script)] }), id: `t${index}` }).replace(
      /"root":"[^"]*"/u,
      (it) => `${it},${limits}`,
    ),
  )
  const all = JSON.stringify(routine('default', ...cases.map((_, index) => pointer(`t${index}`))))
  const { code, stderr } = await place.start(['-q', '-f', place.write('c.json', `{"tasks":[${[...tasks, all].join()}]}`), 'run'])
  for (const folder of folders) assert.deepEqual(leftInWork(folder), [])
  return { code, stderr, stay: folders.map((folder) => setsIn(folder).map(shortName).join(' ')) }
}

function shortName(set: string): string {
  return set.startsWith('2022') ? set.slice(8, 10) : 'new'
}

describe('rotation of a PALHM configuration', { concurrency: 3 }, () => {
  it('keeps to the limits, however they are written', async (t) => {
    const wanted = {
      '"nb-copy-limit": 2': '03 new',
      '"nb-copy-limit": 2.9': '03 new',
      '"nb-copy-limit": "2.9"': '03 new',
      '"nb-copy-limit": " 2E+0 "': '03 new',
      '"nb-copy-limit": "0_2"': '03 new',
      '"nb-copy-limit": "+2"': '03 new',
      '"nb-copy-limit": 0': 'new',
      '"nb-copy-limit": 0.5': 'new',
      '"nb-copy-limit": -1': 'new',
      '"nb-copy-limit": 4': '01 02 03 new',
      '"nb-copy-limit": 1e3': '01 02 03 new',
      '"nb-copy-limit": null': '01 02 03 new',
      '"nb-copy-limit": "Infinity"': '01 02 03 new',
      '"nb-copy-limit": "-inf"': '01 02 03 new',
      '"nb-copy-limit": Infinity, "root-size-limit": -Infinity': '01 02 03 new',
      '"nb-copy-limit": "1e999999999"': '01 02 03 new',
      '"nb-copy-limit": "1e-999999999"': 'new',
      '"root-size-limit": 99999999999999999999999999': '01 02 03 new',
      '"root-size-limit": 3004': '01 02 03 new',
      '"root-size-limit": 3003': '02 03 new',
      '"root-size-limit": "3003.9"': '02 03 new',
      '"root-size-limit": 2500': '02 03 new',
      '"root-size-limit": 4': 'new',
      '"root-size-limit": 0': 'new',
      '"nb-copy-limit": 3, "root-size-limit": 1500': '03 new',
      '"nb-copy-limit": 1, "root-size-limit": 1e9': 'new',
    }
    const texts = Object.keys(wanted)
    const { code, stderr, stay } = await rotate(
      t,
      texts.map((limits) => ({ limits })),
    )
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.deepEqual(Object.fromEntries(texts.map((text, index) => [text, stay[index]])), wanted)
  })

  it('rejects an invalid number when loading, and changes nothing', async (t) => {
    const bad = [
      '"nb-copy-limit": NaN',
      '"root-size-limit": "nan"',
      '"nb-copy-limit": "two"',
      '"nb-copy-limit": ""',
      '"nb-copy-limit": "0x2"',
      '"nb-copy-limit": []',
    ]
    const { code, stderr, stay } = await rotate(
      t,
      bad.map((limits) => ({ limits })),
    )
    assert.equal(code, 1)
    assert.deepEqual(new Set(stay), new Set(['01 02 03']))
    assert.equal(stderr.match(/: error: tasks\[\d\]\.backend-param\.(?:nb-copy|root-size)-limit: /gu)?.length, bad.length)
  })

  it('leaves the new set alone though it is larger than the limit', async (t) => {
    const { code, stay } = await rotate(t, [{ limits: '"root-size-limit": 2500', script: 'head -c 5000 /dev/zero' }])
    assert.deepEqual({ code, stay }, { code: 0, stay: ['new'] })
  })

  it('recognizes the new set with any spelling of the root', async (t) => {
    const spellings = ['root/', './root//', 'root/.', 'x/../root/']
    const { code, stay } = await rotate(
      t,
      spellings.map((root) => ({ limits: '"root-size-limit": 0', root })),
    )
    assert.deepEqual({ code, stay }, { code: 0, stay: ['new', 'new', 'new', 'new'] })
  })

  it('does not happen after a failure', async (t) => {
    const { code, stay } = await rotate(t, [{ limits: '"nb-copy-limit": 1', script: 'exit 1' }])
    assert.deepEqual({ code, stay }, { code: 1, stay: ['01 02 03'] })
  })

  it('counts and removes only folders with the name of a set', async (t) => {
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
