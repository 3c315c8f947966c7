import { AppError, messageOf, systemCode } from '../lib/errors.ts'

export type RunErrorKind = 'locked' | 'interrupted' | 'too-long' | 'system' | 'internal' | 'unsupported' | 'misconfigured' | 'mount-failed' | 'ticket'

/** A run that did not end well for a reason of its own; what its steps raise keeps their class. */
export class RunError extends AppError {
  readonly code: `run/${RunErrorKind}`

  constructor(kind: RunErrorKind, message: string, options?: { readonly cause?: unknown; readonly hint?: string | undefined }) {
    super(message, options)
    this.code = `run/${kind}`
  }
}

/** Whatever was thrown as one of our errors. What nobody foresaw is `run/system` when the system said it, else `run/internal`: a fault of ours. */
export function asAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  const kind = systemCode(thrown)?.startsWith('E') && !systemCode(thrown)?.startsWith('ERR_') ? 'system' : 'internal'
  return new RunError(kind, messageOf(thrown), { cause: thrown })
}
