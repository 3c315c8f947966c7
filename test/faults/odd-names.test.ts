import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { peakMemoryKb } from './peak-memory.ts'
import { manifestOf } from './sets.ts'
import { openSetup, type Setup } from './setup.ts'
import { assertClean, configureSimple, runWell } from './simple-plan.ts'

const ODD_PATHS = [
  'two words',
  ' leading and trailing ',
  'new\nline',
  'tab\tand\rreturn',
  'Ünïcödé/日本語/🗝',
  '-rf',
  '--help/-x',
  '*',
  '$(touch pwned)',
  '`touch pwned`; touch pwned',
  'back\\slash\\n',
  '\'single\' and "double"',
  '.hidden',
  '...',
  '#comment',
  'a=b',
  '%s%n',
  '\u001b[31mred',
  'x'.repeat(200),
]

/** A name that is no UTF-8, below a folder. */
const notUtf8 = (folder: string, ...bytes: readonly number[]) => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(bytes)])

describe('names of objects', () => {
  it('that would confuse a shell, a terminal or a list of checksums: all are made, listed and verified', async (t) => {
    const setup = openSetup(t)
    configureSimple(setup, { more: ODD_PATHS, workers: 4 })
    const [set = ''] = await runWell(setup)
    assert.deepEqual(
      manifestOf(setup.root, set).objects.map(({ path }) => path),
      ['a', 'sub/b', ...ODD_PATHS],
    )
    for (const path of ODD_PATHS) assert.equal(readFileSync(join(setup.root, set, path), 'utf8'), `${path}\n`)
    for (const command of [['verify'], ['sets']]) {
      const { code, stdout, stderr } = await setup.run(command)
      assert.deepEqual([code, stderr], [0, ''])
      assert.ok(stdout.includes(set))
    }
    assert.deepEqual(readdirSync(join(setup.top, 'work')), [], 'no shell has run a part of a name')
  })

  it('as many as a thousand: each is made, and memory does not grow with their number', async (t) => {
    const setup = openSetup(t)
    const names = Array.from({ length: 1000 }, (_, index) => `d${index % 7}/object ${index}`)
    configureSimple(setup, { more: names, workers: 4 })
    let peakKb = 0
    const { code, stderr } = await setup.start(['-q', 'run'], {
      meanwhile: async (pid) => {
        peakKb = await peakMemoryKb(pid)
      },
    })
    assert.deepEqual([code, stderr], [0, ''])
    assert.equal(manifestOf(setup.root, assertClean(setup)[0] ?? '').objects.length, 1002)
    assert.ok(peakKb > 0 && peakKb <= 150_000, `${peakKb} kB`)
  })
})

describe('other entries of a root', () => {
  /** Foreign things of every sort, none of them ours to touch. */
  function litter({ root }: Setup): void {
    mkdirSync(notUtf8(root, 0xff, 0xfe, 0x80), { recursive: true })
    writeFileSync(Buffer.concat([notUtf8(root, 0xff, 0xfe, 0x80), Buffer.from('/x')]), 'foreign')
    writeFileSync(notUtf8(root, 0xc3, 0x28), 'foreign')
    mkdirSync(join(root, '2019-01-01T00:00:00+00:00 '))
    mkdirSync(join(root, '2019-13-45T99:00:00+00:00'))
    mkdirSync(join(root, '2019-01-01T00:00:00+01:00'))
    mkdirSync(join(root, '0-photos/deep/er'), { recursive: true })
    mkdirSync(join(root, 'lost+found'))
    symlinkSync('/nowhere', join(root, '2018-01-01T00:00:00+00:00'))
    writeFileSync(join(root, '2018-01-02T00:00:00+00:00'), 'a file that bears the name of a set')
    mkdirSync(join(root, 'new\nline'))
  }

  const foreign = (root: string) =>
    readdirSync(root, { encoding: 'buffer' })
      .map((name) => name.toString('latin1'))
      .filter((name) => !/^20(2\d|17)-/u.test(name))

  it('is neither counted nor touched, whatever bytes its name is made of', async (t) => {
    const setup = openSetup(t)
    configureSimple(setup, { copies: 2 })
    mkdirSync(setup.root)
    litter(setup)
    const before = foreign(setup.root)
    assert.ok(before.length >= 10)
    for (let run = 0; run < 4; run += 1) await runWellAmong(setup)
    assert.deepEqual(foreign(setup.root), before)
    const ours = readdirSync(setup.root).filter((name) => existsSync(join(setup.root, name, 'manifest.json')))
    assert.equal(ours.length, 2, 'only ours are counted')
    assert.equal(readFileSync(Buffer.concat([notUtf8(setup.root, 0xff, 0xfe, 0x80), Buffer.from('/x')]), 'utf8'), 'foreign')
    assert.equal((await setup.run(['sets'])).code, 0)
  })

  it('sets of an ancestor that hold such names, links and folders without rights count, and go when it is their turn', async (t) => {
    const setup = openSetup(t)
    configureSimple(setup, { copies: 2 })
    const legacy = join(setup.root, '2017-01-01T00:00:00+00:00')
    mkdirSync(join(legacy, 'locked/inner'), { recursive: true })
    for (const bytes of [[0xff], [0xc3, 0x28], [0x0a], [0x2d, 0x72, 0x66]]) writeFileSync(notUtf8(legacy, ...bytes), 'old')
    mkdirSync(notUtf8(legacy, 0xfe, 0xfe))
    symlinkSync(setup.top, join(legacy, 'link-out'))
    symlinkSync('..', notUtf8(legacy, 0xfe, 0xfe, 0x2f, 0xfd))
    chmodSync(join(legacy, 'locked/inner'), 0o500)
    chmodSync(join(legacy, 'locked'), 0o500)
    await runWellAmong(setup)
    assert.ok(readdirSync(setup.root).includes('2017-01-01T00:00:00+00:00'), 'it counts: there are two')
    await runWellAmong(setup)
    assert.ok(!readdirSync(setup.root).includes('2017-01-01T00:00:00+00:00'), 'it is the oldest of three')
    assert.ok(readdirSync(setup.top).includes('plan.json'), 'no link was followed')
  })

  it('leftovers in the work area that hold such names are swept', async (t) => {
    const setup = openSetup(t)
    configureSimple(setup)
    const dead = join(setup.root, '.holdfast-work/20200101T000000Z-0badcafe')
    mkdirSync(join(dead, 'set'), { recursive: true })
    writeFileSync(notUtf8(join(dead, 'set'), 0xff, 0x00 + 1), 'half')
    mkdirSync(notUtf8(join(dead, 'set'), 0xfe))
    writeFileSync(join(dead, 'processes.jsonl'), '{"boot":"cut off in the mid')
    await runWell(setup)
  })

  /** A good run in a root where not everything is whole and ours. */
  async function runWellAmong(setup: Setup): Promise<void> {
    const { code, stdout, stderr } = await setup.run(['-q', 'run'])
    assert.deepEqual([code, stdout, stderr], [0, '', ''])
    assert.deepEqual(setup.living(), [])
  }
})
