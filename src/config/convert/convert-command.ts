import type { AcceptedCodes, Command } from '../../plan/command.ts'
import { commandName } from '../../plan/command.ts'
import type { Remarks } from './remarks.ts'

/** A value of the new configuration: what YAML can express; maps keep their order. */
export type NewValue = string | number | boolean | readonly NewValue[] | ReadonlyMap<string, NewValue>

// The distinctions that the system makes.
const LAST_CODE = 255

/** A command in the native format. An empty environment is the default of a converted configuration, so it is omitted. */
export function convertCommand(command: Command, remarks: Remarks): NewValue {
  const { argv, accept, showStdout, showStderr } = command
  const environment = variablesOf(command, remarks)
  const more = new Map<string, NewValue>()
  if (environment.size > 0) more.set('environment-exactly', environment)
  if (accept.min !== 0 || accept.max !== 0) more.set('accept', acceptedWords(accept))
  if (showStdout !== 'always') more.set('stdout', showStdout)
  if (showStderr !== 'verbose') more.set('stderr', showStderr)
  return more.size === 0 ? argv : new Map<string, NewValue>([['argv', argv], ...more])
}

function acceptedWords({ min, max }: AcceptedCodes): string {
  if (min > max || min > LAST_CODE) return 'none'
  const last = Math.min(max, LAST_CODE)
  return min === last ? String(min) : `${min}-${last}`
}

function variablesOf(command: Command, remarks: Remarks): ReadonlyMap<string, string> {
  const variables = new Map<string, string>()
  for (const [name, value] of Object.entries(command.environment.values)) {
    if (typeof value !== 'string') continue
    if (name === '' || name.includes('=') || name === '__proto__')
      remarks.add(`An environment variable of "${commandName(command)}" was omitted: its name is invalid.`)
    // Nothing was expanded before, and nothing must be expanded now.
    else
      variables.set(
        name,
        value.replaceAll('${', () => '$${'),
      )
  }
  return variables
}
