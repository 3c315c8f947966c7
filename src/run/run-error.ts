import { AppError, errorsOf, messageOf, systemCode } from '../lib/errors.ts'

export type RunErrorKind = 'locked' | 'interrupted' | 'too-long' | 'system' | 'internal' | 'unsupported' | 'misconfigured' | 'mount-failed' | 'ticket'

/** A failure of the run itself; errors of its steps keep their class. */
export class RunError extends errorsOf('run')<RunErrorKind> {}

/** Anything thrown, as an `AppError`. An unexpected error is `run/system` if it comes from the system, otherwise `run/internal`: a bug. */
export function asAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  const kind = systemCode(thrown)?.startsWith('E') && !systemCode(thrown)?.startsWith('ERR_') ? 'system' : 'internal'
  return new RunError(kind, messageOf(thrown), { cause: thrown })
}
