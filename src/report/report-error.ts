import { type ErrorFacts, errorsOf } from '../lib/errors.ts'

/**
 * `unreachable`: the other side could not be spoken to. `refused`: it was, and did not take it. `too-late`: the limits were over. `failed`: the program that
 * should deliver it did not. `template`: a text cannot be filled in.
 */
export type ReportErrorKind = 'unreachable' | 'refused' | 'too-late' | 'failed' | 'template'

/** A message that was not made or not delivered. No text of it holds a secret. */
export class ReportError extends errorsOf('report')<ReportErrorKind> {
  /** Whether it may go well when it is tried again. */
  readonly mayPass: boolean
  /** What the other side said about when to try again. */
  readonly retryAfterMs: number | undefined
  /** The exit code of the program that should deliver it. */
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
