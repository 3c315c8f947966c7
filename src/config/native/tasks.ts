import { findCycle } from '../../legacy/palhm/cycle.ts'
import { quoted } from '../../legacy/palhm/report.ts'
import type { Step, Task } from '../../plan/plan.ts'
import type { Context, Defaults } from './context.ts'
import { compileSchedule } from './schedule.ts'
import { checkForm } from './schema/check-form.ts'
import { taskShell } from './schema/tasks.ts'
import { innerSettings } from './settings.ts'
import { compileStep } from './steps.ts'
import { describeNode, itemsOf, memberOf, membersOf, type Placed, spotOf } from './yaml/node.ts'

/** Compiles `tasks`, each on its own, so that a fault in one does not hide those of the next. */
export function compileTasks(tasks: Placed | undefined, defaults: Defaults, context: Context): ReadonlyMap<string, Task> {
  const entries = membersOf(tasks)
  const compiled = new Map(entries.map((entry) => [entry.key, compileTask(entry, defaults, context)] as const))
  const good = new Map([...compiled].flatMap(([name, task]) => (task ? [[name, task] as const] : [])))
  tellCircle(good, entries, context)
  tellSharedRoots(good, entries, context)
  return good
}

function compileTask(entry: Placed & { readonly key: string }, outer: Defaults, context: Context): Task | undefined {
  const { report } = context
  if (entry.key === '') report.error(spotOf(entry), 'a task needs a name')
  const input = checkForm(entry, taskShell, report)
  const stepsAt = memberOf(entry, 'steps')
  if (stepsAt && stepsAt.node.kind !== 'list')
    report.error(spotOf(stepsAt), `a list is expected, not ${describeNode(stepsAt.node)}`, 'Each step begins with a dash: "- exec: [program]".')
  const defaults = { ...outer, settings: innerSettings(outer.settings, input ?? {}, { at: entry, report }) }
  const steps = itemsOf(stepsAt).map((it) => compileStep(it, { task: entry.key, defaults, context }))
  if (!input || !steps.every((it) => it !== undefined)) return undefined
  const schedule = compileSchedule(input, entry, report)
  return {
    name: entry.key,
    steps,
    ...(input.description !== undefined && { description: input.description }),
    ...(schedule && { schedule }),
    ...(input.timeout !== undefined && input.timeout > 0 && { timeoutMs: input.timeout }),
    ...(input.workers !== undefined && { workers: input.workers }),
  }
}

type Entries = readonly (Placed & { readonly key: string })[]

function tellCircle(tasks: ReadonlyMap<string, Task>, entries: Entries, { report }: Context): void {
  const cycle = findCycle(tasks.keys(), (name) => (tasks.get(name)?.steps ?? []).flatMap((step) => (step.kind === 'task' ? [step.task] : [])))
  const entry = entries.find((it) => it.key === cycle?.[0])
  if (!cycle || !entry) return
  const step = stepPlace(entry, tasks.get(entry.key)?.steps.findIndex((it) => it.kind === 'task' && it.task === cycle[1]) ?? 0)
  if (cycle.length === 2) report.error(spotOf(step), `task ${quoted(entry.key)} runs itself`)
  else report.error(spotOf(step), `tasks run each other in a circle: ${cycle.map(quoted).join(' → ')}`)
}

/** Two steps with one folder would take each other's sets for their own, and expire them. */
function tellSharedRoots(tasks: ReadonlyMap<string, Task>, entries: Entries, { report }: Context): void {
  const owners = new Map<string, string>()
  for (const entry of entries)
    for (const [index, step] of (tasks.get(entry.key)?.steps ?? []).entries()) {
      const root = rootOf(step)
      const owner = root === undefined ? undefined : owners.get(root)
      if (owner !== undefined)
        report.error(
          spotOf(stepPlace(entry, index)),
          `the sets would lie in the same folder as those of ${owner}`,
          'Give the step a "name" of its own.',
        )
      else if (root !== undefined) owners.set(root, `step ${index + 1} of task ${quoted(entry.key)}`)
    }
}

function rootOf(step: Step): string | undefined {
  return step.kind === 'backup' && step.storage.kind === 'localfs' ? step.storage.root : undefined
}

function stepPlace(entry: Placed, index: number): Placed {
  return itemsOf(memberOf(entry, 'steps'))[index] ?? entry
}
