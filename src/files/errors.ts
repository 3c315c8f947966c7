import { AppError } from '../lib/errors.ts'

export type FilesErrorKind = 'bad-name' | 'not-regular' | 'too-large' | 'not-private' | 'unsafe' | 'mounted'

/** Why something was not opened, read or removed although the system would have allowed it. What the system itself refuses is thrown as it comes. */
export class FilesError extends AppError {
  readonly code: `files/${FilesErrorKind}`

  constructor(kind: FilesErrorKind, message: string, options?: { readonly cause?: unknown; readonly hint?: string }) {
    super(message, options)
    this.code = `files/${kind}`
  }
}
