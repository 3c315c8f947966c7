import { FilesError } from '../files/folder.ts'
import { messageOf, systemCode } from '../lib/errors.ts'
import { printable } from '../lib/format.ts'
import { WRITE_ONCE_HINT } from '../process/pipeline/writer.ts'
import { StorageError, type StorageErrorKind } from './storage.ts'

/** What an error means for the administrator of a storage. */
export interface Meaning {
  readonly kind: StorageErrorKind
  readonly words: string
  readonly hint?: string
}

const MOUNT_HINT = 'Check that the file server is up and the file system is mounted; see also the kernel log.'

/** The errors of errno(3) that an administrator can correct. */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  Object.entries({
    ENOENT: { kind: 'not-found', words: 'no such file or folder' },
    EEXIST: { kind: 'exists', words: 'already exists' },
    ENOTEMPTY: { kind: 'exists', words: 'already exists' },
    EACCES: { kind: 'denied', words: 'permission denied', hint: 'Run as a user with write access, or correct owner and mode of the folder.' },
    EPERM: { kind: 'denied', words: 'operation not permitted', hint: 'It may belong to another user, or be immutable (see lsattr).' },
    EROFS: { kind: 'denied', words: 'read-only file system', hint: 'Mount it read-write; the kernel log may contain the reason.' },
    ENOSPC: {
      kind: 'full',
      words: 'no space left on device',
      hint: 'Free some space (see df) or inodes (see df -i), or keep fewer sets.',
    },
    EDQUOT: {
      kind: 'full',
      words: 'disk quota exceeded',
      hint: 'Raise the quota of the user or project, or keep fewer sets.',
    },
    EFBIG: { kind: 'full', words: 'file too large for this file system or for the limit of the process', hint: 'Check the limit with "ulimit -f".' },
    EIO: { kind: 'broken', words: 'input/output error', hint: 'The device may be failing: check the kernel log.' },
    EBADF: { kind: 'broken', words: 'bad file descriptor', hint: WRITE_ONCE_HINT },
    EBUSY: { kind: 'broken', words: 'resource busy', hint: 'Unmount the file system that is mounted there.' },
    EMFILE: { kind: 'broken', words: 'too many open files', hint: 'Raise the limit of open files (ulimit -n).' },
    ENFILE: { kind: 'broken', words: 'too many open files on this host' },
    ENOTDIR: { kind: 'broken', words: 'a part of the path is not a folder' },
    EISDIR: { kind: 'broken', words: 'is a folder' },
    ELOOP: { kind: 'broken', words: 'is a symbolic link' },
    EXDEV: { kind: 'broken', words: 'not on the same file system as its root' },
    EINVAL: { kind: 'broken', words: 'rejected by the file system', hint: 'Some file systems do not support colons in names.' },
    ENAMETOOLONG: { kind: 'broken', words: 'the name is too long for this file system' },
    ESTALE: { kind: 'unreachable', words: 'stale file handle', hint: MOUNT_HINT },
    ENOTCONN: { kind: 'unreachable', words: 'the file system is not connected', hint: MOUNT_HINT },
    EHOSTDOWN: { kind: 'unreachable', words: 'the file server is down', hint: MOUNT_HINT },
    EHOSTUNREACH: { kind: 'unreachable', words: 'the file server is unreachable', hint: MOUNT_HINT },
    ETIMEDOUT: { kind: 'unreachable', words: 'no answer from the file server', hint: MOUNT_HINT },
    ENODEV: { kind: 'unreachable', words: 'the device is missing', hint: MOUNT_HINT },
    ENXIO: { kind: 'unreachable', words: 'the device is missing', hint: MOUNT_HINT },
  }),
)

/** A thrown error as a `StorageError` with operation and path: `could not write "/x": no space left on device`. A `StorageError` is returned unchanged. */
export function storageErrorOf(thrown: unknown, doing: string, path: string | Buffer): StorageError {
  if (thrown instanceof StorageError) return thrown
  const subject = `${doing} ${quoted(path)}`
  if (thrown instanceof Error && thrown.name === 'AbortError')
    return new StorageError('aborted', `stopped before completion: ${subject}`, { cause: thrown })
  if (thrown instanceof FilesError)
    return new StorageError('broken', `could not ${subject}: ${thrown.message}`, {
      cause: thrown,
      ...(thrown.hint !== undefined && { hint: thrown.hint }),
    })
  const meaning = MEANINGS.get(systemCode(thrown) ?? '')
  if (meaning === undefined) return new StorageError('broken', `could not ${subject}: ${messageOf(thrown)}`, { cause: thrown })
  return new StorageError(meaning.kind, `could not ${subject}: ${meaning.words}`, { cause: thrown, ...(meaning.hint && { hint: meaning.hint }) })
}

/** Runs `work`; its errors become `StorageError`s with the operation and the path. */
export async function naming<T>(doing: string, path: string | Buffer, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw storageErrorOf(thrown, doing, path)
  }
}

/** Throws `storage/aborted` if the signal is aborted, so that nothing new is started. */
export function refuseAborted(signal: AbortSignal, doing: string): void {
  if (signal.aborted) throw new StorageError('aborted', `stopped before: ${doing}`, { cause: signal.reason })
}

/** A path in double quotes on one line; invalid UTF-8 becomes U+FFFD. */
export function quoted(path: string | Buffer): string {
  return `"${printable(path.toString())}"`
}
