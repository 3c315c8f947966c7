import { readSmall } from '../../files/read-small.ts'
import { printable } from '../../lib/format.ts'
import type { NotifierSpec } from '../../plan/notify.ts'
import type { Plan, Step, Task } from '../../plan/plan.ts'
import { commandsOfCheck } from '../../plan/steps/step-facts.ts'
import { whyUnreadable } from '../../plan/why-unreadable.ts'
import { neverOccurs } from '../../schedule/never-occurs.ts'
import { askOnce } from './ask-once.ts'
import { type CommandDeps, checkCommands } from './check-commands.ts'
import { checkStep } from './check-step.ts'
import { type Finding, warning } from './finding.ts'

/** A part of a plan, whose requirements can be examined by themselves. */
export interface PlanPart {
  /** `task "x"` */
  readonly name: string
  examine(): Promise<readonly Finding[]>
}

/** Why runs of all tasks of a plan would fail on this host now, why their notifications could not be sent, and why its checks would have no result. */
export async function checkPlan(plan: Plan, deps: CommandDeps): Promise<readonly Finding[]> {
  const parts = partsOf(plan, undefined, deps)
  const found = new Map<PlanPart, readonly Finding[]>()
  await examineParts(parts, async (part) => found.set(part, await part.examine()))
  return parts.flatMap((part) => found.get(part) ?? [])
}

/** The parts of these tasks; absent: of the whole plan. A program that several of them ask the same question is started once. */
export function partsOf(plan: Plan, tasks: readonly Task[] | undefined, { host, processes }: CommandDeps): readonly PlanPart[] {
  const deps = { host, processes: askOnce(processes) }
  const ofTasks = (tasks ?? [...plan.tasks.values()]).flatMap((task) => [
    { name: nameOf(task), examine: async () => checkSchedule(task, host.clock()) },
    ...task.steps.map((step) => ({ name: nameOf(task), examine: () => checkStepOf(task, step, { plan, ...deps }) })),
  ])
  if (tasks !== undefined) return ofTasks
  const { notifiers = new Map<string, NotifierSpec>(), bootReport } = plan
  const senders = [...new Set([...notifiers.values(), ...(bootReport?.to ?? [])])]
  return [...ofTasks, { name: 'checks', examine: () => checkChecks(plan, deps) }, { name: 'notifiers', examine: () => checkNotifiers(senders, deps) }]
}

// More would slow down each other on a small host; with fewer, one server without an answer delays all.
const AT_ONCE = 4

/** Examines parts in their order, a few at a time. */
export async function examineParts<P>(parts: readonly P[], examine: (part: P) => Promise<unknown>): Promise<void> {
  const rest = parts.values()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const part of rest) await examine(part)
    }),
  )
}

function nameOf({ name }: Task): string {
  return `task "${printable(name)}"`
}

/** Schedules that never occur. */
function checkSchedule(task: Task, now: Date): readonly Finding[] {
  const { schedule } = task
  if (schedule === undefined || !neverOccurs(schedule, now)) return []
  return [warning(`the schedule ${schedule.words.map((it) => `"${printable(it)}"`).join(', ')} never occurs (${nameOf(task)})`)]
}

async function checkStepOf(task: Task, step: Step, deps: Parameters<typeof checkStep>[1]): Promise<readonly Finding[]> {
  const { findings } = await checkStep(step, deps)
  return findings.map((it) => ({ ...it, message: `${it.message} (${nameOf(task)})` }))
}

async function checkChecks({ checks = new Map() }: Plan, deps: CommandDeps): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for (const [name, check] of checks) {
    const commands = commandsOfCheck(check)
    const { findings } = await checkCommands(commands, commands, deps)
    found.push(...findings.map((it) => ({ ...it, ...warning(`${it.message} (check "${printable(name)}")`) })))
  }
  return found
}

/** Why notifications could not be sent: that does not change the result of a run. */
export async function checkNotifiers(notifiers: readonly NotifierSpec[], deps: CommandDeps): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for (const it of new Set(notifiers)) {
    // A program that is looked up in the environment of a later run cannot be checked now.
    const isUnknown = it.kind === 'mailx' && it.inheritsAll && !it.command.argv[0].includes('/')
    const { findings } = await checkCommands('command' in it && !isUnknown ? [it.command] : [], [it], deps)
    const all = [...findings, ...('caFile' in it && it.caFile !== undefined ? await checkFile(it.caFile) : [])]
    found.push(...all.map((finding) => ({ ...finding, ...warning(`${finding.message} (notifier "${printable(it.name)}")`) })))
  }
  return found
}

async function checkFile(path: string): Promise<readonly Finding[]> {
  const why = await readSmall(path).then(() => undefined, whyUnreadable)
  return why === undefined ? [] : [warning(`could not read the certificates in "${printable(path)}": ${why}`)]
}
