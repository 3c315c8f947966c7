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
  | 'level-1-unknown'

/** An archive was not made, or files were not copied or removed. Existing files are unchanged. */
export class ArchiveError extends errorsOf('archive')<ArchiveErrorKind> {}
