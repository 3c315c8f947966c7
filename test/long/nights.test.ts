import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { noSandbox } from '../native/drills.ts'
import { lacks, openPlace } from '../native/place.ts'
import { randomFrom } from '../support/mutations.ts'
import { noOtherDay } from '../support/other-day.ts'
import { SEED } from './loops.ts'
import { onlyWhenLong } from './only-when-long.ts'
import { FAULTS, playNights } from './play-nights.ts'
import { keepProof, row } from './proof.ts'

const NIGHTS = Number(process.env['HOLDFAST_NIGHTS'] || 30)

describe('nights', { skip: onlyWhenLong() || noSandbox || noOtherDay || lacks('gpg') }, () => {
  it(`${NIGHTS} of them prove what restores (seed ${SEED})`, async (t) => {
    const random = randomFrom(SEED)
    // The first night has nothing to lose.
    const bag = Array.from({ length: NIGHTS - 1 }, (_, index) => FAULTS[index % FAULTS.length] ?? 'none')
    const faults = ['none' as const, ...Array.from({ length: NIGHTS - 1 }, () => bag.splice(random(bag.length), 1)[0] ?? 'none')]
    const nights = await playNights(openPlace(t), { faults, random })
    assert.equal(nights.length, NIGHTS)
    keepProof('nights', [
      `Seed ${SEED}.`,
      '',
      row('night', 'what went wrong', 'run', 'set', 'drill', 'sets removed'),
      row('--:', '---', '---', '---', '---', '--:'),
      ...nights.map(({ night, fault, run, set, isSuspicious, end, removed }) =>
        row(
          night + 1,
          fault === 'none' ? '' : fault,
          run === null ? 'killed' : `exit code ${run}`,
          set === undefined ? 'none' : isSuspicious ? 'suspicious' : 'complete',
          end,
          removed.length,
        ),
      ),
    ])
  })
})
