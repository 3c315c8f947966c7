import { AppError } from '../../lib/errors.ts'

/** Tasks cannot be enabled as requested; nothing was changed. */
export class CannotEnable extends AppError {
  readonly code = 'cli/cannot-enable'
}
