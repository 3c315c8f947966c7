import { readSmall } from '../../files/read-small.ts'
import { printable } from '../../lib/format.ts'
import type { NotifierSpec } from '../../plan/notify.ts'
import type { Plan, Task } from '../../plan/plan.ts'
import { commandsOfCheck } from '../../plan/steps/step-facts.ts'
import { whyUnreadable } from '../../plan/why-unreadable.ts'
import { neverOccurs } from '../../schedule/never-occurs.ts'
import { type CommandDeps, checkCommands } from './check-commands.ts'
import { checkStep } from './check-step.ts'
import { type Finding, warning } from './finding.ts'

/** Why runs of all tasks of a plan would fail on this host now, why their notifications could not be sent, and why its checks would have no result. */
export async function checkPlan(plan: Plan, deps: CommandDeps): Promise<readonly Finding[]> {
  const { notifiers = new Map<string, NotifierSpec>(), bootReport, tasks } = plan
  return [
    ...(await checkTasks(plan, [...tasks.values()], deps)),
    ...(await checkChecks(plan, deps)),
    ...(await checkNotifiers([...notifiers.values(), ...(bootReport?.to ?? [])], deps)),
  ]
}

/** Why the steps of these tasks would fail, and schedules that never occur. */
export async function checkTasks(plan: Plan, tasks: readonly Task[], deps: CommandDeps): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for (const { name, steps, schedule } of tasks) {
    if (schedule !== undefined && neverOccurs(schedule, deps.host.clock()))
      found.push(warning(`the schedule ${schedule.words.map((it) => `"${printable(it)}"`).join(', ')} never occurs (task "${printable(name)}")`))
    for (const step of steps) {
      const { findings } = await checkStep(step, { plan, ...deps })
      found.push(...findings.map((it) => ({ ...it, message: `${it.message} (task "${printable(name)}")` })))
    }
  }
  return found
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
