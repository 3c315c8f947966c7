import type { ConfigChoice } from '../../app/host/load-plan.ts'
import type { RootChoices } from '../../app/host/wire.ts'
import { UsageError } from '../../app/usage-error.ts'
import { parseDuration } from '../../lib/format.ts'

/** The options of all commands. */
export interface GlobalOptions extends ConfigChoice {
  /** Errors only. */
  readonly quiet: boolean
  /** Number of `-v` options. */
  readonly verbose: number
}

/** A parsed command line, checked against the description of the command. */
export interface Invocation {
  readonly args: readonly string[]
  /** By long name in camel case. Absent: not given. */
  readonly options: Readonly<Record<string, unknown>>
  readonly global: GlobalOptions
}

/** At least 1 (errors only); `planVerbosity` is used if the command line sets no verbosity. */
export function effectiveVerbosity({ quiet, verbose }: GlobalOptions, planVerbosity = 3): number {
  if (quiet) return 1
  return verbose > 0 ? 3 + verbose : planVerbosity
}

export function hasFlag({ options }: Invocation, name: string): boolean {
  return options[name] === true
}

export function rootChoices(invocation: Invocation): RootChoices {
  return { acceptRoot: hasFlag(invocation, 'acceptRoot'), trustRoot: hasFlag(invocation, 'trustRoot') }
}

/** The milliseconds of an option such as `--stall-limit 6h`, or `fallbackMs`; 0: no limit. */
export function durationOption({ options }: Invocation, name: string, fallbackMs: number): number {
  const text = options[name]
  if (typeof text !== 'string') return fallbackMs
  const durationMs = parseDuration(text)
  if (durationMs !== undefined) return durationMs
  throw new UsageError(`invalid duration "${text}"`, { hint: 'Write a number with a unit, such as 90s, 10m, 6h or 2d; 0 means no limit.' })
}
