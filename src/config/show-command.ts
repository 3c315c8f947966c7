import { type Command, describeAccepted, describeCommand } from '../plan/command.ts'

/** A command on one line with how it is run, where that is said: `/bin/tar -cf - /etc (accepts 0..1, as user "backup", nice 10)`; less what is `known`. */
export function commandLine(command: Command, known: readonly string[] = []): string {
  const words = [...acceptedWords(command), ...surroundingWords(command)].filter((it) => !known.includes(it))
  return words.length === 0 ? describeCommand(command) : `${describeCommand(command)} (${words.join(', ')})`
}

/** A pipeline on one line; below it, once, how all of its commands are run. */
export function pipelineLines(stages: readonly Command[]): readonly string[] {
  const [first, ...others] = stages.map(surroundingWords)
  const shared = others.length === 0 ? [] : (first ?? []).filter((word) => others.every((it) => it.includes(word)))
  return [stages.map((stage) => commandLine(stage, shared)).join(' | '), ...(shared.length === 0 ? [] : [`for each command: ${shared.join(', ')}`])]
}

/** As whom, how nicely and where a command is run; nothing where it is run as we are. */
export function surroundingWords({ user, nice, ionice, workingFolder }: Command): readonly string[] {
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
