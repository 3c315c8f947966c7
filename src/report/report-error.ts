import { type ErrorFacts, errorsOf } from '../lib/errors.ts'

/**
 * `unreachable`: no connection to the other side. `refused`: the other side rejected it. `too-late`: the time limits were exceeded. `failed`: the
 * program that delivers it failed. `template`: a placeholder cannot be replaced.
 */
export type ReportErrorKind = 'unreachable' | 'refused' | 'too-late' | 'failed' | 'template'

/** A message could not be made or delivered. No text of the error contains a secret. */
export class ReportError extends errorsOf('report')<ReportErrorKind> {
  /** Whether a retry may succeed. */
  readonly mayPass: boolean
  /** The other side's instruction for a retry. */
  readonly retryAfterMs: number | undefined
  /** The exit code of the program that delivers it. */
  readonly exitCode: number | undefined

  constructor(
    kind: ReportErrorKind,
    message: string,
    options: ErrorFacts & {
      readonly mayPass?: boolean
      readonly retryAfterMs?: number | undefined
      readonly exitCode?: number | undefined
    } = {},
  ) {
    super(kind, message, options)
    this.mayPass = options.mayPass ?? false
    this.retryAfterMs = options.retryAfterMs
    this.exitCode = options.exitCode
  }
}
