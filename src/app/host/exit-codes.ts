import type { SignalName } from '../../plan/command.ts'
import type { RunResult, RunStatus } from '../../run/run-result.ts'
import type { Signals } from '../../run/signals.ts'

/** All exit codes; `--help` and the reference print this table. A run stopped by a signal terminates by that signal instead. */
export const EXIT_CODES = {
  ok: [0, 'success'],
  failed: [1, 'failure, or the configuration could not be loaded'],
  misused: [2, 'invalid command line'],
  warnings: [3, 'succeeded with warnings (only with --strict); inconclusive (drill, verify --deep without a key)'],
  partial: [4, 'partially succeeded: not on all storages, or without some objects or files'],
  locked: [5, 'the same task is already running'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>

/** The exit codes of `check`, as of a plugin, with their words. */
export const CHECK_EXIT_CODES = {
  ok: [0, 'OK'],
  warn: [1, 'WARNING'],
  fail: [2, 'CRITICAL'],
  unknown: [3, 'UNKNOWN'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>

/** How the process ends: with an exit code, or by a signal. */
export interface Exit {
  readonly code: number
  readonly signal?: SignalName
  /** The caller has little time: operations that hang are not awaited. */
  readonly isUrgent?: boolean
  /** A command that replaces the process. The code is used if it cannot be started. */
  readonly replacedBy?: readonly string[]
}

export function exitWith(kind: keyof typeof EXIT_CODES): Exit {
  return { code: EXIT_CODES[kind][0] }
}

/** `strict`: warnings count. */
export function exitOfRun({ status, signal }: RunResult, strict: boolean): Exit {
  const code = EXIT_CODES[kindOf(status, strict)][0]
  return signal === undefined ? { code } : { code, signal }
}

function kindOf(status: RunStatus, strict: boolean): keyof typeof EXIT_CODES {
  if (status === 'interrupted') return 'failed'
  if (status === 'warnings') return strict ? 'warnings' : 'ok'
  return status
}

/** For a command that may have been stopped by a signal. */
export function exitOf(isGood: boolean, { stoppedBy }: Pick<Signals, 'stoppedBy'>): Exit {
  const signal = stoppedBy()
  return signal === undefined ? exitWith(isGood ? 'ok' : 'failed') : { ...exitWith('failed'), signal }
}
