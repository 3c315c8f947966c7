import { looksSecret } from '../../plan/mask-secrets.ts'
import type { Plan, Task } from '../../plan/plan.ts'
import { factsOf } from '../../plan/steps/step-facts.ts'
import { commandsOf } from '../preview/host-checks.ts'

// Shorter ones would be found in half of all words.
const MIN_CHARS = 4

/** The values of the plan's environments whose names say that they are secrets, and passwords of databases, that stand there in plain text. */
export function plainSecretsOf({ tasks, parts = new Map<string, Task>() }: Plan): ReadonlySet<string> {
  const steps = [...tasks.values(), ...parts.values()].flatMap((task) => task.steps)
  const commands = steps.flatMap(commandsOf)
  const passwords = steps
    .flatMap((step) => factsOf(step).files)
    .flatMap((files) => (files.kind === 'dumps' && files.server.password?.kind === 'plain' ? [files.server.password.value] : []))
  const values = commands.flatMap(({ environment }) =>
    Object.entries(environment.values).flatMap(([name, value]) => (typeof value === 'string' && looksSecret(name) ? [value] : [])),
  )
  return new Set([...values, ...passwords].filter((value) => value.length >= MIN_CHARS))
}
