import { AppError } from '../lib/errors.ts'

/** The request is invalid; nothing was done. */
export class UsageError extends AppError {
  readonly code = 'cli/usage'
}
