import { FilesError } from '../files/errors.ts'
import { messageOf, systemCode } from '../lib/errors.ts'
import { printable } from '../lib/format.ts'
import { StorageError, type StorageErrorKind } from './storage.ts'

interface Meaning {
  readonly kind: StorageErrorKind
  readonly words: string
  readonly hint?: string
}

const MOUNT_HINT = 'Look whether the file server is up and the file system mounted; the kernel log may say more.'

/** The errors of errno(3) that an administrator can do something about. */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  Object.entries({
    ENOENT: { kind: 'not-found', words: 'there is no such file or folder' },
    EEXIST: { kind: 'exists', words: 'something of that name is there already' },
    ENOTEMPTY: { kind: 'exists', words: 'something of that name is there already' },
    EACCES: { kind: 'denied', words: 'permission denied', hint: 'Run as a user who may write there, or correct owner and mode of the folder.' },
    EPERM: { kind: 'denied', words: 'operation not permitted', hint: 'It may belong to another user, or be immutable (see lsattr).' },
    EROFS: { kind: 'denied', words: 'the file system is read-only', hint: 'Mount it read-write; the kernel log may say why it became read-only.' },
    ENOSPC: {
      kind: 'full',
      words: 'no space is left on the device',
      hint: 'Free space (see df) or inodes (see df -i), or lower the limits of what is kept.',
    },
    EDQUOT: {
      kind: 'full',
      words: 'the disk quota is used up',
      hint: 'Raise the quota of the user or project, or lower the limits of what is kept.',
    },
    EFBIG: { kind: 'full', words: 'the file is too large for this file system or for the limit of the process', hint: 'See ulimit -f.' },
    EIO: { kind: 'broken', words: 'input/output error', hint: 'The device may be failing: look into the kernel log.' },
    EBUSY: { kind: 'broken', words: 'it is busy', hint: 'Something is mounted there: unmount it.' },
    EMFILE: { kind: 'broken', words: 'too many open files', hint: 'Raise the limit of open files (ulimit -n).' },
    ENFILE: { kind: 'broken', words: 'too many open files on this host' },
    ENOTDIR: { kind: 'broken', words: 'a part of the path is not a folder' },
    EISDIR: { kind: 'broken', words: 'it is a folder' },
    ELOOP: { kind: 'broken', words: 'it is a symbolic link' },
    EXDEV: { kind: 'broken', words: 'it lies on another file system than its root' },
    EINVAL: { kind: 'broken', words: 'the file system refuses this', hint: 'Some file systems refuse colons in names.' },
    ENAMETOOLONG: { kind: 'broken', words: 'the name is too long for this file system' },
    ESTALE: { kind: 'unreachable', words: 'the file server does not know it any more', hint: MOUNT_HINT },
    ENOTCONN: { kind: 'unreachable', words: 'the file system is not connected', hint: MOUNT_HINT },
    EHOSTDOWN: { kind: 'unreachable', words: 'the file server is down', hint: MOUNT_HINT },
    EHOSTUNREACH: { kind: 'unreachable', words: 'the file server cannot be reached', hint: MOUNT_HINT },
    ETIMEDOUT: { kind: 'unreachable', words: 'the file server does not answer', hint: MOUNT_HINT },
    ENODEV: { kind: 'unreachable', words: 'the device is gone', hint: MOUNT_HINT },
    ENXIO: { kind: 'unreachable', words: 'the device is gone', hint: MOUNT_HINT },
  }),
)

/**
 * Anything thrown while doing something with a path, as a `StorageError` that names both: `cannot write "/x": no space is left on the device`.
 * A `StorageError` is handed back as it is.
 */
export function storageErrorOf(thrown: unknown, doing: string, path: string | Buffer): StorageError {
  if (thrown instanceof StorageError) return thrown
  const subject = `${doing} ${quoted(path)}`
  if (thrown instanceof Error && thrown.name === 'AbortError')
    return new StorageError('aborted', `stopped before the end: ${subject}`, { cause: thrown })
  if (thrown instanceof FilesError)
    return new StorageError('broken', `cannot ${subject}: ${thrown.message}`, {
      cause: thrown,
      ...(thrown.hint !== undefined && { hint: thrown.hint }),
    })
  const meaning = MEANINGS.get(systemCode(thrown) ?? '')
  if (meaning === undefined) return new StorageError('broken', `cannot ${subject}: ${messageOf(thrown)}`, { cause: thrown })
  return new StorageError(meaning.kind, `cannot ${subject}: ${meaning.words}`, { cause: thrown, ...(meaning.hint && { hint: meaning.hint }) })
}

/** Runs `work`; whatever it throws becomes a `StorageError` that says what was being done with which path. */
export async function naming<T>(doing: string, path: string | Buffer, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw storageErrorOf(thrown, doing, path)
  }
}

/** Starts nothing new after an abort: throws `storage/aborted`. */
export function refuseAborted(signal: AbortSignal, doing: string): void {
  if (signal.aborted) throw new StorageError('aborted', `stopped before: ${doing}`, { cause: signal.reason })
}

/** A path in double quotes on one line; bytes that are no UTF-8 show as U+FFFD. */
export function quoted(path: string | Buffer): string {
  return `"${printable(path.toString())}"`
}
