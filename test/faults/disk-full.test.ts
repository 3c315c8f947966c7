import assert from 'node:assert/strict'
import { statfsSync } from 'node:fs'
import { describe, it, type TestContext } from 'node:test'
import { assertAllWhole } from './sets.ts'
import { openSetup, type Setup } from './setup.ts'
import { assertClean, assertFailed, configureSimple, runWell } from './simple-plan.ts'
import { cannotMount, mountSmallDisk, type SmallDisk } from './small-disk.ts'

const PAGE = 4096
const NO_SPACE = /[Nn]o space (is )?left on (the )?device/u

/** A root on a disk of its own with two sets in it, and what is free there in the unit of the limit. */
interface Limit {
  readonly unlimited: string
  readonly option: (units: number) => string
  readonly used: (root: string) => number
}

const limits: Readonly<Record<'pages' | 'inodes', Limit>> = {
  pages: {
    unlimited: 'size=16m',
    option: (pages) => `size=${pages * PAGE}`,
    used: (root) => Number(statfsSync(root).blocks - statfsSync(root).bfree),
  },
  inodes: { unlimited: 'nr_inodes=1000', option: (inodes) => `nr_inodes=${inodes}`, used: (root) => statfsSync(root).files - statfsSync(root).ffree },
}

function openFullDisk(t: TestContext): { readonly setup: Setup; readonly disk: SmallDisk } {
  let disk: SmallDisk | undefined
  const setup = openSetup(t, () => disk?.unmount())
  disk = mountSmallDisk(setup.root, `${limits.pages.unlimited},${limits.inodes.unlimited}`)
  configureSimple(setup)
  return { setup, disk }
}

describe('a disk that becomes full', { skip: cannotMount() }, () => {
  for (const [unit, limit] of Object.entries(limits)) {
    it(`fails the run at every point where it can run out of ${unit}, and leaves nothing`, async (t) => {
      const { setup, disk } = openFullDisk(t)
      await setup.run(['-q', 'run'])
      let before = await runWell(setup)
      const failures: string[] = []
      for (let free = 0, successes = 0; successes < 3; free += 1) {
        disk.remount(limit.option(limit.used(setup.root) + free))
        const { code, stdout, stderr } = await setup.run(['-q', 'run'])
        const after = assertClean(setup)
        if (code === 0) successes += 1
        else {
          assertFailed({ code, stdout, stderr }, NO_SPACE)
          assert.match(stderr, /^error: (cannot|could not) (write|make|open|create|record) /u, 'says what could not be done')
          assert.match(stderr, /hint: Free (some )?space/u)
          assert.deepEqual(after, before)
          assert.equal(successes, 0, 'more room than enough is enough')
          failures.push(stderr)
        }
        disk.remount(limit.unlimited)
        before = await runWell(setup)
      }
      for (const [name, what] of Object.entries({
        run: /run\.json/u,
        object: /object "(?:a|sub\/b)"/u,
        guide: /RESTORE\.md/u,
        manifest: /manifest\.json/u,
      }))
        assert.ok(
          failures.some((it) => what.test(it)),
          `ran out while writing the ${name}`,
        )
    })
  }

  it('fails the run if another program fills it between the objects and the manifest', async (t) => {
    const { setup, disk } = openFullDisk(t)
    await setup.run(['-q', 'run'])
    const before = await runWell(setup)
    const ended = await setup.run(['-q', 'run'], {
      failpoint: (point) => {
        if (point === 'objects-made') disk.remount(limits.pages.option(limits.pages.used(setup.root)))
      },
    })
    assertFailed(ended, NO_SPACE)
    assert.deepEqual(assertClean(setup), before)
  })

  it('does not keep old sets from being removed, which makes room', async (t) => {
    const { setup, disk } = openFullDisk(t)
    await setup.run(['-q', 'run'])
    const [oldest] = await runWell(setup)
    const { code, stderr } = await setup.run(['-q', 'run'], {
      failpoint: (point) => {
        if (point === 'set-published') disk.remount(limits.pages.option(limits.pages.used(setup.root)))
      },
    })
    assert.deepEqual([code, stderr], [0, ''])
    assert.ok(!assertAllWhole(setup.root).includes(oldest ?? ''))
  })
})
