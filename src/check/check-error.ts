import { AppError } from '../lib/errors.ts'

export type CheckErrorKind = 'failed' | 'unknown' | 'aborted'

/** Why a check that a task relies on did not let it go on. */
export class CheckError extends AppError {
  readonly code: `check/${CheckErrorKind}`

  constructor(kind: CheckErrorKind, message: string, options?: { readonly cause?: unknown; readonly hint?: string | undefined }) {
    super(message, options)
    this.code = `check/${kind}`
  }
}
