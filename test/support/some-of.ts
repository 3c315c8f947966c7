import { randomFrom } from '../long/random.ts'

const isLong = process.env['HOLDFAST_LONG_TESTS'] === '1'

/** Of one run of the suite, printed by its runner; with the same number the same are chosen again. */
const SEED = Number(process.env['HOLDFAST_SAMPLE'] ?? 0)

/**
 * One of every three in a row, another one each time the suite runs: of loops that do the same at each point of a run, where a third of the points takes
 * minutes. With `npm run test:long`, all.
 */
export function someOf<T>(all: Iterable<T>, inARow = 3): readonly T[] {
  const every = [...all]
  if (isLong) return every
  const random = randomFrom(SEED + every.length)
  return every
    .filter((_, index) => index % inARow === 0)
    .map((_, group) => every[Math.min(group * inARow + Math.floor(random() * inARow), every.length - 1)] as T)
}
