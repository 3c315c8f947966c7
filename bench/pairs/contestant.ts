/** A program that does a piece of work, once per call. */
export interface Contestant {
  readonly name: string
  readonly argv: readonly [string, ...string[]]
  readonly env?: Readonly<Record<string, string>>
  /** Removes what a run left and makes an empty place for the next one. Called before and after each run, not timed. */
  readonly clear: () => void
  /** Reads the source data into the page cache, from which some programs remove what they have read. Called before each run, not timed. */
  readonly warm?: () => void
}

/** Holdfast and another program that does the same work. */
export interface Pair {
  readonly holdfast: Contestant
  readonly other: Contestant
  /** The largest ratio of the durations that is accepted. Absent: no budget. */
  readonly budget?: number
}

/** A program that cannot be compared on this host. */
export interface Missing {
  readonly other: string
  /** The reason. */
  readonly missing: string
}

/** What one run used, with all its processes. */
export interface Usage {
  readonly wallSeconds: number
  readonly cpuSeconds: number
  /** What its processes wrote into files, also into those that were removed afterwards. */
  readonly writtenMiB: number
  /** Peak of the memory of all its processes together, without files. */
  readonly memoryMiB: number
  /** Peak including the page cache that it filled. Absent where no control group reports it. */
  readonly cachedMiB?: number
  /** Share of all processors, 0 to 1, that other programs used meanwhile. */
  readonly othersShare: number
}

/** What both used when they ran one after the other. */
export interface Round {
  readonly holdfast: Usage
  readonly other: Usage
}
