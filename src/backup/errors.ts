import { AppError } from '../lib/errors.ts'

export type BackupErrorKind =
  | 'no-set'
  | 'unfinished'
  | 'legacy'
  | 'newer'
  | 'damaged'
  | 'incomplete'
  | 'reserved-path'
  | 'no-free-name'
  | 'rotation-failed'
  | 'no-begin-time'

/** A set could not be made, found or understood. `rotation-failed`: the new set is published and stays, an old one could not be removed. */
export class BackupError extends AppError {
  readonly code: `backup/${BackupErrorKind}`

  constructor(kind: BackupErrorKind, message: string, options?: { readonly cause?: unknown; readonly hint?: string | undefined }) {
    super(message, options)
    this.code = `backup/${kind}`
  }
}
