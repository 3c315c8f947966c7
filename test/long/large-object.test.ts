import assert from 'node:assert/strict'
import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, it } from 'node:test'
import { peakMemoryKb } from '../faults/peak-memory.ts'
import { assertAllWhole, manifestOf } from '../faults/sets.ts'
import { openSetup } from '../faults/setup.ts'
import { configureSimple } from '../faults/simple-plan.ts'
import { onlyWhenLong } from './only-when-long.ts'
import { keepProof, row } from './proof.ts'

const GIB = 1024 ** 3
const MOST_KB = 150 * 1024

function tooLittleRoom(): string | false {
  const { bavail, bsize } = statfsSync(tmpdir())
  return bavail * bsize > 6 * GIB ? false : `needs 6 GiB free in ${tmpdir()}`
}

describe('an object of 4 GiB', { skip: onlyWhenLong() || tooLittleRoom() }, () => {
  it('is made completely, with no more memory than a small one', async (t) => {
    const setup = openSetup(t)
    configureSimple(setup, { bytes: 4 * GIB })
    let peakKb = 0
    const { code, stderr } = await setup.start(['-q', 'run'], {
      meanwhile: async (pid) => {
        peakKb = await peakMemoryKb(pid)
      },
    })
    assert.deepEqual([code, stderr], [0, ''])
    const [set = ''] = assertAllWhole(setup.root)
    assert.equal(manifestOf(setup.root, set).objects[0]?.bytes, 4 * GIB)
    assert.ok(peakKb > 0 && peakKb <= MOST_KB, `${peakKb} KiB`)
    keepProof('large-object', [row('object', 'peak memory of the main process'), row('---', '---'), row('4 GiB', `${Math.round(peakKb / 1024)} MiB`)])
  })
})
