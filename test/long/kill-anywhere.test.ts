import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { assertAllWhole, leftInWorkArea } from '../faults/sets.ts'
import { openSetup, type Setup } from '../faults/setup.ts'
import { IS_SLICE, loopBudget, SEED } from './loops.ts'
import { onlyWhenLong } from './only-when-long.ts'
import { keepProof, row } from './proof.ts'
import { randomFrom } from './random.ts'

const KILLS = Number(process.env['HOLDFAST_KILLS'] ?? 200)
const COPIES = 3
const SLICES = 10

/** A backup as people have them: archives, dumps that wait, many small facts, two at once, one of them after the others. */
function configure(setup: Setup): void {
  const home = join(setup.top, 'home')
  mkdirSync(home)
  for (let index = 0; index < 40; index += 1) writeFileSync(join(home, `file ${index}`), `${index} `.repeat(40_000))
  const env = { WORD: setup.word }
  const run = (...argv: readonly string[]) => ({ type: 'exec-inline', argv, env })
  const sh = (script: string) => run('/bin/sh', '-c', script, setup.word)
  setup.configure({
    'nb-workers': 2,
    tasks: [
      {
        id: 'default',
        type: 'backup',
        backend: 'localfs',
        'backend-param': { root: setup.root, 'nb-copy-limit': COPIES },
        'object-groups': [{ id: 'last', depends: ['default'] }],
        objects: [
          { path: 'home.tar.zst', pipeline: [run('/bin/tar', '-C', home, '-cf', '-', '.'), run('/bin/zstd', '-q')] },
          { path: 'facts/packages', pipeline: [sh('echo one; sleep 0.05; echo two')] },
          {
            path: 'facts/daemon',
            pipeline: [sh('setsid env -i sh -c "sleep 1000; :" "$0" </dev/null >/dev/null 2>&1 & echo begun'), run('/bin/cat')],
          },
          { path: 'db/dump.gz', pipeline: [sh('for i in 1 2 3 4; do head -c 500000 /dev/zero; sleep 0.03; done'), run('/bin/gzip')] },
          { path: 'last', group: 'last', pipeline: [run('/bin/echo', 'done')] },
        ],
      },
    ],
  })
}

/** A good run of the program, timed. */
async function runWell(setup: Setup): Promise<number> {
  const beganMs = performance.now()
  const { code, stdout, stderr } = await setup.start(['-q', 'run'])
  assert.deepEqual([code, stdout, stderr], [0, '', ''])
  assert.deepEqual(setup.living(), [])
  assert.deepEqual(leftInWorkArea(setup.root), [])
  return performance.now() - beganMs
}

function assertRestores(setup: Setup, set: string): void {
  const { status, stdout } = spawnSync('tar', ['--zstd', '-tf', join(setup.root, set, 'home.tar.zst')], { encoding: 'utf8' })
  assert.deepEqual([status, stdout.trim().split('\n').length], [0, 41])
}

interface Slice {
  kills: number
  alreadyDone: number
  published: number
  orphans: number
  leftOver: number
}

describe('killed with SIGKILL at random moments', { skip: onlyWhenLong() }, () => {
  it(`${IS_SLICE ? 'Some' : KILLS} times, seed ${SEED}: no set is lost or broken, and every next run clears up`, async (t) => {
    const there = fifoFolders()
    const setup = openSetup(t)
    configure(setup)
    const durations: number[] = []
    for (let count = 0; count < COPIES; count += 1) durations.push(await runWell(setup))
    const wholeMs = durations.toSorted((a, b) => a - b)[1] ?? 0
    const random = randomFrom(SEED)
    const slices: Slice[] = Array.from({ length: SLICES }, () => ({ kills: 0, alreadyDone: 0, published: 0, orphans: 0, leftOver: 0 }))

    const isOn = loopBudget()
    for (let kill = 0; kill < KILLS && isOn(); kill += 1) {
      const before = assertAllWhole(setup.root)
      const share = random()
      const { signal, code } = await setup.start(['-q', 'run'], {
        meanwhile: async (pid) => {
          await sleep(share * wholeMs)
          killIfAlive(pid)
        },
      })
      const slice = slices[Math.floor(share * SLICES)] as Slice
      slice.kills += 1
      if (signal === null) {
        assert.equal(code, 0)
        slice.alreadyDone += 1
      }
      const after = assertAllWhole(setup.root)
      const fresh = after.filter((set) => !before.includes(set))
      const gone = before.filter((set) => !after.includes(set))
      assert.ok(fresh.length <= 1 && gone.length <= fresh.length, `kill ${kill} of seed ${SEED}: ${gone} went, ${fresh} came`)
      assert.deepEqual(gone, before.slice(0, gone.length))
      for (const set of after.slice(-1)) assertRestores(setup, set)
      slice.published += fresh.length
      slice.orphans += setup.living().length
      slice.leftOver += leftInWorkArea(setup.root).length
      await runWell(setup)
      assert.equal(assertAllWhole(setup.root).length, COPIES)
    }
    assert.deepEqual(fifoFolders(), there)
    if (!IS_SLICE) keepProof('kill-anywhere', tableOf(slices, wholeMs))
  })
})

/** Folders that a run makes its pipes in, and removes at once. Nothing else may use the program while this test runs. */
function fifoFolders(): readonly string[] {
  return readdirSync('/dev/shm').filter((name) => name.startsWith('holdfast-'))
}

/** It may have ended by itself a moment before. */
function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH')
  }
}

function tableOf(slices: readonly Slice[], wholeMs: number): readonly string[] {
  const total = (what: keyof Slice) => slices.reduce((sum, slice) => sum + slice[what], 0)
  const cells = (slice: Slice) => [slice.kills, slice.alreadyDone, slice.published, slice.orphans, slice.leftOver]
  const all: Slice = {
    kills: total('kills'),
    alreadyDone: total('alreadyDone'),
    published: total('published'),
    orphans: total('orphans'),
    leftOver: total('leftOver'),
  }
  return [
    `Seed ${SEED}; ${KILLS} kills; an undisturbed run took ${Math.round(wholeMs)} ms (median of 3) on ${cpus().length} CPUs.`,
    '',
    row('moment, as a fraction of a run', 'kills', 'run had ended', 'new set existed', 'processes left', 'work folders left'),
    row(...Array.from({ length: 6 }, () => '---')),
    ...slices.map((slice, index) => row(`${index / 10} to ${(index + 1) / 10}`, ...cells(slice))),
    row('all', ...cells(all)),
    '',
    'No set was lost or damaged; every subsequent run succeeded and removed the remains. The table is written only in this case.',
  ]
}
