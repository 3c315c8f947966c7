import type { SignalName } from '../plan/command.ts'

/**
 * How signals reach a run. Given by the program's entry, which alone may install handlers.
 *
 * A signal is open or held back. An open TERM, HUP, INT or QUIT stops the run: `stop` is aborted, once. One that is held back stays
 * pending, and gets through when it is let through. What never came, and what is still pending at the end, has no effect.
 */
export interface Signals {
  /** Aborted by the first signal that ends the run, or by an uncaught exception. Its reason is a `RunError`. */
  readonly stop: AbortSignal
  /** The signal by which the process is to terminate after the run has been rolled back. */
  stoppedBy(): SignalName | undefined
  /** From now on these are held back. KILL and STOP cannot be, which is no error (sigprocmask(2)). */
  block(signals: readonly SignalName[]): void
  /** Lets these through again, and with them what came meanwhile. */
  unblock(signals: readonly SignalName[]): void
  /** What is held back now. */
  blocked(): readonly SignalName[]
}
