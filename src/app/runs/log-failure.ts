import { AppError } from '../../lib/errors.ts'

/** A log or the trigger file could not be written. */
export class LogFailure extends AppError {
  readonly code = 'app/log-failed'
}
