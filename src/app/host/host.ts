import type { AppError } from '../../lib/errors.ts'
import type { Failpoint } from '../../lib/failpoint.ts'
import type { FailurePlace } from '../../run/result.ts'
import type { HeldSignals } from './held-signals.ts'

/** What a use case needs of this host, of its own process and of its caller. Each face and each test provides one. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly uid: number
  readonly clock: () => Date
  readonly signals: HeldSignals
  readonly failpoint?: Failpoint
  /** Files that others could have written are read all the same. */
  readonly allowsUnsafe?: boolean
  /** Whether a person started this at a terminal. */
  readonly isAtTerminal: boolean
  /** A failure, of a run or of a part of what was asked: a storage that cannot be read while others can. `place`: where in a run. */
  fail(error: AppError, place?: FailurePlace): void
  /** Something worth knowing that is no failure. */
  note(text: string): void
  /** Text for the standard output, where a plan asks for one: the notifier `stdout`, the log lines of an ancestor. */
  print(text: string): void
}
