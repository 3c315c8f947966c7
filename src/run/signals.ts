import type { SignalName } from '../plan/command.ts'

/**
 * How signals reach a run. Provided by the program's entry point, which alone may install handlers.
 *
 * A signal is unblocked or blocked. An unblocked TERM, HUP, INT or QUIT stops the run: `stop` is aborted, once. A blocked one remains pending, and is
 * delivered when it is unblocked. Signals that are still pending at the end have no effect.
 */
export interface Signals {
  /** Aborted by the first signal that ends the run, or by an uncaught exception. Its reason is a `RunError`. */
  readonly stop: AbortSignal
  /** The signal by which the process is to terminate after the rollback. */
  stoppedBy(): SignalName | undefined
  /** Blocks these from now on. KILL and STOP cannot be blocked, which is not an error (sigprocmask(2)). */
  block(signals: readonly SignalName[]): void
  /** Unblocks these, and delivers those that are pending. */
  unblock(signals: readonly SignalName[]): void
  /** The blocked signals. */
  blocked(): readonly SignalName[]
}
