import { errorsOf } from '../../lib/errors.ts'

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
  | 'storage-failed'
  | 'taken'
  | 'conflict'
  | 'partly-published'
  | 'archive-failed'
  | 'no-begin-time'
  | 'in-the-way'
  | 'not-put-back'
  | 'lease-lost'

/**
 * A set could not be made, found or understood. `rotation-failed`: the new set is published and stays, an old one could not be removed.
 * `storage-failed`: one of several storages cannot have the set. `partly-published`: some have it and keep it, others could not be given it in the end.
 * `archive-failed`: the set is published and stays, but not all of it is where it is to be kept.
 * `in-the-way`: a target of a restore is there already. `not-put-back`: a restore failed, and what it had replaced is kept in a folder that is named.
 * `taken`: something of that name is there already. `conflict`: two different sets of one name.
 * `lease-lost`: the set in the making may belong to another run by now, so it was not published.
 */
export class BackupError extends errorsOf('backup')<BackupErrorKind> {}
