import type { SignalName } from '../../plan/command.ts'
import { RunError } from '../../run/run-error.ts'
import type { Signals } from '../../run/signals.ts'

/** Installs a handler; what it returns takes it away, after which the signal has its default effect again. */
export type Listen = (signal: SignalName, handler: () => void) => () => void

export interface HeldSignals extends Signals {
  /** These do nothing to us, from now on and for good, as our caller wanted it. */
  ignore(signals: readonly SignalName[]): void
  ignored(): readonly SignalName[]
  /** From here on TERM, HUP, INT and QUIT stop the run instead of killing us where we stand. */
  arm(): void
  isArmed(): boolean
  /** Stops the run because of a fault that nobody caught. */
  fail(error: unknown): void
  /** Takes every handler away. */
  disarm(): void
}

/** The signals that stop a run. */
export const STOPPING: readonly SignalName[] = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT']

// KILL and STOP cannot be held back. The others are raised by a fault of the program itself, or the runtime lives on them.
const NEVER_OURS: readonly SignalName[] = ['SIGKILL', 'SIGSTOP', 'SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGPROF', 'SIGCHLD']

// What a process that handles nothing would shrug off, or be stopped by and go on (signal(7)): nothing to catch up on.
const HARMLESS: readonly SignalName[] = ['SIGCONT', 'SIGURG', 'SIGWINCH', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU']

/** Signals that wait while they are held back. Installs handlers only through `listen`, and none before `arm` or `block`. */
export function holdSignals(listen: Listen): HeldSignals {
  const stop = new AbortController()
  const handlers = new Map<SignalName, () => void>()
  const held = new Set<SignalName>()
  const pending = new Set<SignalName>()
  const deaf = new Set<SignalName>()
  let armed = false
  let stoppedBy: SignalName | undefined

  const getThrough = (signal: SignalName) => {
    // A second one while the first is being obeyed must not disturb the roll-back.
    if (stop.signal.aborted || HARMLESS.includes(signal)) return
    stoppedBy = signal
    stop.abort(new RunError('interrupted', `stopped by ${signal}`))
  }
  const arrive = (signal: SignalName) => {
    if (deaf.has(signal)) return
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
    ignored: () => [...deaf],
    ignore(signals) {
      for (const signal of signals) {
        deaf.add(signal)
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
