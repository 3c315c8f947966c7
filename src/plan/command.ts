import { printable } from '../lib/format.ts'
import { maskSecrets } from '../lib/secrets.ts'
import type { JoinedSecret, QuotedSecret, SecretRef } from './secret.ts'

/** Where the programs of a host are, those of its administrator among them; cron and units often have a PATH without these. */
export const SYSTEM_PATH: readonly string[] = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** Names of signals as the kernel spells them, with "SIG". */
export type SignalName = NodeJS.Signals

/** Which exit codes mean success, both ends included. A death by signal is never accepted. An empty range (min > max) accepts nothing. */
export interface AcceptedCodes {
  readonly min: number
  readonly max: number
}

/**
 * What a command's environment is. `exactly` hands over these values and nothing else, not even PATH.
 * Values may be secrets: they go to the child alone, never into a message, a manifest or an event.
 */
export interface Environment {
  readonly kind: 'exactly'
  readonly values: Readonly<Record<string, string | SecretRef | JoinedSecret>>
  /** Names among them that come from our own environment: nothing that anybody configured, so nothing to tell. */
  readonly inherited?: readonly string[]
}

/**
 * A descriptor that the program gets beside stdin, stdout and stderr; the first is 3 and reachable as `/dev/fd/3`.
 *
 * `secret-file`: a file without a name (0600, in memory) that holds the parts joined. Nothing of it stays behind, whatever kills us.
 * `open-file`: the file or folder that a descriptor of ours is open on, opened anew for reading.
 * `tap`: a pipe that we read while the program writes it; `lines` counts line breaks, `blocks` what ends with an empty line, `tail` keeps the last 512 bytes.
 */
export type Extra =
  | { readonly kind: 'secret-file'; readonly parts: readonly (string | SecretRef | QuotedSecret)[] }
  | { readonly kind: 'open-file'; readonly fd: number }
  | { readonly kind: 'tap'; readonly collect: TapCollects }

export type TapCollects = 'lines' | 'blocks' | 'tail'

/** When a stream of a child reaches our own: at every verbosity, from `verbose` on, or never. A failing child's stderr is always told. */
export type Visibility = 'always' | 'verbose' | 'never'

/** One program to start, without any shell. */
export interface Command {
  /** As configured; `argv[0]` without a slash is looked up in `searchPath`, never in our own PATH. */
  readonly argv: readonly [string, ...string[]]
  /** The id of the shared definition that it came from, for messages and the manifest. */
  readonly execId?: string
  readonly environment: Environment
  /** Folders that a bare program name is looked up in, in order. */
  readonly searchPath: readonly string[]
  readonly accept: AcceptedCodes
  /** Of a step's command: whether its stdout is shown. A stage's stdout is the pipe. */
  readonly showStdout: Visibility
  readonly showStderr: Visibility
  /** Absent: the caller's. */
  readonly workingFolder?: string
  /** A user's name; its groups are all set. Absent: ours. */
  readonly user?: string
  /** Added to our own nice value. */
  readonly nice?: number
  readonly ionice?: { readonly class: 'idle' | 'best-effort'; readonly level?: number }
  readonly extras?: readonly Extra[]
}

/** The command as a person would type it, secrets hidden and the environment reduced to its names: `P=… /bin/tar -cf - /etc`. For messages, never for a shell. */
export function describeCommand(command: Command): string {
  const { values, inherited = [] } = command.environment
  const names = Object.keys(values).flatMap((name) => (inherited.includes(name) ? [] : [`${name}=… `]))
  return `${names.join('')}${maskSecrets(command.argv).map(printable).join(' ')}`
}

/** The short name of a command in messages: the exec's id when it has one, else the program's base name. */
export function commandName(command: Command): string {
  return command.execId ?? command.argv[0].slice(command.argv[0].lastIndexOf('/') + 1)
}

/** `0`, `0..1`, `nothing`. */
export function describeAccepted({ min, max }: AcceptedCodes): string {
  if (min > max) return 'nothing'
  return min === max ? String(min) : `${min}..${max}`
}
