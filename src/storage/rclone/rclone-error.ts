import { printable } from '../../lib/format.ts'
import { maskSecrets } from '../../plan/mask-secrets.ts'
import { StorageError, type StorageErrorKind } from '../storage.ts'

/** What rclone answered to a call of its remote control that it could not carry out. */
export interface Refusal {
  readonly status: number
  readonly text: string
}

interface Meaning {
  readonly pattern: RegExp
  readonly kind: StorageErrorKind
  readonly hint?: string
}

// What is absent mostly comes with the status 404. These are of remotes that meet something else of that name, a file in the way to it, or nothing any
// more. No others: a key of SSH that is missing has the same words in its text, and an unusable remote must not be taken for an empty one.
const NOT_FOUND =
  /^(?:failed to find object: )?(?:is a directory not a file|lstat .*: not a directory|remove .*: no such file or directory|file does not exist)$|^error in ListJSON: (?:failed to read directory entry: .*: not a directory|List failed: is a file not a directory)$/u

/** The first that matches counts. Texts of rclone, its libraries, and the servers that it talks to. */
const MEANINGS: readonly Meaning[] = [
  { pattern: NOT_FOUND, kind: 'not-found' },
  {
    pattern: /didn't find section in config file/u,
    kind: 'broken',
    hint: 'Make the remote by "rclone config" as the user that runs this, or name the file that has it in "config".',
  },
  { pattern: /couldn't find method/u, kind: 'broken', hint: 'This rclone is too old: install 1.60 or newer.' },
  {
    pattern: /key mismatch|host key mismatch/u,
    kind: 'denied',
    hint: 'The server shows another host key than the one known: find out why before you correct it, as somebody may stand in between.',
  },
  {
    pattern: /knownhosts: key is unknown|key is unknown|no hostkeys? found/u,
    kind: 'denied',
    hint: 'Write the line that "ssh-keyscan HOST" prints into the file of known hosts, once you have compared it with the server.',
  },
  {
    pattern: /known_hosts|knownhosts: open/u,
    kind: 'denied',
    hint: 'Make the file of known hosts, for example by connecting once with ssh.',
  },
  {
    pattern: /unable to authenticate|permission denied|access ?denied|forbidden|unauthori[sz]ed|invalid_grant|token expired|InvalidAccessKeyId/iu,
    kind: 'denied',
    hint: 'Look at the user, key or password of the remote, and at what that user may do there.',
  },
  {
    pattern: /no space left|quota|insufficient storage|disk (?:is )?full|\b507\b/iu,
    kind: 'full',
    hint: 'Free space there, or lower the limits of what is kept.',
  },
  {
    pattern:
      /connection refused|no such host|no route to host|unreachable|timeout|deadline exceeded|connection (?:lost|reset)|broken pipe|couldn't connect|\bEOF\b|use of closed network connection/iu,
    kind: 'unreachable',
    hint: 'Look whether the server is up and this host may reach it.',
  },
]

/** A refusal as a `StorageError` that says what was being done, where. */
export function rcloneError({ text, status }: Refusal, doing: string, label: string): StorageError {
  const { kind, hint } = MEANINGS.find(({ pattern }) => pattern.test(text)) ?? { kind: status === 404 ? ('not-found' as const) : ('broken' as const) }
  const [, shown = ''] = maskSecrets(['rclone', text])
  return new StorageError(kind, `cannot ${doing} on "${label}": rclone says: ${printable(shown)}`, { ...(hint !== undefined && { hint }) })
}

export function isNotFound(error: unknown): boolean {
  return error instanceof StorageError && error.code === 'storage/not-found'
}
