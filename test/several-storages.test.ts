import assert from 'node:assert/strict'
import { appendFileSync, chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { assertAllWhole, setsIn } from './faults/sets.ts'
import { openSetup, type Setup } from './faults/setup.ts'

interface Wanted {
  readonly require?: string
  readonly objects?: object
  readonly copy?: object
}

/** The task `t` goes to the storages `one` and `two`; the task `offsite` brings its sets to `three`. */
function open(t: TestContext, { require = 'any', objects, copy = {} }: Wanted = {}): Setup {
  const setup = openSetup(t, undefined, 'plan.yaml')
  const storage = (name: string) => ({ type: 'localfs', root: join(setup.top, name) })
  const text = { exec: ['/bin/echo', 'hello'], compress: 'none' }
  setup.configure({
    version: 1,
    storages: { one: storage('one'), two: storage('two'), three: storage('three') },
    tasks: {
      t: { steps: [{ backup: { to: ['one', { storage: 'two', keep: { last: 1 } }], require, keep: { last: 3 }, objects: objects ?? { text } } }] },
      offsite: { steps: [{ copy: { name: 't', from: 'one', to: 'three', ...copy } }] },
    },
  })
  return setup
}

const rootOf = ({ top }: Setup, storage: string) => join(top, storage, 't')
const eventsOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** Nothing can be made where a file stands. */
function breakStorage(setup: Setup, storage: string): void {
  rmSync(join(setup.top, storage), { recursive: true, force: true })
  writeFileSync(join(setup.top, storage), 'in the way')
}

function spoilManifest(file: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replace('"objects"', '"subjects"'))
}

function linkToItself(path: string): void {
  rmSync(path, { recursive: true })
  symlinkSync(path, path)
}

async function well(setup: Setup, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await setup.run(args)
  assert.equal(code, 0, stderr)
  return stdout
}

describe('a backup step with two storages', () => {
  it('makes the same set on both, and rotates each by its own policy', async (t) => {
    const setup = open(t)
    for (let count = 0; count < 3; count += 1) assert.equal(await well(setup, '-q', 'run', 't'), '')
    const [one, two] = ['one', 'two'].map((it) => assertAllWhole(rootOf(setup, it)))
    assert.deepEqual([one?.length, two], [3, one?.slice(2)])
    const listed = await well(setup, 'sets', 't')
    assert.match(listed, /^task "t" on .*one\/t \(one\)$/mu)
    assert.match(listed, /^task "t" on .*two\/t \(two\)$/mu)
    assert.doesNotMatch(await well(setup, 'sets', 't', '--storage', 'two'), /\(one\)/u)
    const wrong = await setup.run(['sets', 't', '--storage', 'tow'])
    assert.equal(wrong.code, 2)
    assert.match(wrong.stderr, /these sets are not stored on "tow"\n {2}hint: Available storages: one, two, three/u)
  })

  it('ends as partial if one fails and the other is sufficient: in exit code, output, events and journal', async (t) => {
    const setup = open(t)
    breakStorage(setup, 'two')
    const { code, stdout, stderr } = await setup.run(['run', 't', '--json'])
    assert.equal(code, 4)
    assert.match(stderr, /^error: could not store the new set on ".*two\/t": .*\n {2}where: task "t", step 1 of 1/u)
    const events = eventsOf(stdout)
    const failed = events.find(({ kind }) => kind === 'set-failed')
    assert.deepEqual([failed?.['stopped'], failed?.['storage']], [false, join(setup.top, 'two', 't')])
    assert.equal(events.find(({ kind }) => kind === 'step-ended')?.['partial'], true)
    const result = events.at(-1) ?? {}
    assert.equal(result['status'], 'partial')
    const outcomes = result['storages'] as { storage: string; status: string; message?: string }[]
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['failed', 'published'],
    )
    assert.equal(assertAllWhole(rootOf(setup, 'one')).length, 1)

    const shown = await well(setup, 'show')
    assert.match(shown, /partial \(exit code 4\)/u)
    assert.match(shown, /^ {2}failed on .*two\/t: \S/mu)
    assert.match(shown, /^ {2}published .* on .*one\/t/mu)
    assert.match(shown, /: partial, /u)
    assert.match(await well(setup, 'runs', '--failed'), /partial/u)
    const plain = await setup.run(['run', 't'])
    assert.match(plain.stderr, /^t: no set on .*two\/t: \S/mu)
    assert.match(plain.stderr, /^t: partially succeeded in /mu)
    const quiet = await setup.run(['-q', 'run', 't'])
    assert.match(quiet.stderr, /^error: /u)
  })

  it('fails for both when all are needed', async (t) => {
    const setup = open(t, { require: 'all' })
    breakStorage(setup, 'two')
    const { code, stdout } = await setup.run(['run', 't', '--json'])
    assert.equal(code, 1)
    const result = eventsOf(stdout).at(-1) ?? {}
    assert.deepEqual(
      (result['storages'] as { status: string }[]).map(({ status }) => status),
      ['failed', 'stopped'],
    )
    assert.deepEqual(setsIn(rootOf(setup, 'one')), [])
    assert.deepEqual(readdirSync(rootOf(setup, 'one')), [])
  })

  it('is reported by a dry run', async (t) => {
    const setup = open(t)
    await well(setup, '-q', 'run', 't')
    const { code, stdout } = await setup.run(['run', 't', '--dry-run'])
    assert.equal(code, 0)
    assert.match(stdout, /new set \S+ on ".*one\/t" and ".*two\/t", with\n/u)
    assert.match(stdout, /^ {2}".*two\/t": expire \S+: no rule keeps it$/mu)
    assert.doesNotMatch(stdout, /^ {2}".*one\/t": expire/mu)
    breakStorage(setup, 'two')
    const broken = await setup.run(['run', 't', '--dry-run'])
    assert.equal(broken.code, 1)
    assert.match(broken.stdout, /would fail: .*two/u)
  })

  it('is rotated and verified on request', async (t) => {
    const setup = open(t)
    for (let count = 0; count < 2; count += 1) await well(setup, '-q', 'run', 't')
    const [set = ''] = setsIn(rootOf(setup, 'two'))
    chmodSync(join(rootOf(setup, 'two'), set, 'text'), 0o600)
    appendFileSync(join(rootOf(setup, 'two'), set, 'text'), 'more')
    assert.equal((await setup.run(['verify', 't', '--storage', 'one'])).code, 0)
    assert.equal((await setup.run(['verify', 't'])).code, 1)
    assert.match((await setup.run(['rotate', 't', '--dry-run', '--storage', 'one'])).stdout, /^t: the sets on .*one\/t:\nt: keep .*\nt: keep .*\n$/u)
  })
})

