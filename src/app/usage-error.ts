import { AppError } from '../lib/errors.ts'

/** What was asked for is wrong; nothing was done. */
export class UsageError extends AppError {
  readonly code = 'cli/usage'
}
