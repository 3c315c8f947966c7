import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertAllWhole, leftInWorkArea } from './sets.ts'
import { openSetup, type Setup } from './setup.ts'
import { assertClean, assertFailed, configureSimple, runWell } from './simple-plan.ts'
import { cannotStrace, injected, runTraced } from './strace.ts'

const MANY = 100
const RENAMES = ['rename', 'renameat', 'renameat2']

/** A root with as many sets as are kept, so that the next run has one to expire. */
async function openFull(t: Parameters<typeof openSetup>[0]): Promise<Setup> {
  const setup = openSetup(t)
  configureSimple(setup)
  await runWell(setup)
  await runWell(setup)
  return setup
}

/** The next run, by the clock of the host, at its end well. Its name is later than those of the traced ones. */
async function runWellLater(setup: Setup): Promise<void> {
  const { code, stderr } = await setup.run(['-q', 'run'], { clock: () => new Date(Date.now() + 60_000) })
  assert.deepEqual([code, stderr], [0, ''])
}

describe('the device refuses to flush', { skip: cannotStrace() }, () => {
  it('with an error: nothing is published that could be lost in a power failure, wherever it occurs', async (t) => {
    const told: string[] = []
    for (let nth = 1; nth < MANY; nth += 1) {
      const setup = await openFull(t)
      const before = assertClean(setup)
      const ended = await runTraced(setup, ['-q', 'run'], { calls: ['fsync', 'fdatasync'], inject: [`fsync:error=EIO:when=${nth}`] })
      // The journal flushes as well, more or less often as time goes; what becomes of it fails no run.
      if (!injected(ended.traced).some(({ text }) => text.includes(setup.root))) {
        assert.deepEqual([ended.code, ended.stderr], [0, ''])
        break
      }
      assertFailed(ended, /input\/output error/u)
      told.push(/could not flush "(?<path>[^"]*)"/u.exec(ended.stderr)?.groups?.['path']?.replace(/.*\/(set|root)/u, '$1') ?? ended.stderr)
      const after = assertAllWhole(setup.root)
      if (!/^error: could not remove the old set/u.test(ended.stderr)) assert.deepEqual(assertClean(setup), before)
      // While an old set is on its way out, the new one is there already and stays.
      else assert.deepEqual(after.slice(0, -1), before.slice(1))
      await runWellLater(setup)
      assert.deepEqual(leftInWorkArea(setup.root), [])
    }
    assert.deepEqual(told, [
      'set/a',
      'set/sub/b',
      'set/RESTORE.md',
      'set/restore.sh',
      'set/SHA256SUMS',
      'set/manifest.json',
      'set/sub',
      'set',
      'root',
      'root',
    ])
  })

  it('because it cannot: that is noted once, and the set is published', async (t) => {
    const setup = await openFull(t)
    const { code, stderr, traced } = await runTraced(setup, ['run'], { calls: ['fsync'], inject: ['fsync:error=EINVAL'] })
    assert.equal(code, 0, stderr)
    assert.ok(injected(traced).length > 5)
    assert.equal(stderr.match(/note: the file system of the storage does not support flushing/gu)?.length, 1)
    assert.equal(assertClean(setup).length, 2)
  })
})

describe('the system refuses to rename', { skip: cannotStrace() }, () => {
  // In the order of the run. The first rename is that of the record of the run's processes. What is remembered about the mount of the root is a help, and
  // no reason to fail.
  const renames: readonly (readonly [what: string, says: RegExp, code: number, setsKept: number])[] = [
    ['the new set', /^error: could not publish/u, 1, 2],
    ['the memory of the mount', /^$/u, 0, 1],
    ['an old set that is to go', /^error: could not remove the old set/u, 1, 2],
  ]
  for (const [index, [what, says, code, setsKept]] of renames.entries()) {
    it(`${what}: no set is lost, half or doubled`, async (t) => {
      const setup = await openFull(t)
      const before = assertClean(setup)
      const ended = await runTraced(setup, ['-q', 'run'], { calls: RENAMES, inject: [`rename:error=EIO:when=${index + 2}`] })
      assert.equal(injected(ended.traced).length, 1)
      assert.match(ended.stderr, says)
      assert.equal(ended.code, code)
      const after = assertClean(setup)
      assert.equal(after.filter((set) => before.includes(set)).length, setsKept)
      assert.equal(after.length - setsKept, index === 0 ? 0 : 1)
      await runWellLater(setup)
    })
  }

  it('these are all', async (t) => {
    const { traced } = await runTraced(await openFull(t), ['-q', 'run'], { calls: RENAMES })
    assert.equal(traced.filter(({ name }) => RENAMES.includes(name)).length, renames.length + 1)
  })
})