describe('verifying several storages', () => {
  const NOTHING = /^error: no set of the task "t" found on ".*\/(?<storage>\w+)\/t"$/gmu
  const emptyIn = (stderr: string) => [...stderr.matchAll(NOTHING)].map(({ groups }) => groups?.['storage'])

  it('does not pass over a place without sets, be it made or copied to', async (t) => {
    const setup = open(t)
    await well(setup, '-q', 'run', 't')
    for (const wanted of ['latest', 'all']) {
      const { code, stdout, stderr } = await setup.run(['verify', 't', wanted])
      assert.deepEqual([code, emptyIn(stderr), stdout.match(/: good \(/gu)?.length], [1, ['three'], 2])
    }
    rmSync(rootOf(setup, 'two'), { recursive: true })
    assert.deepEqual(emptyIn((await setup.run(['-q', 'verify'])).stderr), ['two', 'three'])
    const told = eventsOf((await setup.run(['verify', 't', '--json'])).stdout).map(({ good, error }) => [
      good,
      (error as { code: string } | undefined)?.code,
    ])
    assert.deepEqual(told.slice(1), Array(2).fill([false, 'cli/nothing-to-verify']))
    const [set = ''] = setsIn(rootOf(setup, 'one'))
    assert.equal((await setup.run(['-q', 'verify', 't', set])).code, 0, 'one that is asked for by its name is somewhere')
  })
})

describe('restoring from several storages', () => {
  async function twoSets(t: TestContext): Promise<{ readonly setup: Setup; readonly set: string; readonly to: string }> {
    const setup = open(t)
    await well(setup, '-q', 'run', 't')
    await well(setup, '-q', 'run', 'offsite')
    const [set = ''] = setsIn(rootOf(setup, 'one'))
    return { setup, set, to: join(setup.top, 'back') }
  }

  it('uses the first storage that has the set', async (t) => {
    const { setup, to } = await twoSets(t)
    rmSync(rootOf(setup, 'two'), { recursive: true })
    assert.deepEqual([(await setup.run(['restore', 't', '--to', to])).stderr, readFileSync(join(to, 'text'), 'utf8')], ['', 'hello\n'])
  })

  const TRYING = /^error: .*\n(?: {4}.*\n| {2}hint: .*\n)*note: trying ".*two\/t" instead, which also has the set \S+\n$/u
  const spoilt: Readonly<Record<string, { readonly spoil: (root: string, set: string) => void; readonly says: RegExp }>> = {
    'other bytes': { spoil: (root, set) => writeFileSync(join(root, set, 'text'), 'HELLO\n'), says: TRYING },
    'no object': { spoil: (root, set) => rmSync(join(root, set, 'text')), says: TRYING },
    'a manifest that says nothing': { spoil: (root, set) => spoilManifest(join(root, set, 'manifest.json')), says: TRYING },
    'no way to it': { spoil: (root) => linkToItself(root), says: /^error: could not open ".*one\/t": is a symbolic link/u },
  }

  for (const [what, { spoil, says }] of Object.entries(spoilt))
    it(`uses the next storage if the first has ${what}, with a note`, async (t) => {
      const { setup, set, to } = await twoSets(t)
      spoil(rootOf(setup, 'one'), set)
      const { code, stderr } = await setup.run(['restore', 't', 'latest', '--to', to])
      assert.equal(code, 0, stderr)
      assert.match(stderr, says)
      assert.equal(readFileSync(join(to, 'text'), 'utf8'), 'hello\n')
    })

  it('uses a copy if there is nothing else, and only the storage of --storage', async (t) => {
    const { setup, to } = await twoSets(t)
    for (const storage of ['one', 'two']) rmSync(rootOf(setup, storage), { recursive: true })
    assert.match((await setup.run(['restore', 't', '--to', to, '--storage', 'two'])).stderr, /no sets to restore/u)
    assert.equal((await setup.run(['restore', 't', '--to', to])).code, 0)
    assert.equal(readFileSync(join(to, 'text'), 'utf8'), 'hello\n')
  })

  it("does not try another storage if the error is not the storage's", async (t) => {
    const { setup, to } = await twoSets(t)
    mkdirSync(to)
    writeFileSync(join(to, 'text'), 'mine')
    const { code, stderr } = await setup.run(['restore', 't', '--to', to])
    assert.equal(code, 1)
    assert.doesNotMatch(stderr, /trying/u)
    assert.equal(readFileSync(join(to, 'text'), 'utf8'), 'mine')
  })
})

describe('a copying step', () => {
  it('copies missing sets silently, and lists them with the sets of its task', async (t) => {
    const setup = open(t)
    for (let count = 0; count < 2; count += 1) await well(setup, '-q', 'run', 't')
    const dry = await well(setup, 'run', 'offsite', '--dry-run')
    assert.match(dry, /would run step 1 of 1: copy all sets from ".*one\/t" to ".*three\/t"\n {2}copy \S+\n {2}copy \S+\n$/u)
    assert.equal(existsSync(join(setup.top, 'three')), false)
    assert.equal(await well(setup, '-q', 'run', 'offsite'), '')
    assert.deepEqual(assertAllWhole(rootOf(setup, 'three')), setsIn(rootOf(setup, 'one')))
    assert.match(await well(setup, 'run', 'offsite', '--dry-run'), /up to date/u)
    for (const task of ['t', 'offsite']) assert.match(await well(setup, 'sets', task), /on .*three\/t \(three\)/u)
    const shown = await well(setup, 'show', '--json')
    const { sets } = JSON.parse(shown) as { sets: { fate: string }[] }
    assert.deepEqual(
      sets.map(({ fate }) => fate),
      ['published', 'published'],
    )
  })

  it('copies the newest sets, and prints which ones it would skip', async (t) => {
    const setup = open(t, { copy: { sets: 'latest' } })
    for (let count = 0; count < 3; count += 1) await well(setup, '-q', 'run', 't')
    await well(setup, '-q', 'run', 'offsite')
    assert.deepEqual(setsIn(rootOf(setup, 'three')), setsIn(rootOf(setup, 'one')).slice(-1))
    const more = open(t, { copy: { sets: { last: 3 }, keep: { last: 2 } } })
    for (let count = 0; count < 3; count += 1) await well(more, '-q', 'run', 't')
    assert.match(
      await well(more, 'run', 'offsite', '--dry-run'),
      /copy .*\n {2}copy .*\n {2}skip \S+: the keep policy of the target would expire it: no rule keeps it\n/u,
    )
    const { code, stdout, stderr } = await more.run(['run', 'offsite', '--strict'])
    assert.deepEqual([code, stdout], [0, ''], stderr)
    assert.equal(setsIn(rootOf(more, 'three')).length, 2)
  })

  it('fails with a clear message if a set differs from its manifest', async (t) => {
    const setup = open(t)
    await well(setup, '-q', 'run', 't')
    const [set = ''] = setsIn(rootOf(setup, 'one'))
    writeFileSync(join(rootOf(setup, 'one'), set, 'text'), 'HELLO\n')
    const { code, stderr } = await setup.run(['-q', 'run', 'offsite'])
    assert.equal(code, 1)
    assert.match(stderr, /^error: "text" of the set ".*" in ".*one\/t" does not match the manifest; the set was not copied\n/u)
    assert.deepEqual(setsIn(rootOf(setup, 'three')), [])
  })
})
