import assert from 'node:assert/strict'
import { existsSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { someOf } from '../support/some-of.ts'
import { assertAllWhole, leftInWorkArea, setsIn } from './sets.ts'
import type { Setup } from './setup.ts'
import { configureSeveral, openSeveral, ROOTS, rootOf } from './several-storages.ts'
import { cannotMount, mountSmallDisk, type SmallDisk } from './small-disk.ts'
import { COPY_POINTS, POINTS, SEVERAL_POINTS } from './stop-points.ts'

const PAGE = 4096

/** Those points are passed by a storage without rename alone. */
const ELSEWHERE = ['several-put', 'copy-begun', 'copy-marker-removed']

function assertClean(setup: Setup, storages: readonly string[] = ROOTS): readonly (readonly string[])[] {
  assert.deepEqual(setup.living(), [], 'no process is left')
  return storages.map((storage) => {
    assert.deepEqual(leftInWorkArea(rootOf(setup, storage)), [], `nothing is left in the work area of "${storage}"`)
    return assertAllWhole(rootOf(setup, storage))
  })
}

async function runWell(setup: Setup, task = 't', clock?: () => Date): Promise<void> {
  const { code, stdout, stderr } = await setup.run(['-q', 'run', task], clock ? { clock } : {})
  assert.deepEqual([code, stdout, stderr], [0, '', ''])
}

const later = () => new Date(Date.now() + 600_000)

// The first time for the first storage, then for the second one.
const TWICE = ['set-begun', 'manifest-written', 'set-renamed', 'root-flushed', 'set-published', 'expire-renamed', 'rotated']
const OCCASIONS = [...SEVERAL_POINTS, 'several-copied#2', 'pipeline-ended', 'objects-made', ...TWICE.flatMap((point) => [point, `${point}#2`])]
const REST = POINTS.filter((point) => !OCCASIONS.includes(point))

describe('a run with two storages that is killed with SIGKILL', () => {
  for (const point of someOf(
    [...OCCASIONS, ...REST].filter((it) => !ELSEWHERE.includes(it)),
    6,
  ))
    it(`at "${point}": on each storage every set is complete and none is lost, and the next run removes the remains`, async (t) => {
      const setup = openSeveral(t)
      configureSeveral(setup, { last: 1 })
      await runWell(setup)
      const [old = ''] = setsIn(rootOf(setup, 'one'))
      assert.equal((await setup.start(['-q', 'run', 't'], { at: [point, 'KILL'] })).signal, 'SIGKILL')
      for (const storage of ROOTS) {
        const present = assertAllWhole(rootOf(setup, storage))
        assert.ok(present.includes(old) || present.length === 1, `"${storage}" has neither the old set nor a new one: ${present}`)
      }
      await runWell(setup, 't', later)
      const [one, two] = assertClean(setup)
      assert.deepEqual([one?.length, one], [1, two], 'the same set on both')
    })
})

describe('copying between roots that is killed with SIGKILL', () => {
  for (const point of someOf(
    [...COPY_POINTS, 'copy-file-stored#7', 'set-renamed', 'root-flushed', 'set-published', 'swept', 'work-begun'].filter(
      (it) => !ELSEWHERE.includes(it),
    ),
  ))
    it(`at "${point}": copied sets are complete, and the next copy adds the rest`, async (t) => {
      const setup = openSeveral(t)
      configureSeveral(setup, { last: 3 })
      for (let count = 0; count < 2; count += 1) await runWell(setup)
      assert.equal((await setup.start(['-q', 'run', 'copy'], { at: [point, 'KILL'] })).signal, 'SIGKILL')
      const root = rootOf(setup, 'three')
      if (existsSync(root)) assertAllWhole(root)
      await runWell(setup, 'copy', later)
      const [one, three] = assertClean(setup, ['one', 'three'])
      assert.deepEqual(three, one)
    })
})

describe('one of two storages that becomes full', { skip: cannotMount() }, () => {
  for (const full of ROOTS)
    it(`"${full}": with "any" the other storage gets every set, whenever this happens, and the exit code shows it`, async (t) => {
      const { setup, disk } = openFullDisk(t, full)
      configureSeveral(setup, { require: 'any', last: 1, largeBytes: 40_000 })
      await runWell(setup)
      const other = ROOTS.find((it) => it !== full) ?? ''
      const codes: (number | null)[] = []
      for (let free = 0; codes.at(-1) !== 0; free += 2) {
        disk.remount(`size=${disk.used() + free * PAGE}`)
        const before = setsIn(rootOf(setup, full))
        const { code, stderr } = await setup.run(['-q', 'run', 't'])
        codes.push(code)
        const [here, there] = [assertAllWhole(rootOf(setup, full)), assertAllWhole(rootOf(setup, other))]
        assert.deepEqual([here.length, there.length], [1, 1])
        if (code === 4) {
          assert.match(stderr, /^error: could not store the new set on ".*": .*[Nn]o space/u)
          assert.deepEqual(here, before, 'the old set stays where the new one is not')
        } else assert.deepEqual([code, here], [0, there], stderr)
        assertClean(setup)
        disk.remount('size=16m')
      }
      assert.ok(codes.length > 3, String(codes))
    })

  it('with "all" no storage gets the set', async (t) => {
    const { setup, disk } = openFullDisk(t, 'two')
    configureSeveral(setup, { last: 1, largeBytes: 40_000 })
    await runWell(setup)
    const before = assertClean(setup)
    disk.remount(`size=${disk.used() + 6 * PAGE}`)
    const { code, stderr } = await setup.run(['-q', 'run', 't'])
    assert.equal(code, 1)
    assert.match(stderr, /^error: could not store the new set on ".*two\/t": .*[Nn]o space[^\n]*\n {2}where: task "t"/u)
    assert.deepEqual(assertClean(setup), before)
  })
})

function openFullDisk(t: TestContext, storage: string): { readonly setup: Setup; readonly disk: SmallDisk & { used(): number } } {
  let disk: SmallDisk | undefined
  const setup = openSeveral(t, () => disk?.unmount())
  const folder = join(setup.top, storage)
  disk = mountSmallDisk(folder, 'size=16m')
  return { setup, disk: { ...disk, used: () => usedBytes(folder) } }
}

function usedBytes(folder: string): number {
  const { blocks, bfree, bsize } = statfsSync(folder)
  return (blocks - bfree) * bsize
}
