import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { setsIn } from './sets.ts'
import { openSetup, type Setup } from './setup.ts'
import { assertClean, configureSimple, runWell } from './simple-plan.ts'

const COPIES = 2

/** A run by a clock that stands at that time. Gives the sets there are afterwards. */
async function runAt(setup: Setup, time: string): Promise<readonly string[]> {
  const { code, stderr } = await setup.run(['-q', 'run'], { clock: () => new Date(time) })
  assert.deepEqual([code, stderr], [0, ''], time)
  return assertClean(setup)
}

describe('a clock that is wrong', () => {
  it('set back to 1970: no good set is removed, and when it is correct again, those of 1970 are the oldest', async (t) => {
    const setup = openSetup(t)
    configureSimple(setup, { copies: COPIES })
    await runAt(setup, '2026-05-01T02:00:00Z')
    const good = await runAt(setup, '2026-05-02T02:00:00Z')
    assert.deepEqual(await runAt(setup, '1970-01-01T00:00:00Z'), ['1970-01-01T00:00:00+00:00', ...good])
    assert.deepEqual(await runAt(setup, '1970-01-01T00:00:00Z'), ['1970-01-01T00:00:00+00:00', '1970-01-01T00:00:01+00:00', ...good])
    assert.deepEqual(await runAt(setup, '2026-05-03T02:00:00Z'), [good[1], '2026-05-03T02:00:00+00:00'])
  })

  it('gives the reason why nothing is removed', async (t) => {
    const setup = openSetup(t)
    configureSimple(setup, { copies: 1 })
    await runAt(setup, '2026-05-01T02:00:00Z')
    const { code, stderr } = await setup.run(['run'], { clock: () => new Date('2026-04-01T02:00:00Z') })
    assert.equal(code, 0)
    assert.match(stderr, /note: no old sets were removed from "[^"]*": the set "2026-05-01[^"]*" is newer[^\n]*the clock was set back/u)
  })

  it('ahead, then corrected: the future set is kept, and later sets are not removed', async (t) => {
    const setup = openSetup(t)
    configureSimple(setup, { copies: COPIES })
    await runAt(setup, '2026-05-01T02:00:00Z')
    const [, future = ''] = await runAt(setup, '2077-01-01T00:00:00Z')
    for (const day of ['02', '03', '04']) {
      const sets = await runAt(setup, `2026-05-${day}T02:00:00Z`)
      assert.ok(sets.includes(future) && sets.includes(`2026-05-${day}T02:00:00+00:00`))
      assert.ok(sets.includes('2026-05-01T02:00:00+00:00'))
    }
  })

  it('ahead, then corrected: the state is decided by the runs and sets since then', async (t) => {
    const setup = openSetup(t, undefined, 'plan.yaml')
    const at = (time: string, ...args: readonly string[]) => setup.run(args, { clock: () => new Date(time) })
    const configure = (program: string) =>
      setup.configure({
        version: 1,
        storages: { local: { type: 'localfs', root: setup.root } },
        tasks: {
          nightly: { schedule: '0 2 * * *', steps: [{ backup: { to: 'local', objects: { a: { pipeline: [{ argv: [program, setup.word] }] } } } }] },
        },
      })
    configure('echo')
    assert.equal((await at('2026-05-01T02:00:00Z', '-q', 'run')).code, 0)
    assert.equal((await at('2036-05-01T02:00:00Z', '-q', 'run')).code, 0)
    const ahead = await at('2026-05-01T03:00:00Z', 'check', '--timeout', '5m')
    assert.equal(ahead.code, 1, ahead.stdout)
    assert.match(ahead.stdout, /the last set .* is dated in the future: 20360501T020000Z; runs: the last run .* is dated in the future: 2036-05-01/u)
    assert.match((await at('2026-05-01T03:00:00Z', 'status')).stdout, /nightly +warning +1 h ago .* the last run is dated in the future/u)

    configure('false')
    assert.equal((await at('2026-05-02T02:00:00Z', '-q', 'run')).code, 1)
    const failed = await at('2026-05-02T02:01:00Z', 'check', '--timeout', '5m')
    assert.match(failed.stdout, /CRITICAL.*the last run of "nightly", 1 min ago, failed/su)
    assert.match((await at('2026-05-02T02:01:00Z', 'status')).stdout, /nightly +failed +1 d ago/u)
    assert.match((await at('2026-05-02T02:01:00Z', 'show')).stdout, /^run 20260502T020000Z/u)
    assert.equal((await at('2036-05-02T02:00:00Z', '-q', 'run')).code, 1)

    configure('echo')
    assert.equal((await at('2026-05-03T02:00:00Z', '-q', 'run')).code, 0)
    const good = await at('2026-05-03T02:01:00Z', 'check', '--timeout', '5m')
    assert.match(good.stdout, /WARNING - nightly: the last set .* is dated in the future: 20360501T020000Z/u)
    assert.match(good.stdout, /the last run of "nightly", 1 min ago, succeeded with warnings: no old sets were removed/u)
    const listed = (await at('2026-05-03T02:01:00Z', 'runs')).stdout.trimEnd().split('\n').slice(1)
    assert.deepEqual(
      listed.map((line) => `${line.trim().slice(0, 4)} ${line.includes('dated in the future')}`),
      ['2026 false', '2036 true', '2036 true'],
    )
    const old = await at('2026-05-09T02:00:00Z', 'check', '--timeout', '5m')
    assert.match(old.stdout, /CRITICAL - nightly: the last set .* is 6 d old/u)
    assert.match((await at('2026-05-09T02:00:00Z', 'metrics')).stdout, /^holdfast_newest_set_age_seconds\{.*\} 518400$/mu)
  })

  it('running backwards during a run: the run succeeds', async (t) => {
    const setup = openSetup(t)
    configureSimple(setup)
    let now = Date.parse('2026-05-01T02:00:00Z')
    const { code, stderr } = await setup.run(['-q', 'run'], {
      clock: () => {
        now -= 3_600_000
        return new Date(now)
      },
    })
    assert.deepEqual([code, stderr], [0, ''])
    assert.equal(assertClean(setup).length, 1)
  })

  it('of any kind: a set is removed only if enough sets have later names, and the newest one is kept', async (t) => {
    const setup = openSetup(t)
    configureSimple(setup, { copies: COPIES })
    const times = fc.array(fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(times, async (clocks) => {
        for (const clock of clocks) {
          const before = setsIn(setup.root)
          const after = await runAt(setup, clock.toISOString())
          assert.equal(after.filter((set) => !before.includes(set)).length, 1)
          for (const gone of before.filter((set) => !after.includes(set))) assert.ok(after.filter((set) => set > gone).length >= COPIES, gone)
        }
      }),
      { numRuns: 6, endOnFailure: true },
    )
    await runWell(setup)
  })
})
