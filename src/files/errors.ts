import { errorsOf } from '../lib/errors.ts'

export type FilesErrorKind = 'bad-name' | 'not-regular' | 'too-large' | 'not-private' | 'unsafe' | 'mounted'

/** Why an entry was not opened, read or removed although the system would have permitted it. Errors of the system are thrown unchanged. */
export class FilesError extends errorsOf('files')<FilesErrorKind> {}
