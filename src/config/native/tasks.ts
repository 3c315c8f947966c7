import type { Report } from '../../document/issue-report.ts'
import { describeNode, itemsOf, type LocatedNode, locationOf, memberOf, membersOf } from '../../document/yaml/node.ts'
import { findCycle } from '../../lib/find-cycle.ts'
import { quoted } from '../../lib/quoted.ts'
import type { ScheduleSpec, Task } from '../../plan/plan.ts'
import { factsOf } from '../../plan/steps/step-facts.ts'
import { TimesError } from '../../plan/times/recurrence.ts'
import { parseTimes } from '../../plan/times/times.ts'
import type { Context, Defaults } from './context.ts'
import { compileNotify } from './notify/notify.ts'
import { checkForm } from './schema/check-form.ts'
import { type TaskInput, taskShell } from './schema/tasks.ts'
import { innerSettings } from './settings.ts'
import { compileStep } from './steps/steps.ts'
import { reportSharedRoots, rootOf, stepAt } from './storages/shared-roots.ts'

/** Compiles `tasks` independently of each other, so that an error in one does not hide those of others. */
export function compileTasks(tasks: LocatedNode | undefined, defaults: Defaults, context: Context): ReadonlyMap<string, Task> {
  const entries = membersOf(tasks)
  const compiled = new Map(entries.map((entry) => [entry.key, compileTask(entry, defaults, context)] as const))
  const good = new Map([...compiled].flatMap(([name, task]) => (task ? [[name, task] as const] : [])))
  reportCycle(good, entries, context)
  reportSharedRoots(good, entries, context)
  reportNothingToCopy(good, entries, context)
  return good
}

function compileTask(entry: LocatedNode & { readonly key: string }, outer: Defaults, context: Context): Task | undefined {
  const { report } = context
  if (entry.key === '') report.error(locationOf(entry), 'a task must have a name')
  const input = checkForm(entry, taskShell, report)
  const stepsAt = memberOf(entry, 'steps')
  if (stepsAt && stepsAt.node.kind !== 'list')
    report.error(locationOf(stepsAt), `expected a list, found ${describeNode(stepsAt.node)}`, 'Start each step with a dash: "- exec: [program]".')
  const defaults = { ...outer, settings: innerSettings(outer.settings, input ?? {}, { at: entry, report }) }
  const steps = itemsOf(stepsAt).map((it) => compileStep(it, { task: entry.key, defaults, context }))
  const schedule = input && compileSchedule(input, entry, report)
  if (!input || !steps.every((it) => it !== undefined)) return undefined
  return {
    name: entry.key,
    steps,
    ...(input.description !== undefined && { description: input.description }),
    ...(schedule && { schedule }),
    ...(input.timeout !== undefined && input.timeout > 0 && { timeoutMs: input.timeout }),
    ...(input.workers !== undefined && { workers: input.workers }),
    ...notifyOf(input, entry, { defaults: outer, context }),
  }
}

function notifyOf(
  input: TaskInput,
  entry: LocatedNode,
  { defaults, context }: { readonly defaults: Defaults; readonly context: Context },
): Pick<Task, 'notify'> {
  const at = memberOf(entry, 'notify')
  const rules = input.notify !== undefined && at ? compileNotify(input.notify, at, context) : defaults.notify
  return rules === undefined || rules.length === 0 ? {} : { notify: rules }
}

type Entries = readonly (LocatedNode & { readonly key: string })[]

function reportCycle(tasks: ReadonlyMap<string, Task>, entries: Entries, { report }: Context): void {
  const cycle = findCycle(tasks.keys(), (name) => (tasks.get(name)?.steps ?? []).flatMap((step) => factsOf(step).task ?? []))
  const entry = entries.find((it) => it.key === cycle?.[0])
  if (!cycle || !entry) return
  const step = stepAt(entry, tasks.get(entry.key)?.steps.findIndex((it) => it.kind === 'task' && it.task === cycle[1]) ?? 0)
  if (cycle.length === 2) report.error(locationOf(step), `task ${quoted(entry.key)} runs itself`)
  else report.error(locationOf(step), `tasks run each other in a cycle: ${cycle.map(quoted).join(' → ')}`)
}

/** Copying sets of another configuration, or of a removed step, is valid; but a wrong name is more likely. */
function reportNothingToCopy(tasks: ReadonlyMap<string, Task>, entries: Entries, { report }: Context): void {
  const steps = [...tasks.values()].flatMap((task) => task.steps)
  const fillers = new Set(
    steps.flatMap((step) => (step.kind === 'backup' ? step.targets : step.kind === 'copy' ? [step.to] : [])).map(({ storage }) => rootOf(storage)),
  )
  for (const entry of entries)
    for (const [index, step] of (tasks.get(entry.key)?.steps ?? []).entries())
      if (step.kind === 'copy' && !fillers.has(rootOf(step.from.storage)))
        report.warn(
          locationOf(stepAt(entry, index)),
          `no step of this configuration stores sets named ${quoted(step.name)} on ${quoted(step.from.name ?? '')}`,
          'Set "name" to the name of the backup step that makes them.',
        )
}

/** Compiles `schedule` and related keys. Each time is parsed once here, so that errors are reported at their locations. */
function compileSchedule({ schedule, jitter, 'catch-up': catchUp }: TaskInput, task: LocatedNode, report: Report): ScheduleSpec | undefined {
  const at = memberOf(task, 'schedule')
  if (schedule === undefined || !at) {
    for (const idle of ['jitter', 'catch-up']) {
      const idleAt = memberOf(task, idle)
      if (idleAt) report.warn(locationOf(idleAt), `"${idle}" has no effect without "schedule"`)
    }
    return undefined
  }
  const words = [schedule].flat()
  const places = at.node.kind === 'list' ? itemsOf(at) : [at]
  for (const [index, text] of words.entries()) checkWords(text, places[index] ?? at, report)
  return { words, jitterMs: jitter ?? 0, catchUp: catchUp ?? false }
}

function checkWords(text: string, at: LocatedNode, report: Report): void {
  try {
    parseTimes(text)
  } catch (error) {
    if (!(error instanceof TimesError)) throw error
    report.error(locationOf(at), error.message, error.hint)
  }
}
