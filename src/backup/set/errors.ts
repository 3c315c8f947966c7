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
  | 'lost'
  | 'lease-lost'
  | 'no-room'
  | 'not-loaded'
  | 'not-proven'
  | 'not-mounted'
  | 'no-source'
  | 'inside-storage'
  | 'incomplete-set'

/**
 * A set could not be made, found or read. `rotation-failed`: the new set is published and kept, but cannot be read, or an old one could not be removed.
 * `storage-failed`: one of several storages does not get the set. `partly-published`: some storages have the set and keep it, others failed.
 * `archive-failed`: the set is published and kept, but some of its objects could not be moved to the archive. `in-the-way`: a target of a restore
 * exists. `not-put-back`: a restore failed, and the files that it had replaced are kept in the named folder. `lost`: the file
 * system of the destination did not store the restored files. `taken`: the name exists already.
 * `conflict`: two different sets with the same name. `lease-lost`: the unfinished set may belong to another run, so it was not published.
 * `no-room`: no free space for a copy of an object. `not-mounted`: a source requires a file system that is not mounted. `no-source`: a path of a source does not exist. `incomplete-set`: a set was published without objects
 * that failed. `inside-storage`: a source is
 * inside of the storage of its own sets. `not-loaded`: a dump was not loaded into a database, for the reason in the message.
 * `not-proven`: a drill of the set failed.
 */
export class BackupError extends errorsOf('backup')<BackupErrorKind> {}
