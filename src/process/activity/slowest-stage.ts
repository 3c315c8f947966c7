import type { StageActivity } from '../stage-activity.ts'

type StageLoad = Pick<StageActivity, 'cores' | 'starved' | 'blocked'> & { readonly hasEnded: boolean }

// Below it, the samples do not show which stage waits for which.
const CLEAR_SCORE = 0.5
const CLEAR_LEAD = 0.3

/**
 * The place in a pipeline for which the others wait; undefined if it is not clear. The stages before it wait for their data to be taken, those after it
 * wait for data, and it uses a core or waits for neither: each of these is evidence for one place and against others. `places`: the stages, and the
 * storage after them, which is known by its writer, if there is one.
 */
export function slowestOf(places: readonly StageLoad[]): number | undefined {
  const scores = places.map((place, at) => (place.hasEnded ? -Infinity : scoreOf(places, at)))
  const [first = -Infinity, second = -Infinity] = scores.toSorted((a, b) => b - a)
  return first >= CLEAR_SCORE && first - second >= CLEAR_LEAD ? scores.indexOf(first) : undefined
}

function scoreOf(places: readonly StageLoad[], at: number): number {
  return places.reduce((score, { cores = 0, starved = 0, blocked = 0 }, index) => {
    if (index < at) return score + blocked - starved
    if (index > at) return score + starved - blocked
    return score + Math.min(1, cores) - starved - blocked
  }, 0)
}
