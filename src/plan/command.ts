import { printable } from '../lib/format.ts'
import { maskSecrets } from '../lib/secrets.ts'
import type { JoinedSecret, QuotedSecret, SecretRef } from './secret.ts'

/** The usual locations of programs, including those of the administrator; the PATH of cron and units often lacks these. */
export const SYSTEM_PATH: readonly string[] = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** Signal names as spelled by the kernel, with "SIG". */
export type SignalName = NodeJS.Signals

/** The exit codes that mean success, inclusive. Termination by a signal is never accepted. An empty range (min > max) accepts nothing. */
export interface AcceptedCodes {
  readonly min: number
  readonly max: number
}

/**
 * The environment of a command. `exactly` passes these values and nothing else, not even PATH. Values may be secrets: they are passed only to the
 * child process, never to a message, a manifest or an event.
 */
export interface Environment {
  readonly kind: 'exactly'
  readonly values: Readonly<Record<string, string | SecretRef | JoinedSecret>>
  /** The names among them that are inherited from Holdfast's environment: not configured, so not shown. */
  readonly inherited?: readonly string[]
}

/**
 * A descriptor that the program receives in addition to stdin, stdout and stderr; the first one is 3 and accessible as `/dev/fd/3`.
 *
 * `secret-file`: an unnamed file (0600, in memory) that contains the joined parts. Nothing of it remains, even after a kill. `open-file`: the file or
 * folder of an open descriptor, opened again for reading. `tap`: a pipe that Holdfast reads while the program writes it; `lines` counts line breaks,
 * `blocks` counts blocks that end with an empty line, `members` counts the lines of a long listing of tar and adds the sizes of regular files, `tail` keeps
 * the last 512 bytes and passes everything on to the caller of the pipeline, `end` only keeps them.
 */
export type Extra =
  | { readonly kind: 'secret-file'; readonly parts: readonly (string | SecretRef | QuotedSecret)[] }
  | { readonly kind: 'open-file'; readonly fd: number }
  | { readonly kind: 'tap'; readonly collect: TapCollects }

export type TapCollects = 'lines' | 'blocks' | 'members' | 'tail' | 'end'

/** When a stream of a child process is shown: at every verbosity, from `verbose` on, or never. The stderr of a failed child process is always shown. */
export type Visibility = 'always' | 'verbose' | 'never'

/** One program to start, without a shell. */
export interface Command {
  /** As configured; `argv[0]` without a slash is looked up in `searchPath`, never in Holdfast's own PATH. */
  readonly argv: readonly [string, ...string[]]
  /** The id of the shared definition, for messages and the manifest. */
  readonly execId?: string
  readonly environment: Environment
  /** Folders that a bare program name is looked up in, in order. */
  readonly searchPath: readonly string[]
  readonly accept: AcceptedCodes
  /** For the command of a step: whether its stdout is shown. The stdout of a stage is the pipe. */
  readonly showStdout: Visibility
  readonly showStderr: Visibility
  /** Absent: that of the caller. */
  readonly workingFolder?: string
  /** The name of a user, with all its groups. Absent: the user of Holdfast. */
  readonly user?: string
  /** Added to the niceness of Holdfast. */
  readonly nice?: number
  readonly ionice?: { readonly class: 'idle' | 'best-effort'; readonly level?: number }
  readonly extras?: readonly Extra[]
  /**
   * Reads stdin to its end and writes stdout only, in the same way to a regular file as to a pipe; reports a failed write by its exit code, and leaves
   * no process behind that holds its stdout. As the last stage, it may write the file of an object itself.
   */
  readonly isFilter?: true
}

/** The command as typed by a user, with secrets masked and only the names of the environment: `P=… /bin/tar -cf - /etc`. For messages, never for a shell. */
export function describeCommand(command: Command): string {
  const { values, inherited = [] } = command.environment
  const names = Object.keys(values).flatMap((name) => (inherited.includes(name) ? [] : [`${name}=… `]))
  return `${names.join('')}${maskSecrets(command.argv).map(printable).join(' ')}`
}

/** The short name of a command in messages: the exec's id if it has one, otherwise the program's base name. */
export function commandName(command: Command): string {
  return command.execId ?? command.argv[0].slice(command.argv[0].lastIndexOf('/') + 1)
}

/** `0`, `0..1`, `nothing`. */
export function describeAccepted({ min, max }: AcceptedCodes): string {
  if (min > max) return 'nothing'
  return min === max ? String(min) : `${min}..${max}`
}
