import { type Command, commandName, describeAccepted, describeCommand } from '../plan/command.ts'
import type { ProcessError, StageFacts } from './result.ts'
import type { Child, ChildExit } from './start-child.ts'
import type { StderrTail } from './stderr-tail.ts'
import type { Tap } from './tap.ts'

/** One process of a pipeline while it runs and after. */
export interface Stage {
  readonly command: Command
  readonly child: Child
  readonly stderr: StderrTail
  /** Of a step's command whose stdout somebody is told; read as its stderr is. */
  readonly stdout?: StderrTail
  readonly taps: readonly Tap[]
  /** Set once it has ended. */
  exit?: ChildExit
  endedMs?: number
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

/** Reads what it has said; called when it has ended. */
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

/** `"tar" ended with exit code 2, accepted is 0..1: /bin/tar -cf - /etc`. */
export function describeEnd(command: Command, exit: ChildExit): string {
  const how =
    exit.signal === null ? `ended with exit code ${exit.code}, accepted is ${describeAccepted(command.accept)}` : `was ended by ${exit.signal}`
  return `"${commandName(command)}" ${how}: ${describeCommand(command)}`
}

export function programName(command: Command): string {
  return command.argv[0].slice(command.argv[0].lastIndexOf('/') + 1)
}

/** The options of a `ProcessError` about this stage. */
export function blame(stage: Stage, all: readonly Stage[]): NonNullable<ConstructorParameters<typeof ProcessError>[2]> {
  return { stderrTail: stage.stderr.text(), stages: all.map(factsOf) }
}
