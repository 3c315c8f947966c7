import { maskSecrets } from '../../lib/secrets.ts'
import { type Command, commandName, describeAccepted } from '../../plan/command.ts'
import type { StderrTail } from '../pipes/stderr-tail.ts'
import type { Tap } from '../pipes/tap.ts'
import type { ProcessError, StageFacts } from '../process-result.ts'
import type { Child, ChildExit } from './start-child.ts'

/** One process of a pipeline, while it runs and afterwards. */
export interface Stage {
  readonly command: Command
  readonly child: Child
  readonly stderr: StderrTail
  /** For a step's command whose stdout is observed; read like its stderr. */
  readonly stdout?: StderrTail
  readonly taps: readonly Tap[]
  /** Set once it has ended. */
  exit?: ChildExit
  endedMs?: number
  /** Although its exit code is not accepted. */
  hasSucceeded?: boolean
}

export function isAccepted(command: Command, exit: ChildExit): boolean {
  return exit.code !== null && exit.code >= command.accept.min && exit.code <= command.accept.max
}

export function factsOf(stage: Stage): StageFacts {
  const { exit } = stage
  return {
    program: programName(stage.command),
    ...(stage.command.execId !== undefined && { execId: stage.command.execId }),
    pid: stage.child.pid,
    ...(exit?.code != null && { exitCode: exit.code }),
    ...(exit?.signal != null && { signal: exit.signal }),
    durationMs: Math.round((stage.endedMs ?? performance.now()) - stage.child.startedMs),
    stderrTail: stage.stderr.text(),
    ...(stage.taps.length > 0 && { taps: stage.taps.map((tap) => tap.value()) }),
  }
}

/** Reads its remaining output; called when it has ended. */
export function takeRest({ stderr, stdout, taps }: Stage): void {
  stderr.pipe.takeRest()
  stdout?.pipe.takeRest()
  for (const tap of taps) tap.takeRest()
}

export function stopReading({ stderr, stdout, taps }: Stage): void {
  stderr.pipe.stop()
  stdout?.pipe.stop()
  for (const tap of taps) tap.stop()
}

// Programs of Holdfast itself state the whole cause, after its name.
const OWN_MESSAGE = /^holdfast: (?<message>could not .*)$/u

/**
 * `pg_dump failed (exit code 1): error: connection to server failed`: with the last line of its stderr, in which probable secrets are masked. Only that line if
 * it is a message of Holdfast itself.
 */
export function describeEnd(command: Command, exit: ChildExit, stderr: string): string {
  const { min, max } = command.accept
  const accepted = min === 0 && max === 0 ? '' : `, accepted: ${describeAccepted(command.accept)}`
  const how = exit.signal === null ? `exit code ${exit.code}${accepted}` : `killed by ${exit.signal}`
  const last = lastLine(command, stderr)
  const own = exit.signal === null ? OWN_MESSAGE.exec(last)?.groups?.['message'] : undefined
  if (own !== undefined) return own
  return `${commandName(command)} failed (${how})${last === '' ? '' : `: ${last}`}`
}

const MOST_CHARACTERS = 300

// What programs print after the cause: GNU tar; age(1); clients of PostgreSQL and libpq; MariaDB; rsync; OpenLDAP; Node.js for an error that was not caught,
// and when it ends itself.
const NOT_A_CAUSE = [
  /^\S+: (?:Exiting with failure status|Error is not recoverable: exiting now|report unexpected or unhelpful errors at )/u,
  /^\S+: (?:detail: (?!Error message from server: )|hint: )|^(?:DETAIL|HINT|CONTEXT|STATEMENT|QUERY|LINE \d+): /u,
  /^(?:password retrieved from file |Is the server running |\^$)/u,
  /^Fatal error in defaults handling/u,
  /^rsync error: .*\(see previous errors\)/u,
  /^slap\w+: bad configuration (?:file|directory)!$/u,
  /^at \S.*:\d+\)?(?: \{)?$|^at .*\((?:<anonymous>|index \d+|native)\)(?: \{)?$|^errno: -?\d+,?$|^(?:code|syscall|path|dest): '.*',?$|^\}$|^Node\.js v\d/u,
  /^-+ (?:Native|JavaScript) stack trace -+$|^\d+: (?:0x)?[\da-f]{6,} |^#$/u,
]

// Words of pg_dump before a message of the server; the mark of V8.
const BEFORE_CAUSE = /^(?:detail: Error message from server: |# +)/u

/** The last nonempty line that may be the cause, without the name of the program before it; the last one if none of them may. */
function lastLine(command: Command, stderr: string): string {
  const lines = stderr.split(/[\r\n]+/u).map((line) => line.trim())
  const written = lines.filter((line) => line !== '')
  const last = written.findLast((line) => !NOT_A_CAUSE.some((it) => it.test(line))) ?? written.at(-1) ?? ''
  const prefix = `${programName(command)}: `
  const cause = (last.startsWith(prefix) ? last.slice(prefix.length) : last).replace(BEFORE_CAUSE, '')
  const text = maskSecrets(['', cause])[1] ?? ''
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS - 1)}…`
}

export function programName(command: Command): string {
  return command.argv[0].slice(command.argv[0].lastIndexOf('/') + 1)
}

/** The options of a `ProcessError` about this stage. */
export function causeFacts(stage: Stage, all: readonly Stage[]): NonNullable<ConstructorParameters<typeof ProcessError>[2]> {
  return { stderrTail: stage.stderr.text(), stages: all.map(factsOf) }
}
