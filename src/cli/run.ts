import { planOf } from '../config/load.ts'
import { JOURNAL_LIMITS } from '../journal/prune.ts'
import { counted } from '../lib/format.ts'
import type { Issue } from '../plan/issue.ts'
import type { Plan, Task } from '../plan/plan.ts'
import type { RunEvent } from '../run/events.ts'
import type { RunResult } from '../run/result.ts'
import { asAppError } from '../run/run-error.ts'
import { runTask } from '../run/run-task.ts'
import { choosePartDry, chooseTask } from './choose-task.ts'
import { dryRun } from './dry-run.ts'
import { type Exit, exitOfRun, exitWith } from './exit.ts'
import { hideInEvent } from './hide-in-events.ts'
import { openHostJournal, originOf } from './host-journal.ts'
import { loadText } from './load-plan.ts'
import { durationOption, effectiveVerbosity, hasFlag, type Invocation, rootChoices } from './options.ts'
import { preloadFor } from './preload.ts'
import { LEVEL } from './print-event.ts'
import type { LoggedRun, LogOf } from './run-log.ts'
import type { NoticesOf, RunNotices } from './run-notices.ts'
import { type Watcher, watcherFor } from './run-watchers.ts'
import { plainSecretsOf } from './secrets-of.ts'
import { tellFailure } from './tell-failure.ts'
import { type RunSettings, wireRun } from './wire.ts'
import type { World } from './world.ts'

const STALL_LIMIT_MS = 6 * 3600_000

/** `run [TASK]`: every module that the run can come to is loaded before its first step, so that an upgrade in the middle changes nothing. */
export async function runCommandLine(invocation: Invocation, world: World): Promise<Exit> {
  const began = world.clock()
  const settings = {
    stallMs: durationOption(invocation, 'stallLimit', STALL_LIMIT_MS),
    runMs: durationOption(invocation, 'runLimit', 0),
    ...rootChoices(invocation),
    json: hasFlag(invocation, 'json'),
    strict: hasFlag(invocation, 'strict'),
  }
  const loaded = await loadText(invocation.global)
  if (loaded.logs !== undefined) {
    const { tellUnusable } = await import('./tell-unusable.ts')
    tellUnusable(loaded, world)
  }
  const plan = planOf(loaded)
  const choose = () => (hasFlag(invocation, 'dry') ? choosePartDry(plan, invocation.args[0] ?? '') : chooseTask(plan, invocation.args[0]))
  if (hasFlag(invocation, 'dryRun')) return dryRun({ plan, task: choose(), json: settings.json }, world)

  const verbosity = effectiveVerbosity(invocation.global, plan.verbosity)
  if (loaded.issues.length > 0 && verbosity >= LEVEL.INFO) world.stderr.write(noteIssues(loaded.issues))
  return logged({ plan, choose, began, verbosity, json: settings.json }, world, (task, logs) =>
    runChosen({ ...settings, plan, task, began, verbosity, logs }, world),
  )
}

interface ChosenRun extends Pick<RunSettings, 'stallMs' | 'runMs' | 'acceptRoot' | 'trustRoot'> {
  readonly plan: Plan
  readonly task: Task
  readonly began: Date
  readonly verbosity: number
  readonly json: boolean
  readonly strict: boolean
  readonly logs: LoggedRun | undefined
}

