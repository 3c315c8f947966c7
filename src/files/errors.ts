import { errorsOf } from '../lib/errors.ts'

export type FilesErrorKind = 'bad-name' | 'not-regular' | 'too-large' | 'not-private' | 'unsafe' | 'mounted'

/** Why something was not opened, read or removed although the system would have allowed it. What the system itself refuses is thrown as it comes. */
export class FilesError extends errorsOf('files')<FilesErrorKind> {}
