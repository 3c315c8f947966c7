import { AppError } from '../lib/errors.ts'

/** No recorded run has that name, or several have it. */
export class NoRunError extends AppError {
  readonly code = 'journal/no-run'
}
