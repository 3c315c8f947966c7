import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { assertAllWhole } from '../faults/sets.ts'
import { assertNoneLost, assertRecovers, type Model, makeModel } from '../faults/stop-points.ts'
import { cannotStrace, injected, runTraced } from '../faults/strace.ts'
import { onlyWhenLong } from './only-when-long.ts'
import { keepProof, row } from './proof.ts'

/** Calls that a run makes on its root, and by how many it begins before it comes to the root: those have to do with the program's own files. */
const CALLS = ['mkdir', 'rename', 'fsync', 'fchmod', 'ftruncate', 'unlink', 'rmdir', 'getdents64', 'statx', 'openat', 'readlink', 'pread64'] as const

interface Tally {
  calls: number
  failed: number
  done: number
}

describe('every system call of a run fails once', { skip: onlyWhenLong() || cannotStrace() }, () => {
  let model: Model
  const tallies = new Map<string, Tally>()
  before(async () => {
    model = await makeModel()
  })
  after(() => {
    model.remove()
    keepProof('every-call-fails', [
      row('call', 'times', 'the run failed', 'the run ended well', 'sets lost or broken', 'next runs that failed'),
      row(...Array.from({ length: 6 }, () => '---')),
      ...[...tallies].map(([call, { calls, failed, done }]) => row(`\`${call}\``, calls, failed, done, 0, 0)),
    ])
  })

  for (const call of CALLS) {
    it(`${call}: no set is lost or broken, and the next run clears up`, async (t) => {
      const first = await firstAtRoot(model.open(t), call)
      if (first === undefined) return t.diagnostic('is never called')
      const tally: Tally = { calls: 0, failed: 0, done: 0 }
      tallies.set(call, tally)
      for (let nth = first; ; nth += 1) {
        const end = await runWithout(model.open(t), model, { call, nth })
        if (end === 'not that often') break
        tally.calls += 1
        tally[end] += 1
      }
    })
  }
})

/** One run whose nth such call fails, and the run after it. */
async function runWithout(
  arena: ReturnType<Model['open']>,
  model: Model,
  { call, nth }: { readonly call: string; readonly nth: number },
): Promise<'failed' | 'done' | 'not that often'> {
  const { code, signal, stderr, traced } = await runTraced(arena, ['-q', 'run'], { calls: [call], inject: [`${call}:error=EIO:when=${nth}`] })
  if (injected(traced) === 0) return 'not that often'
  const what = `${call} ${nth}: ${signal ?? code} ${stderr}`
  assert.ok(code === 0 || (code === 1 && stderr.startsWith('error: ')), what)
  assertNoneLost(assertAllWhole(arena.root), model.sets)
  assert.deepEqual(arena.living(), [], what)
  await assertRecovers(arena)
  return code === 0 ? 'done' : 'failed'
}

/** The place, counted from 1, of the first such call that concerns the arena; undefined when there is none. */
async function firstAtRoot(arena: ReturnType<Model['open']>, call: string): Promise<number | undefined> {
  const { traced } = await runTraced(arena, ['-q', 'run'], { calls: [call] })
  const index = traced.findIndex(({ text }) => text.includes(arena.word))
  return index === -1 ? undefined : index + 1
}