async function runChosen({ plan, task, began, verbosity, json, strict, logs, ...limits }: ChosenRun, world: World): Promise<Exit> {
  await preloadFor(plan, task)
  const journal = openHostJournal(world, verbosity)
  if (logs) await tellKilled({ plan, task, journal }, logs)
  const secrets = new Set(plainSecretsOf(plan))
  const write = await journal.watch(originOf(plan, world, strict))
  const record = (event: RunEvent) => write(hideInEvent(event, secrets))
  const ownView = watcherFor(world, { json, verbosity })
  const watcher = logs?.watching(ownView) ?? ownView
  const notices = await noticesOf({ plan, task, journal }, world)
  const deps = wireRun(plan, world, {
    ...limits,
    began,
    verbose: verbosity >= LEVEL.DEBUG,
    stdout: json ? 'stderr' : 'stdout',
    ...(watcher.progressMs !== undefined && { progressMs: watcher.progressMs }),
    onSecret(secret) {
      secrets.add(secret)
      notices?.hide(secret)
      logs?.log.hide(secret)
    },
    emit: (event) => {
      notices?.watch(event)
      // The last event waits for what comes of telling people.
      if (event.kind !== 'run-ended' || !notices) watcher.watch(event)
      if (event.kind !== 'object-progress') record(event)
    },
  })
  world.signals.arm()
  try {
    const result = await tellPeople(await runTask(task, deps), { notices, watcher, record })
    watcher.close()
    if (result.error !== undefined) tellFailure(result.error, world, result.failedAt)
    return exitOfRun(result, strict)
  } finally {
    await deps.close()
    await journal.prune(JOURNAL_LIMITS)
    await journal.close()
  }
}

interface ToBeLogged extends Omit<LogOf, 'task' | 'logs'> {
  choose(): Task
}

/** Chooses the task and runs it, with the logs that the plan asks for. What keeps it from beginning stands in them too, be it that there is no such task. */
async function logged(of: ToBeLogged, world: World, work: (task: Task, logs: LoggedRun | undefined) => Promise<Exit>): Promise<Exit> {
  const { plan, choose } = of
  if (plan.runLogs === undefined) return work(choose(), undefined)
  const { openLogOfRun } = await import('./run-log.ts')
  let logs: LoggedRun | undefined
  let exit: Exit
  try {
    const task = choose()
    logs = openLogOfRun({ ...of, logs: plan.runLogs, task }, world)
    exit = await work(task, logs)
  } catch (error) {
    logs ??= openLogOfRun({ ...of, logs: plan.runLogs, task: undefined }, world)
    logs.log.broken(asAppError(error).message)
    logs.finish(exitWith('failed'))
    throw error
  }
  return logs.finish(exit)
}

/** A run that was killed has left what it said before in the trigger file: the next one says it. */
async function tellKilled({ plan, task, journal }: Omit<NoticesOf, 'rules'>, { log }: LoggedRun): Promise<void> {
  const [before] = await journal.runs({ task: task.name, limit: 1 }).catch(() => [])
  if (before?.state === 'killed' && before.config === plan.file) log.killedBefore(before.id)
}

/** Nothing of it is loaded for a task of which nobody is told. */
async function noticesOf(of: Omit<NoticesOf, 'rules'>, world: World): Promise<RunNotices | undefined> {
  const { notify: rules = [] } = of.task
  if (rules.length === 0) return undefined
  const { openRunNotices } = await import('./run-notices.ts')
  return openRunNotices({ ...of, rules }, world)
}

interface Onlookers {
  readonly notices: RunNotices | undefined
  readonly watcher: Watcher
  readonly record: (event: RunEvent) => void
}

/** Who could not be told is noted everywhere, the journal's record of the run among them. */
async function tellPeople(ran: RunResult, { notices, watcher, record }: Onlookers): Promise<RunResult> {
  if (notices === undefined) return ran
  const { result, remarks } = await notices.ended(ran)
  // What is noted changes the end of a run; a configuration that is as it was yesterday does not.
  for (const text of remarks) {
    const told = { kind: 'step-told', task: ran.task, step: 'notify', text, isDetail: false } as const
    watcher.watch(told)
    record(told)
  }
  for (const text of result.notes.slice(ran.notes.length)) {
    const note = { kind: 'note', task: ran.task, text } as const
    watcher.watch(note)
    record(note)
  }
  watcher.watch({ kind: 'run-ended', result })
  if (result !== ran) record({ kind: 'run-ended', result })
  return result
}

function noteIssues(issues: readonly Issue[]): string {
  const errors = issues.filter(({ severity }) => severity === 'error').length
  const warnings = issues.length - errors
  const counts = [
    ...(errors > 0 ? [`${counted(errors, 'error')} in some of its parts`] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ]
  return `note: the configuration has ${counts.join(' and ')}: see "config check"\n`
}
