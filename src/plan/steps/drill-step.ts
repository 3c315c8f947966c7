/** `structure`: read to the end and compared, nothing restored. `sample`: one object restored, the others as for `structure`. `full`: all restored. */
export type DrillLevel = 'structure' | 'sample' | 'full'

/** `unproven`: the newest set without a drill; if there is none, the one whose last drill is the longest ago. */
export type DrillChoice = 'latest' | 'random' | 'unproven'
