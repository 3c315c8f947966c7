import { spawnSync } from 'node:child_process'
import type { Contestant, Pair, Round, Usage } from './contestant.ts'
import { runOnce } from './run-once.ts'

/**
 * Runs one round of a pair: one directly after the other, so that a slow moment of the machine affects both. Odd rounds begin with the other. Each
 * starts with an empty place and its source data in the page cache, after all that was written before is flushed, and what it made is removed afterwards.
 */
export async function compareOnce({ holdfast, other }: Pair, round: number, weight = 100): Promise<Round> {
  const alone = (contestant: Contestant) => runAlone(contestant, weight)
  if (round % 2 === 0) {
    const first = await alone(holdfast)
    return { holdfast: first, other: await alone(other) }
  }
  const first = await alone(other)
  return { holdfast: await alone(holdfast), other: first }
}

async function runAlone(contestant: Contestant, weight: number): Promise<Usage> {
  contestant.clear()
  contestant.warm?.()
  spawnSync('sync')
  try {
    return await runOnce(contestant, weight)
  } finally {
    contestant.clear()
  }
}
