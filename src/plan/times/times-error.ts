import { AppError } from '../../lib/errors.ts'

/** A text that names no time, with the part that is wrong and what would be right. */
export class TimesError extends AppError {
  readonly code = 'schedule/bad-times'
}
