import type { Redactor } from '../../lib/redactor/redactor.ts'
import { isHideable } from '../../lib/redactor/secret-forms.ts'
import { looksSecret } from '../../lib/secrets.ts'
import type { Plan, Task } from '../../plan/plan.ts'
import { factsOf } from '../../plan/steps/step-facts.ts'
import type { RunEvent } from '../../run/events.ts'
import type { RunResult } from '../../run/run-result.ts'
import { commandsOf } from '../preview/host-checks.ts'

// Texts by users and programs. Names (of tasks, sets, objects) are not changed, because they are used for lookups.
const TEXTS: ReadonlySet<string> = new Set(['text', 'message', 'reason', 'hint', 'stderr', 'stderrTail', 'notes', 'taps', 'command', 'covers'])

/**
 * A copy of the event in which each secret is replaced by "…" in all texts, also in errors and their causes. Output of programs is already without
 * secrets; this is for all other texts, such as answers of servers.
 */
export function redactEvent(event: RunEvent, redactor: Redactor): RunEvent {
  if (event.kind === 'object-progress' || redactor.isEmpty()) return event
  return withHidden(event, redactor.hide) as RunEvent
}

/** The same for the result of a run. */
export function redactResult(result: RunResult, redactor: Redactor): RunResult {
  return redactor.isEmpty() ? result : (withHidden(result, redactor.hide) as RunResult)
}

function withHidden(value: unknown, hide: (text: string) => string, isText = false): unknown {
  if (typeof value === 'string') return isText ? hide(value) : value
  if (Array.isArray(value)) return value.map((it) => withHidden(it, hide, isText))
  if (value instanceof Error) return errorWithHidden(value, hide)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, withHidden(it, hide, TEXTS.has(key))]))
}

// Other properties of a library's error may be large, and are not used.
const SAID_BY_ERRORS: ReadonlySet<string> = new Set([...TEXTS, 'stages', 'cause'])

/** Keeps its class, and its stack without the secrets. */
function errorWithHidden(error: Error, hide: (text: string) => string): Error {
  const { stack: _, ...own } = Object.getOwnPropertyDescriptors(error)
  const stack = { value: hide(error.stack ?? ''), configurable: true, writable: true }
  const hidden = Object.entries(own).map(([key, it]) => {
    const isSaid = SAID_BY_ERRORS.has(key) && 'value' in it
    return [key, isSaid ? { ...it, value: withHidden(it.value, hide, TEXTS.has(key)) } : it] as const
  })
  return Object.create(Object.getPrototypeOf(error) as object, { ...Object.fromEntries(hidden), stack }) as Error
}

/** Plain text values of the plan's environments whose names suggest a secret, and passwords of databases. */
export function plainSecretsOf({ tasks, parts = new Map<string, Task>() }: Plan): ReadonlySet<string> {
  const steps = [...tasks.values(), ...parts.values()].flatMap((task) => task.steps)
  const commands = steps.flatMap(commandsOf)
  const passwords = steps
    .flatMap((step) => factsOf(step).files)
    .flatMap((files) => (files.kind === 'dumps' && files.server.password?.kind === 'plain' ? [files.server.password.value] : []))
  const values = commands.flatMap(({ environment }) =>
    Object.entries(environment.values).flatMap(([name, value]) => (typeof value === 'string' && looksSecret(name) ? [value] : [])),
  )
  return new Set([...values, ...passwords].filter(isHideable))
}
