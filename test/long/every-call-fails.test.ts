import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import { assertAllWhole, setsIn } from '../faults/sets.ts'
import { assertRecovers, type Model, makeModel } from '../faults/stop-points.ts'
import { cannotStrace, injected, runTraced, type Traced } from '../faults/strace.ts'
import { IS_SLICE, loopBudget, SEED } from './loops.ts'
import { onlyWhenLong } from './only-when-long.ts'
import { keepProof, row } from './proof.ts'
import { randomFrom } from './random.ts'

/** Calls that a run makes on its root. */
const CALLS = ['mkdir', 'rename', 'fsync', 'fchmod', 'unlink', 'rmdir', 'getdents64', 'openat', 'readlink', 'pread64'] as const

interface Tally {
  calls: number
  failed: number
  done: number
}

describe(`every system call of a run fails once${IS_SLICE ? `: some of them, seed ${SEED}` : ''}`, { skip: onlyWhenLong() || cannotStrace() }, () => {
  let model: Model
  const tallies = new Map<string, Tally>()
  const random = randomFrom(SEED)
  let isOn: () => boolean
  before(async () => {
    model = await makeModel()
    isOn = loopBudget()
  })
  after(() => {
    model.remove()
    if (IS_SLICE) return
    keepProof('every-call-fails', [
      row('call', 'times', 'the run failed', 'the run succeeded', 'sets lost or damaged', 'next runs that failed'),
      row(...Array.from({ length: 6 }, () => '---')),
      ...[...tallies].map(([call, { calls, failed, done }]) => row(`\`${call}\``, calls, failed, done, 0, 0)),
    ])
  })

  async function tallyOf(t: TestContext, call: string): Promise<Tally> {
    const tally: Tally = { calls: 0, failed: 0, done: 0 }
    const places = await placesAtRoot(model.open(t), call)
    for (const nth of IS_SLICE ? shuffled(places, random).slice(0, 5) : places) {
      if (!isOn()) break
      const end = await runWithout(model.open(t), { call, nth })
      if (end === 'not at the root') continue
      tally.calls += 1
      tally[end] += 1
    }
    return tally
  }

  // A slice comes to some places of a few calls, which are others each time.
  const calls = IS_SLICE ? shuffled(CALLS, random) : CALLS
  for (const call of calls) {
    it(`${call}: no set is lost or broken, and the next run clears up`, async (t) => {
      if (!isOn()) return t.skip('its time is over')
      const tally = await tallyOf(t, call)
      tallies.set(call, tally)
      assert.ok(tally.calls > 0 || IS_SLICE)
    })
  }
})

/** The same in another order (Fisher and Yates). */
function shuffled<T>(all: readonly T[], random: () => number): readonly T[] {
  const mixed = [...all]
  for (let left = mixed.length - 1; left > 0; left -= 1) {
    const other = Math.floor(random() * (left + 1))
    ;[mixed[left], mixed[other]] = [mixed[other] as T, mixed[left] as T]
  }
  return mixed
}

type Setup = ReturnType<Model['open']>

/** One run whose nth such call fails, and the run after it. */
async function runWithout(
  setup: Setup,
  { call, nth }: { readonly call: string; readonly nth: number },
): Promise<'failed' | 'done' | 'not at the root'> {
  const old = setsIn(setup.root)
  const { code, signal, stderr, traced } = await runTraced(setup, ['-q', 'run'], { calls: [call], inject: [`${call}:error=EIO:when=${nth}`] })
  const hit = injected(traced)
  // Another thread may have come to its nth such call as well. What /proc says is never refused.
  if (!hit.some((it) => isAtRoot(it, setup)) || hit.some(({ text }) => /<\/proc>|"\/proc\/\d/u.test(text))) return 'not at the root'
  const what = `${call} ${nth}: ${signal ?? code} ${stderr}`
  assert.ok(code === 0 || (code === 1 && stderr.includes('error: ')), what)
  const present = assertAllWhole(setup.root)
  const gone = old.filter((set) => !present.includes(set))
  assert.ok(gone.length === 0 || present.some((set) => !old.includes(set)), `${what}: old sets go only when the new one is there`)
  assert.deepEqual(setup.living(), [], what)
  await assertRecovers(setup)
  return code === 0 ? 'done' : 'failed'
}

/** From the first to the last call that concerns the root, counted from 1 in the thread that makes most of them. Never none. */
async function placesAtRoot(setup: Setup, call: string): Promise<readonly number[]> {
  const { traced } = await runTraced(setup, ['-q', 'run'], { calls: [call] })
  const counts = new Map<Traced['thread'], number>()
  for (const it of traced) if (isAtRoot(it, setup)) counts.set(it.thread, (counts.get(it.thread) ?? 0) + 1)
  const [thread] = [...counts].toSorted(([, one], [, other]) => other - one)[0] ?? assert.fail(`no ${call} that concerns the root`)
  const own = traced.filter((it) => it.thread === thread).map((it) => isAtRoot(it, setup))
  const first = own.indexOf(true)
  return Array.from({ length: own.lastIndexOf(true) - first + 1 }, (_, index) => first + index + 1)
}

/** Trees are walked by `/proc/self/fd/N/name`. */
function isAtRoot({ text }: Traced, { root }: Setup): boolean {
  return text.includes(root) || text.includes('/proc/self/fd/')
}
