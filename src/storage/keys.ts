import { type Key, StorageError } from './storage.ts'
import { quoted } from './system-errors.ts'

/** More than any storage supports (S3: 1,024 bytes; a path of Linux: 4,095). */
const LONGEST = 4096

/** Throws `storage/broken` for an invalid key: see `isKey`. */
export function assertKey(key: Key): void {
  if (!isKey(key)) throw new StorageError('broken', `${quoted(key.slice(0, LONGEST))} is not a path inside a storage`)
}

/**
 * Whether a text is a relative path that stays below the folder to which it is appended: not absolute, no empty part, no `.` or `..`, no NUL, not too
 * long. The single rule for all external texts that become paths: keys of a storage, paths in a manifest, targets of a restore.
 */
export function isKey(key: string): boolean {
  return key.length <= LONGEST && !key.includes('\0') && key.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}

/** Throws like `assertKey`. A prefix may be empty, and may end inside a part. */
export function assertPrefix(prefix: string): void {
  const folders = prefix.slice(0, Math.max(0, prefix.lastIndexOf('/')))
  if (prefix.startsWith('/') || prefix.includes('\0') || prefix.length > LONGEST || !(folders === '' || isKey(folders)))
    throw new StorageError('broken', `${quoted(prefix.slice(0, LONGEST))} is not a path inside a storage`)
}
