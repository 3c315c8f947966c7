import { createHash } from 'node:crypto'
import { randomFrom } from '../long/random.ts'

const isLong = process.env['HOLDFAST_LONG_TESTS'] === '1'

/** Of one run of the suite, printed by its runner; with the same number the same are chosen again. Absent, in a file that is run alone: all. */
const SAMPLE = process.env['HOLDFAST_SAMPLE']
export const playsAll = isLong || SAMPLE === undefined

/** On a slow machine, fewer points make up for the time that each takes: the whole suite is to take some minutes anywhere. */
const THINNER = Math.min(3, Math.max(1, Math.floor(Number(process.env['HOLDFAST_SLOWNESS'] ?? 1))))

/**
 * One of every three in a row (on a slow machine, of up to nine), another one each time the suite runs: of loops that do the same at each point of a run, where a
 * third of the points takes minutes. With `npm run test:long`, all.
 */
export function someOf<T>(all: Iterable<T>, inARow = 3): readonly T[] {
  const every = [...all]
  if (playsAll) return every
  const random = randomFrom(Number(SAMPLE) + every.length)
  const length = inARow * THINNER
  return every
    .filter((_, index) => index % length === 0)
    .map((_, group) => every[Math.min(group * length + Math.floor(random() * length), every.length - 1)] as T)
}

/** The same for a loop that counts up until there is nothing left to count: where it begins, and by how much it goes on. */
export function stride(inARow = 3): { readonly first: number; readonly step: number } {
  const step = inARow * THINNER
  return playsAll ? { first: 1, step: 1 } : { first: 1 + Math.floor(randomFrom(Number(SAMPLE))() * step), step }
}

/** Why a test that takes long is left out this time, as half of them are (on a slow machine, up to five of six), other ones in other runs; false where it is not. */
export function leftOut(name: string): string | false {
  if (playsAll) return false
  const oneOf = 2 * THINNER
  const isIn = createHash('sha256').update(`${SAMPLE} ${name}`).digest().readUInt8(0) % oneOf === 0
  return isIn ? false : `in one of ${oneOf} runs of the suite (HOLDFAST_SAMPLE); always: npm run test:long`
}
