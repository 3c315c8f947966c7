import type { Missing, Pair, Round } from './contestant.ts'
import type { Site, Sizes } from './site.ts'

/** One piece of work, and who does it. */
export interface Part {
  readonly name: string
  /** What is done, for the head of its table. */
  readonly title: (sizes: Sizes) => string
  /** How many times more rounds than usual: of short work the single measurements differ more. */
  readonly repeat?: number
  /** Prepares the data, and names who is compared. */
  readonly pairs: (site: Site) => Promise<readonly (Pair | Missing)[]>
}

export interface ComparedPair {
  readonly holdfast: string
  readonly other: string
  readonly budget?: number
  /** Without the first round, which is not counted. */
  readonly rounds: readonly Round[]
}

export interface PartResult {
  readonly name: string
  readonly title: string
  readonly compared: readonly ComparedPair[]
  readonly missing: readonly Missing[]
  readonly weight: number
  /** Average number of processes that wanted a processor, at the start and at the end. */
  readonly load: readonly [number, number]
  readonly seconds: number
}
