import { spawnSync } from 'node:child_process'

// What an idle machine of today takes.
const IDLE = { startMs: 3, loopMs: 1.5 }

/**
 * How much slower than an idle machine of today this one starts processes or computes, whichever is worse: 1, 2, … 8. The best of several tries,
 * since it is the machine that is wanted: what else works on it now may be gone in a minute.
 */
export function measureSlowness(): number {
  const startMs = best(() => spawnSync('/bin/true'), 10)
  const loopMs = best(spin, 20)
  return Math.min(8, Math.max(1, Math.round(Math.max(startMs / IDLE.startMs, loopMs / IDLE.loopMs))))
}

function spin(): number {
  let sum = 0
  for (let count = 0; count < 1_000_000; count += 1) sum = (sum + count * 7) | 0
  return sum
}

function best(work: () => unknown, times: number): number {
  const took = Array.from({ length: times }, () => {
    const beganMs = performance.now()
    work()
    return performance.now() - beganMs
  })
  return Math.min(...took)
}
