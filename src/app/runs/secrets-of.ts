import type { FilesStep } from '../../plan/steps/describe-files-step.ts'
import { looksSecret } from '../../plan/mask-secrets.ts'
import type { Plan, Step, Task } from '../../plan/plan.ts'
import { plainPasswordsOf } from '../preview/commands-of-files.ts'
import { commandsOf } from '../preview/host-checks.ts'

// Shorter ones would be found in half of all words.
const MIN_CHARS = 4

/** The values of the plan's environments whose names say that they are secrets, and passwords of databases, that stand there in plain text. */
export function plainSecretsOf({ tasks, parts = new Map<string, Task>() }: Plan): ReadonlySet<string> {
  const steps = [...tasks.values(), ...parts.values()].flatMap((task) => task.steps)
  const commands = steps.flatMap(commandsOf)
  const passwords = steps.flatMap((step) => (isFilesStep(step) ? plainPasswordsOf(step) : []))
  const values = commands.flatMap(({ environment }) =>
    Object.entries(environment.values).flatMap(([name, value]) => (typeof value === 'string' && looksSecret(name) ? [value] : [])),
  )
  return new Set([...values, ...passwords].filter((value) => value.length >= MIN_CHARS))
}

const OTHER_KINDS: ReadonlySet<Step['kind']> = new Set(['exec', 'backup', 'copy', 'check', 'task', 'signals', 'issue'])

function isFilesStep(step: Step): step is FilesStep {
  return !OTHER_KINDS.has(step.kind)
}
