import type { Reach } from '../lib/reach.ts'
import type { HeldSignals } from './held-signals.ts'
import type { Output } from './output.ts'

/** Everything of the process that the command line touches, so that tests can give another one. */
export interface World {
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  readonly uid: number
  readonly clock: () => Date
  readonly signals: HeldSignals
  readonly reach?: Reach
  /** Files that others could have written are read all the same. */
  readonly allowsUnsafe?: boolean
}
