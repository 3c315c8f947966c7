import { resolve } from 'node:path'
import { checkedSteps } from '../../check/freshness/freshness.ts'
import { AppError } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import { nearest } from '../../lib/suggest.ts'
import type { CheckSpec, DiskSpaceCheck, FreeSpace } from '../../plan/check.ts'
import type { Plan, Task } from '../../plan/plan.ts'
import { type SetStep, setStepsOf, tasksReached } from '../../plan/steps/sets-of.ts'

/** One question, with its name in messages. */
export type ChosenCheck =
  | { readonly kind: CheckSpec['kind']; readonly name: string; readonly check: CheckSpec }
  /** The results of the last runs of tasks. */
  | { readonly kind: 'runs'; readonly name: string; readonly tasks: readonly string[] }
  /** What runs of tasks need on this host; absent: all that the plan needs. */
  | { readonly kind: 'requirements'; readonly name: string; readonly tasks?: readonly Task[] }

class UnknownCheck extends AppError {
  readonly code = 'cli/unknown-check'
}

// The time limit of the command takes precedence.
const TIMEOUT_MS = 60_000

/**
 * What `check` checks: the checks with these names, and for the name of a task everything about the task. Without names: the configured checks and,
 * unless these check the same, the freshness of all sets, the free space on their storages, and the results of the last runs. Throws
 * `cli/unknown-check`.
 */
export function chooseChecks(plan: Plan, names: readonly string[]): readonly ChosenCheck[] {
  if (names.length > 0) return names.flatMap((name) => byName(plan, name))
  return [
    ...topChecks(plan),
    ...freshnessOf(plan, tasksReached(plan)),
    ...spaceOf(plan),
    { kind: 'runs', name: 'runs', tasks: [...plan.tasks.keys()] },
    ...requirementsOf(plan),
  ]
}

function chosen(name: string, check: CheckSpec): ChosenCheck {
  return { kind: check.kind, name, check }
}

function topChecks({ checks = new Map() }: Plan): readonly ChosenCheck[] {
  return [...checks].map(([name, check]) => chosen(name, check))
}

function byName(plan: Plan, name: string): readonly ChosenCheck[] {
  const top = plan.checks?.get(name)
  if (top !== undefined) return [chosen(name, top)]
  const steps = [...plan.tasks.values()].flatMap((task) => checkSteps(task))
  const step = steps.find((it) => it.name === name)
  if (step !== undefined) return [step]
  const task = plan.tasks.get(name)
  if (task === undefined) throw unknownCheck(plan, name)
  const reached = tasksReached(plan, task)
  const own = setStepsOf(plan, task).map((it) => it.step)
  const covering = topChecks(plan).filter((it) => 'check' in it && coveredBy(plan, it.check).some((looked) => own.includes(looked)))
  const runs: readonly ChosenCheck[] = isAllAsked(task, reached) ? [] : [{ kind: 'runs', name: 'runs', tasks: [name] }]
  return [...reached.flatMap(checkSteps), ...covering, ...freshnessOf(plan, reached), ...runs, ...requirementsOf(plan, reached)]
}

/** Configurations of ancestors are checked as before. */
function requirementsOf({ dialect }: Plan, tasks?: readonly Task[]): readonly ChosenCheck[] {
  return dialect === 'native' ? [{ kind: 'requirements', name: 'requirements', ...(tasks && { tasks }) }] : []
}

/** The last run of a task that only checks, without a schedule, would repeat the results of its checks. */
function isAllAsked({ schedule }: Task, reached: readonly Task[]): boolean {
  const steps = reached.flatMap((it) => it.steps).filter(({ kind }) => kind !== 'task')
  return schedule === undefined && steps.length > 0 && steps.every(({ kind }) => kind === 'check')
}

function checkSteps({ name: task, steps }: Task): readonly ChosenCheck[] {
  return steps.flatMap((step, index) => (step.kind === 'check' ? [chosen(step.name ?? `${task} ${index + 1}`, step.check)] : []))
}

/** The steps whose sets a check examines. */
function coveredBy(plan: Plan, check: CheckSpec): readonly SetStep['step'][] {
  return check.kind === 'freshness' ? checkedSteps(plan, check).map(({ step }) => step) : []
}

/** One check for the sets of each name that steps of these tasks make, unless a configured check examines them. */
function freshnessOf(plan: Plan, tasks: readonly Task[]): readonly ChosenCheck[] {
  const covered = new Set([...(plan.checks?.values() ?? [])].flatMap((check) => coveredBy(plan, check)))
  const found = new Map<string, ChosenCheck>()
  for (const it of setStepsOf(plan)) {
    if (!tasks.includes(it.task) || covered.has(it.step)) continue
    const check = { kind: 'freshness', task: scheduledFor(plan, it).name, step: it.step.name, timeoutMs: TIMEOUT_MS } as const
    found.set(JSON.stringify([check.task, check.step]), chosen(it.step.name, check))
  }
  return [...found.values()]
}

/** The task whose schedule determines when sets are made: the task of the step, or one that runs it as a step. */
function scheduledFor(plan: Plan, { task: owner, step }: SetStep): Task {
  if (owner.schedule) return owner
  return [...plan.tasks.values()].find((task) => task.schedule && setStepsOf(plan, task).some((it) => it.step === step)) ?? owner
}

const LIMITS = { warnInodesPercent: 10, failInodesPercent: 5, timeoutMs: TIMEOUT_MS }
const WARN: FreeSpace = { kind: 'percent', percent: 10 }
const FAIL: FreeSpace = { kind: 'percent', percent: 5 }

/** One check for each folder of this host that contains sets, unless a configured check examines it. */
function spaceOf(plan: Plan): readonly ChosenCheck[] {
  const looked = new Set([...(plan.checks?.values() ?? [])].flatMap((check) => (check.kind === 'disk-space' ? check.paths : [])))
  const roots = new Map<string, ChosenCheck>()
  const targets = setStepsOf(plan).flatMap((it) => it.targets)
  for (const { name, storage } of targets) {
    const named = name === undefined ? undefined : plan.storages?.get(name)
    const spec = named?.kind === 'localfs' ? named : storage
    if (spec.kind !== 'localfs') continue
    const path = resolve(spec.root)
    const fail: FreeSpace = spec.minFreeBytes === undefined ? FAIL : { kind: 'bytes', bytes: spec.minFreeBytes }
    const check: DiskSpaceCheck = { kind: 'disk-space', paths: [path], warn: WARN, fail, ...LIMITS }
    if (!looked.has(path)) roots.set(path, chosen(`space on ${name ?? path}`, check))
  }
  return [...roots.values()]
}

function unknownCheck(plan: Plan, wanted: string): UnknownCheck {
  const steps = [...plan.tasks.values()].flatMap((task) =>
    task.steps.flatMap((step) => (step.kind === 'check' && step.name !== undefined ? [step.name] : [])),
  )
  const names = [...(plan.checks?.keys() ?? []), ...steps, ...plan.tasks.keys()]
  const guess = nearest(wanted, names)
  const shown = names.slice(0, 20).map((name) => `"${printable(name)}"`)
  const hint = `${guess === undefined ? '' : `Did you mean "${printable(guess)}"? `}Available checks and tasks: ${shown.join(', ')}${names.length > 20 ? ', …' : ''}.`
  return new UnknownCheck(`unknown check or task "${printable(wanted)}"`, { hint })
}
