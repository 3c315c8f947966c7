import { itemsOf, type LocatedNode, locationOf, memberOf, membersOf } from '../../../document/yaml/node.ts'
import { quoted } from '../../../lib/quoted.ts'
import type { CheckSpec, FreshnessCheck } from '../../../plan/check.ts'
import type { Plan } from '../../../plan/plan.ts'
import { setStepsOf } from '../../../plan/steps/sets-of.ts'
import type { Context } from '../context.ts'

interface PlacedCheck {
  readonly check: CheckSpec
  readonly name?: string
  readonly at: LocatedNode
  /** For messages: `in "checks"`. */
  readonly where: string
}

type Checks = Pick<Plan, 'tasks' | 'checks'>

/** Errors that can be detected only when all tasks are known: duplicate check names, and freshness of tasks without sets. */
export function reportCheckFaults(
  plan: Checks,
  at: { readonly checks: LocatedNode | undefined; readonly tasks: LocatedNode | undefined },
  context: Context,
): void {
  const owners = new Map<string, string>()
  for (const placed of [...topChecks(plan, at.checks), ...stepChecks(plan, at.tasks)]) {
    const { name, check } = placed
    const owner = name === undefined ? undefined : owners.get(name)
    if (owner !== undefined) context.report.error(locationOf(placed.at), `duplicate check ${quoted(name ?? '')} ${owner}`)
    else if (name !== undefined) owners.set(name, placed.where)
    if (check.kind === 'freshness') reportIdle(check, placed.at, { plan, context })
  }
}

function topChecks({ checks }: Checks, at: LocatedNode | undefined): readonly PlacedCheck[] {
  return membersOf(at).flatMap((entry) => {
    const check = checks?.get(entry.key)
    return check ? [{ check, name: entry.key, at: entry, where: 'in "checks"' }] : []
  })
}

function stepChecks({ tasks }: Checks, at: LocatedNode | undefined): readonly PlacedCheck[] {
  return membersOf(at).flatMap((entry) => {
    const places = itemsOf(memberOf(entry, 'steps'))
    return (tasks.get(entry.key)?.steps ?? []).flatMap((step, index) => {
      if (step.kind !== 'check') return []
      const placed = memberOf(places[index], 'check') ?? entry
      return [{ check: step.check, at: placed, where: `in task ${quoted(entry.key)}`, ...(step.name !== undefined && { name: step.name }) }]
    })
  })
}

function reportIdle({ task, step }: FreshnessCheck, at: LocatedNode, { plan, context }: { readonly plan: Checks; readonly context: Context }): void {
  const start = plan.tasks.get(task)
  // An invalid task is reported separately.
  if (start === undefined) return
  const names = [...new Set(setStepsOf(plan, start).map((it) => it.step.name))]
  const inside = memberOf(at, 'freshness') ?? at
  if (names.length === 0) context.report.error(locationOf(inside), `task ${quoted(task)} makes no sets`, 'Specify a task with a backup or copy step.')
  else if (step !== undefined && !names.includes(step))
    context.report.error(
      locationOf(memberOf(inside, 'step') ?? inside),
      `task ${quoted(task)} has no backup or copy step ${quoted(step)}`,
      `Available steps: ${names.join(', ')}.`,
    )
}
