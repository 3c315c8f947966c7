import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { copySet } from '../../src/backup/copy/copy-set.ts'
import { rotate } from '../../src/backup/keep/rotate.ts'
import { objectStoreSets } from '../../src/backup/object-store/object-store-sets.ts'
import { IS_SLICE, loopBudget, SEED } from '../long/loops.ts'
import { keepProof, row } from '../long/proof.ts'
import { leftOut } from '../support/some-of.ts'
import type { Code } from './actors.ts'
import { exploreAll, exploreSome } from './explore.ts'
import { exploreScene } from './explore-scene.ts'
import { NAMED, playNamed } from './named.ts'
import { FAULTS, withFault } from './planted.ts'
import { SCENES } from './scenes.ts'

const isLong = process.env['HOLDFAST_LONG_TESTS'] === '1'
/** In all scenes together. */
const ROUNDS = Number(process.env['HOLDFAST_ROUNDS'] ?? (isLong ? 100_000 : 64))
const DEVIATIONS = Number(process.env['HOLDFAST_DEVIATIONS'] ?? (isLong ? 2 : 1))

const real: Code = { objectStoreSets, rotate, copySet }

describe('the protocol of sets on a store', () => {
  const rows: string[] = []
  const faults: string[] = []
  after(() => {
    keepProof('store-protocol', [
      row('who meets', `schedules with up to ${DEVIATIONS} deviations`, 'schedules by chance', 'broken'),
      row('---', '---', '---', '---'),
      ...rows,
      '',
      row('planted fault', 'found after', 'what was broken'),
      row('---', '---', '---'),
      ...faults,
    ])
  })

  it(`holds by chance, for a while; seed ${SEED}`, { skip: IS_SLICE ? false : 'a part of what follows' }, async (t) => {
    const hasTime = loopBudget()
    let seed = SEED
    for (; hasTime(); seed += 1) {
      const { failure } = await exploreSome(SCENES[seed % SCENES.length] as (typeof SCENES)[number], real, { rounds: 1, seed })
      assert.deepEqual(failure, undefined)
    }
    t.diagnostic(`${seed - SEED} schedules`)
  })

  for (const scene of SCENES) {
    it(`holds: ${scene.title}; seed ${SEED}`, { skip: IS_SLICE ? 'a slice goes by chance alone' : leftOut(scene.title) }, async () => {
      // Of three, all schedules with two deviations are too many.
      const deviations = scene.actors.length > 2 ? 1 : DEVIATIONS
      const { all, some } = await exploreScene({ scene: scene.title, deviations, rounds: Math.ceil(ROUNDS / SCENES.length), seed: SEED })
      assert.deepEqual([all.failure, some.failure], [undefined, undefined])
      rows.push(row(scene.title, deviations === DEVIATIONS ? all.schedules : `${all.schedules} (up to ${deviations})`, some.schedules, 0))
    })
  }

  for (const named of NAMED) {
    it(`holds in the schedule that shows when ${named.title}`, { skip: IS_SLICE && 'a slice goes by chance alone' }, async () => {
      const held = await playNamed(named, real)
      assert.deepEqual([held.taken, held.broken], [named.deviations.length, undefined])
      const { code, remove } = await withFault(faultOf(named.title))
      try {
        const { broken } = await playNamed(named, code)
        assert.ok(broken !== undefined, 'it was not found')
        faults.push(row(named.title, 'its own schedule', broken.replaceAll('|', '/')))
      } finally {
        remove()
      }
    })
  }

  for (const fault of FAULTS.filter(({ title }) => !NAMED.some((it) => it.title === title))) {
    it(`is found broken when ${fault.title}`, { skip: isLong && !IS_SLICE ? false : 'takes long: npm run test:long' }, async () => {
      const { code, remove } = await withFault(fault)
      try {
        const found = await firstFailure(code)
        assert.ok(found, 'it was not found')
        faults.push(row(fault.title, `${found.schedules} schedules`, found.broken.replaceAll('|', '/')))
      } finally {
        remove()
      }
    })
  }
})

function faultOf(title: string): (typeof FAULTS)[number] {
  const fault = FAULTS.find((it) => it.title === title)
  assert.ok(fault, `no planted fault is called "${title}"`)
  return fault
}

/** Few deviations in every scene, then schedules by chance, always the same. */
async function firstFailure(code: Code): Promise<{ readonly schedules: number; readonly broken: string } | undefined> {
  let schedules = 0
  const attempts = [
    ...SCENES.map((scene) => () => exploreAll(scene, code, { deviations: 1 })),
    ...SCENES.map((scene) => () => exploreSome(scene, code, { rounds: 2000, seed: 1 })),
  ]
  for (const attempt of attempts) {
    const explored = await attempt()
    schedules += explored.schedules
    if (explored.failure) return { schedules, broken: explored.failure.broken }
  }
  return undefined
}
