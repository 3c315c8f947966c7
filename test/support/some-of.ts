import { createHash } from 'node:crypto'
import { randomFrom } from '../long/random.ts'

const isLong = process.env['HOLDFAST_LONG_TESTS'] === '1'

/** Of one run of the suite, printed by its runner; with the same number the same are chosen again. Absent, in a file that is run alone: all. */
const SAMPLE = process.env['HOLDFAST_SAMPLE']
export const playsAll = isLong || SAMPLE === undefined

/**
 * One of every three in a row, another one each time the suite runs: of loops that do the same at each point of a run, where a third of the points takes
 * minutes. With `npm run test:long`, all.
 */
export function someOf<T>(all: Iterable<T>, inARow = 3): readonly T[] {
  const every = [...all]
  if (playsAll) return every
  const random = randomFrom(Number(SAMPLE) + every.length)
  return every
    .filter((_, index) => index % inARow === 0)
    .map((_, group) => every[Math.min(group * inARow + Math.floor(random() * inARow), every.length - 1)] as T)
}

/** The same for a loop that counts up until there is nothing left to count: where it begins, and by how much it goes on. */
export function stride(inARow = 3): { readonly first: number; readonly step: number } {
  return playsAll ? { first: 1, step: 1 } : { first: 1 + Math.floor(randomFrom(Number(SAMPLE))() * inARow), step: inARow }
}

/** Why a test that takes long is left out this time, as half of them are, other ones in other runs; false where it is not. */
export function leftOut(name: string): string | false {
  if (playsAll) return false
  const isOdd = createHash('sha256').update(`${SAMPLE} ${name}`).digest().readUInt8(0) % 2 === 1
  return isOdd ? 'in every second run of the suite (HOLDFAST_SAMPLE); always: npm run test:long' : false
}
