import { AppError } from '../lib/errors.ts'
import { parseDuration } from '../lib/format.ts'

/** What every command understands. */
export interface GlobalOptions {
  /** The name that the program was called by. */
  readonly invokedAs: string
  /** Where it lies under that name, absolute, links left alone; absent where the launcher does not say it. */
  readonly invokedPath?: string
  /** Errors only. */
  readonly quiet: boolean
  /** How often `-v` was given. */
  readonly verbose: number
  readonly file?: string
  /** A configuration that others could have written is used all the same, its includes and secrets too. */
  readonly allowsUnsafe?: boolean
}

/** The option, as messages name it. */
export const ALLOW_UNSAFE = '--allow-unsafe-permissions'

/** One command as the person typed it, checked against the command's own description. */
export interface Invocation {
  readonly args: readonly string[]
  /** By long name in camel case. Absent = not given. */
  readonly options: Readonly<Record<string, unknown>>
  readonly global: GlobalOptions
}

/** The command line is wrong; nothing was done. */
export class UsageError extends AppError {
  readonly code = 'cli/usage'
}

/** From 1 (errors only) on; `planVerbosity` counts where the command line says nothing. */
export function effectiveVerbosity({ quiet, verbose }: GlobalOptions, planVerbosity = 3): number {
  if (quiet) return 1
  return verbose > 0 ? 3 + verbose : planVerbosity
}

export function hasFlag({ options }: Invocation, name: string): boolean {
  return options[name] === true
}

/** What the command line says of the roots of storages. */
export interface RootChoices {
  /** Taken as they are mounted now, whatever is remembered. */
  readonly acceptRoot: boolean
  /** Whoever can write in them, or on the way to them, is trusted. */
  readonly trustRoot: boolean
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
