import { formatDuration } from '../lib/format.ts'
import type { CheckSpec } from '../plan/check.ts'
import { type Command, describeAccepted, describeCommand } from '../plan/command.ts'
import { describeFreeSpace } from '../plan/steps/describe-step.ts'

/** The settings of a check, one per line. */
export function checkLines(check: CheckSpec): readonly string[] {
  return [...ownLines(check), `timeout: ${formatDuration(check.timeoutMs)}`]
}

function ownLines(check: CheckSpec): readonly string[] {
  switch (check.kind) {
    case 'dnssec':
      return [
        `resolver: ${check.resolver ?? 'default of this host'}${check.port === undefined ? '' : `, port ${check.port}`}`,
        `signature lifetime: warn below ${formatDuration(check.warnMs)}, fail below ${formatDuration(check.failMs)}`,
      ]
    case 'disk-space':
      return [
        `free space: warn below ${describeFreeSpace(check.warn)}, fail below ${describeFreeSpace(check.fail)}`,
        `free inodes: warn below ${check.warnInodesPercent} %, fail below ${check.failInodesPercent} %`,
      ]
    case 'freshness':
      return [`age: ${ageWords(check)}`]
    case 'exec':
      return surroundingWords(check.command)
    default:
      return check satisfies never
  }
}

function ageWords({ warnMs, failMs }: Extract<CheckSpec, { kind: 'freshness' }>): string {
  if (warnMs === undefined && failMs === undefined) return "derived from the task's schedule"
  const words = [
    ...(warnMs === undefined ? [] : [`warn above ${formatDuration(warnMs)}`]),
    ...(failMs === undefined ? [] : [`fail above ${formatDuration(failMs)}`]),
  ]
  return words.join('; ')
}

/** A command on one line with its environment, if set: `/bin/tar -cf - /etc (accepts 0..1, as user "backup", nice 10)`; without the parts in `known`. */
export function commandLine(command: Command, known: readonly string[] = []): string {
  const words = [...acceptedWords(command), ...surroundingWords(command)].filter((it) => !known.includes(it))
  return words.length === 0 ? describeCommand(command) : `${describeCommand(command)} (${words.join(', ')})`
}

/** A pipeline on one line; below it, the common environment of all its commands. */
export function pipelineLines(stages: readonly Command[]): readonly string[] {
  const [first, ...others] = stages.map(surroundingWords)
  const shared = others.length === 0 ? [] : (first ?? []).filter((word) => others.every((it) => it.includes(word)))
  return [stages.map((stage) => commandLine(stage, shared)).join(' | '), ...(shared.length === 0 ? [] : [`for each command: ${shared.join(', ')}`])]
}

/** User, priority and folder of a command; empty if they are those of Holdfast. */
function surroundingWords({ user, nice, ionice, workingFolder }: Command): readonly string[] {
  return [
    ...(user === undefined ? [] : [`as user ${JSON.stringify(user)}`]),
    ...(nice === undefined ? [] : [`nice ${nice}`]),
    ...(ionice === undefined ? [] : [`ionice ${ionice.class}${ionice.level === undefined ? '' : ` ${ionice.level}`}`]),
    ...(workingFolder === undefined ? [] : [`in ${JSON.stringify(workingFolder)}`]),
  ]
}

function acceptedWords({ accept: { min, max } }: Command): readonly string[] {
  return min === 0 && max === 0 ? [] : [`accepts ${describeAccepted({ min, max })}`]
}
