import { printable } from '../../lib/format.ts'
import { maskSecrets } from '../../lib/secrets.ts'
import { StorageError, type StorageErrorKind } from '../storage.ts'

/** The answer of rclone to a failed call of its remote control. */
export interface Refusal {
  readonly status: number
  readonly text: string
}

interface Meaning {
  readonly pattern: RegExp
  readonly kind: StorageErrorKind
  readonly hint?: string
}

// Missing objects are mostly reported with the status 404. These are errors of remotes that find something else with that name, a file as a parent,
// or nothing. No other errors: a missing SSH key has the same words in its text, and an unusable remote must not be treated as an empty one.
const NOT_FOUND =
  /^(?:failed to find object: )?(?:is a directory not a file|lstat .*: not a directory|remove .*: no such file or directory|file does not exist)$|^error in ListJSON: (?:failed to read directory entry: .*: not a directory|List failed: is a file not a directory)$/u

/** The first match is used. Texts of rclone, its libraries, and the servers. */
const MEANINGS: readonly Meaning[] = [
  { pattern: NOT_FOUND, kind: 'not-found' },
  {
    pattern: /didn't find section in config file/u,
    kind: 'broken',
    hint: 'Create the remote with "rclone config" as the user who runs Holdfast, or set "config" to the file that defines it.',
  },
  {
    // OpenSSH: EINVAL and ENAMETOOLONG.
    pattern: /SSH_FX_BAD_MESSAGE/u,
    kind: 'broken',
    hint: 'The file system of the server does not accept this name: because of its length, or of a character (a colon on exFAT or SMB).',
  },
  {
    pattern: /SSH_FX_FAILURE/u,
    kind: 'broken',
    hint: 'The server gave no reason. Check on the server: free space, the quota of the user, permissions, and whether the file system is read-only.',
  },
  {
    pattern: /SSH_FX_OP_UNSUPPORTED/u,
    kind: 'broken',
    hint: 'The server does not support this operation. Check which SFTP server it is, and its restrictions for this user.',
  },
  { pattern: /couldn't find method/u, kind: 'broken', hint: 'Install rclone 1.60 or newer.' },
  {
    pattern: /key mismatch|host key mismatch/u,
    kind: 'denied',
    hint: 'The host key of the server differs from the known one. Find out why before you replace it: the connection may be intercepted.',
  },
  {
    pattern: /knownhosts: key is unknown|key is unknown|no hostkeys? found/u,
    kind: 'denied',
    hint: 'Compare the output of "ssh-keyscan HOST" with the host key of the server, then add it to the known-hosts file.',
  },
  {
    pattern: /known_hosts|knownhosts: open/u,
    kind: 'denied',
    hint: 'Create the known-hosts file, for example by connecting once with ssh.',
  },
  {
    pattern: /unable to authenticate|permission denied|access ?denied|forbidden|unauthori[sz]ed|invalid_grant|token expired|InvalidAccessKeyId/iu,
    kind: 'denied',
    hint: 'Check the user, key or password of the remote, and the permissions of that user.',
  },
  {
    pattern: /no space left|quota|insufficient storage|disk (?:is )?full|\b507\b/iu,
    kind: 'full',
    hint: 'Free some space there, or keep fewer sets.',
  },
  {
    pattern:
      /connection refused|no such host|no route to host|unreachable|timeout|deadline exceeded|connection (?:lost|reset)|broken pipe|couldn't connect|\bEOF\b|use of closed network connection/iu,
    kind: 'unreachable',
    hint: 'Check whether the server is up, and reachable from this host.',
  },
]

/** An error as a `StorageError` with the operation and the location. */
export function rcloneError({ text, status }: Refusal, doing: string, label: string): StorageError {
  const { kind, hint } = MEANINGS.find(({ pattern }) => pattern.test(text)) ?? { kind: status === 404 ? ('not-found' as const) : ('broken' as const) }
  const [, shown = ''] = maskSecrets(['rclone', text])
  return new StorageError(kind, `could not ${doing} on "${label}": rclone: ${printable(shown)}`, { ...(hint !== undefined && { hint }) })
}

export function isNotFound(error: unknown): boolean {
  return error instanceof StorageError && error.code === 'storage/not-found'
}
