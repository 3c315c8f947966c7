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
