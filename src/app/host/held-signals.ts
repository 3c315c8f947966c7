import type { SignalName } from '../../plan/command.ts'
import { RunError } from '../../run/run-error.ts'
import type { Signals } from '../../run/signals.ts'

/** Installs a handler and returns a function that removes it; then the signal has its default effect again. */
export type Listen = (signal: SignalName, handler: () => void) => () => void

export interface HeldSignals extends Signals {
  /** Ignores these signals permanently, as the caller did. */
  ignore(signals: readonly SignalName[]): void
  ignored(): readonly SignalName[]
  /** From now on, TERM, HUP, INT and QUIT stop the run instead of killing the process. */
  arm(): void
  isArmed(): boolean
  /** Stops the run because of an uncaught error. */
  fail(error: unknown): void
  /** Removes all handlers. */
  disarm(): void
}

/** The signals that stop a run. */
export const STOPPING: readonly SignalName[] = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT']

// KILL and STOP cannot be caught. The others are raised by errors in the program itself, or used by the runtime.
const NEVER_OURS: readonly SignalName[] = ['SIGKILL', 'SIGSTOP', 'SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGPROF', 'SIGCHLD']

// Signals that are ignored or only suspend the process by default (signal(7)): nothing to catch up on.
const HARMLESS: readonly SignalName[] = ['SIGCONT', 'SIGURG', 'SIGWINCH', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU']

/** Signals that wait while they are blocked. Installs handlers only with `listen`, and none before `arm` or `block`. */
export function holdSignals(listen: Listen): HeldSignals {
  const stop = new AbortController()
  const handlers = new Map<SignalName, () => void>()
  const held = new Set<SignalName>()
  const pending = new Set<SignalName>()
  const ignored = new Set<SignalName>()
  let armed = false
  let stoppedBy: SignalName | undefined

  const getThrough = (signal: SignalName) => {
    // A second signal must not disturb the rollback for the first one.
    if (stop.signal.aborted || HARMLESS.includes(signal)) return
    stoppedBy = signal
    stop.abort(new RunError('interrupted', `stopped by ${signal}`))
  }
  const arrive = (signal: SignalName) => {
    if (ignored.has(signal)) return
    if (held.has(signal)) pending.add(signal)
    else getThrough(signal)
  }
  const watch = (signal: SignalName) => {
    if (handlers.has(signal) || NEVER_OURS.includes(signal)) return
    const silence = listen(signal, () => arrive(signal))
    handlers.set(signal, silence)
  }
  return {
    stop: stop.signal,
    stoppedBy: () => stoppedBy,
    blocked: () => [...held],
    isArmed: () => armed,
    ignored: () => [...ignored],
    ignore(signals) {
      for (const signal of signals) {
        ignored.add(signal)
        watch(signal)
      }
    },
    arm() {
      armed = true
      for (const signal of STOPPING) watch(signal)
    },
    block(signals) {
      for (const signal of signals.filter((it) => it !== 'SIGKILL' && it !== 'SIGSTOP')) {
        held.add(signal)
        watch(signal)
      }
    },
    unblock(signals) {
      for (const signal of signals) {
        held.delete(signal)
        if (pending.delete(signal)) getThrough(signal)
      }
    },
    fail(error) {
      if (!stop.signal.aborted) stop.abort(error)
    },
    disarm() {
      for (const silence of handlers.values()) silence()
      handlers.clear()
    },
  }
}
