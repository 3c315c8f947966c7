import { type Key, StorageError } from './storage.ts'
import { quoted } from './system-errors.ts'

/** Throws `storage/broken` for what is no key: absolute, empty, with `.`, `..` or empty parts, or with a NUL. Nothing below a root is left by a key. */
export function assertKey(key: Key): void {
  if (!isKey(key)) throw new StorageError('broken', `${quoted(key)} is no path inside a storage`)
}

export function isKey(key: string): boolean {
  return !key.includes('\0') && key.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}
