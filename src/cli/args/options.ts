import type { ConfigChoice } from '../../app/host/load-plan.ts'
import type { RootChoices } from '../../app/host/wire.ts'
import { UsageError } from '../../app/usage-error.ts'
import { parseDuration } from '../../lib/format.ts'

/** What every command understands. */
export interface GlobalOptions extends ConfigChoice {
  /** Errors only. */
  readonly quiet: boolean
  /** How often `-v` was given. */
  readonly verbose: number
}

/** One command as the person typed it, checked against the command's own description. */
export interface Invocation {
  readonly args: readonly string[]
  /** By long name in camel case. Absent = not given. */
  readonly options: Readonly<Record<string, unknown>>
  readonly global: GlobalOptions
}

/** From 1 (errors only) on; `planVerbosity` counts where the command line says nothing. */
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

/** The milliseconds of an option such as `--stall-limit 6h`, or `fallbackMs`; 0 = no limit. */
export function durationOption({ options }: Invocation, name: string, fallbackMs: number): number {
  const text = options[name]
  if (typeof text !== 'string') return fallbackMs
  const durationMs = parseDuration(text)
  if (durationMs !== undefined) return durationMs
  throw new UsageError(`invalid duration "${text}"`, { hint: 'Write a number with a unit, such as 90s, 10m, 6h or 2d; 0 means no limit.' })
}
