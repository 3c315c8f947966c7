import { errorsOf } from '../lib/errors.ts'

export type ArchiveErrorKind =
  | 'no-source'
  | 'exists'
  | 'scan-failed'
  | 'failed'
  | 'system'
  | 'aborted'
  | 'copy-failed'
  | 'expiry-failed'
  | 'bad-copy'
  | 'no-databases'
  | 'dump-failed'
  | 'bad-dump'
  | 'bad-archive'
  | 'unsafe'

/** An archive could not be made, files not copied or not removed. What had been there before is there still. */
export class ArchiveError extends errorsOf('archive')<ArchiveErrorKind> {}
