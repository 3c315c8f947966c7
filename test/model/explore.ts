import { createHash } from 'node:crypto'
import { type Random, randomFrom } from '../support/mutations.ts'
import type { Code } from './actors.ts'
import { type Played, play } from './play.ts'
import type { Scene } from './watch.ts'

export interface Explored {
  readonly schedules: number
  /** The first schedule in which something was broken. */
  readonly failure?: { readonly trace: readonly string[]; readonly broken: string }
}

/** Where a schedule leaves the plain one: at which step, and what is chosen there. */
type Deviations = readonly { readonly step: number; readonly index: number }[]

/**
 * Every schedule that leaves the plain one, in which one actor after the other does all it has to do undisturbed, at most so many times: to turn to another
 * actor, to have a request fail, get lost, arrive late or twice, to kill or suspend. Those with fewer first. A state that was reached before, with as many
 * deviations left, is not gone on with.
 */
export async function exploreAll(scene: Scene, code: Code, { deviations: most }: { readonly deviations: number }): Promise<Explored> {
  const known = new Map<string, number>()
  let schedules = 0
  let level: Deviations[] = [[]]
  for (let left = most; left >= 0; left -= 1) {
    const next: Deviations[] = []
    for (const deviations of level) {
      schedules += 1
      const { played, widths } = await playWith(scene, code, { deviations, known, left })
      if (played.broken !== undefined) return { schedules, failure: { trace: played.trace, broken: played.broken } }
      if (left > 0) next.push(...furtherFrom(deviations, widths))
    }
    level = next
  }
  return { schedules }
}

/** The same with one deviation more, somewhere behind the last. */
function furtherFrom(deviations: Deviations, widths: readonly number[]): readonly Deviations[] {
  const from = (deviations.at(-1)?.step ?? -1) + 1
  return widths.flatMap((width, step) =>
    step < from ? [] : Array.from({ length: Math.max(0, width - 1) }, (_, index) => [...deviations, { step, index: index + 1 }]),
  )
}

interface Playing {
  readonly deviations: Deviations
  readonly known: Map<string, number>
  readonly left: number
}

async function playWith(
  scene: Scene,
  code: Code,
  { deviations, known, left }: Playing,
): Promise<{ readonly played: Played; readonly widths: readonly number[] }> {
  const chosen = new Map(deviations.map(({ step, index }) => [step, index]))
  const last = deviations.at(-1)?.step ?? -1
  const widths: number[] = []
  const played = await play(scene, code, (options, state) => {
    const step = widths.length
    if (step > last) {
      const digest = createHash('sha1').update(state()).digest('base64')
      const before = known.get(digest)
      if (before !== undefined && before >= left) return undefined
      known.set(digest, left)
    }
    widths.push(options.length)
    return chosen.get(step) ?? 0
  })
  return { played, widths }
}

/** One schedule by chance: at each step something else than the plain thing, one time in `oneIn`. */
export async function playRandom(scene: Scene, code: Code, random: Random): Promise<Played> {
  const oneIn = 2 + random(12)
  return play(scene, code, (options) => (options.length > 1 && random(oneIn) === 0 ? 1 + random(options.length - 1) : 0))
}

/** Schedules by chance, until one breaks something or there are enough. */
export async function exploreSome(scene: Scene, code: Code, { rounds, seed }: { readonly rounds: number; readonly seed: number }): Promise<Explored> {
  for (let round = 0; round < rounds; round += 1) {
    const { trace, broken } = await playRandom(scene, code, randomFrom(seed + round))
    if (broken !== undefined) return { schedules: round + 1, failure: { trace: [`seed ${seed + round}`, ...trace], broken } }
  }
  return { schedules: rounds }
}
