import { AppError } from '../lib/errors.ts'

/** No recorded run, or more than one, matches the id. In a file of its own: it is caught without loading the query builder. */
export class NoRunError extends AppError {
  readonly code = 'journal/no-run'
}
