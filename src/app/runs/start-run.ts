import { JOURNAL_LIMITS } from '../../journal/prune.ts'
import { preloadQueries } from '../../journal/read-journal.ts'
import { openRedactor, type Redactor } from '../../lib/redactor/redactor.ts'
import type { Plan, Step, StorageSpec, Task } from '../../plan/plan.ts'
import { tasksReached } from '../../plan/steps/sets-of.ts'
import { factsOf } from '../../plan/steps/step-facts.ts'
import type { RunEvent } from '../../run/events.ts'
import { asAppError } from '../../run/run-error.ts'
import type { RunResult } from '../../run/run-result.ts'
import { runTask } from '../../run/run-task.ts'
import { loadRunners } from '../../run/step-runners.ts'
import { preloadStorage } from '../../storage/open-storage.ts'
import { type Exit, exitOfRun, exitWith } from '../host/exit-codes.ts'
import type { Host } from '../host/host.ts'
import { openHostJournal, originOf } from '../host/host-journal.ts'
import { openEvidence } from '../host/open-evidence.ts'
import { type RunSettings, wireRun } from '../host/wire.ts'
import { restoreKeys } from '../sets/restore-keys.ts'
import { holdModules } from './held-modules.ts'
import { recordingDrills } from './record-drills.ts'
import { plainSecretsOf, redactEvent, redactResult } from './redact-event.ts'
import type { LoggedRun, LogOf, RunView } from './run-log.ts'
import type { NoticesOf, RunNotices } from './run-notices.ts'

// For the journal, from which other processes read the progress. Each record waits for the disk.
const RECORDED_MS = 2000

/** A request to run a task. */
export interface RunRequest
  extends Pick<RunSettings, 'stallMs' | 'runMs' | 'acceptRoot' | 'trustRoot' | 'isClockConfirmed' | 'verbose' | 'stdout' | 'began'>,
    Pick<LogOf, 'showLine'> {
  readonly plan: Plan
  /** The task. Throws if it does not exist; this is also logged. */
  choose(): Task
  /** Warnings count as a failure. */
  readonly strict: boolean
  readonly view: RunView
  /** Writes to `stdout`. */
  showStdout(text: string): void
}

/**
 * Runs a task with its logs, journal and notifications. All modules that the run may need are loaded before its first step, so that an upgrade during
 * the run has no effect. Failures are reported to `host`. Resolves with how the process is to end.
 */
export async function startRun(request: RunRequest, host: Host): Promise<Exit> {
  const { plan, choose } = request
  const { runLogs } = plan
  // Secrets that are read during the run are added.
  const redactor = openRedactor(plainSecretsOf(plan))
  if (runLogs === undefined) return runChosen(request, { task: choose(), logs: undefined, redactor }, host)
  const { openLogOfRun } = await import('./run-log.ts')
  const logsOf = (task: Task | undefined) => openLogOfRun({ ...request, logs: runLogs, task, redactor }, host)
  let logs: LoggedRun | undefined
  let exit: Exit
  try {
    const task = choose()
    logs = logsOf(task)
    exit = await runChosen(request, { task, logs, redactor }, host)
  } catch (error) {
    logs ??= logsOf(undefined)
    logs.log.broken(asAppError(error).message)
    logs.finish()
    throw error
  }
  return logs.finish() || exit.code !== 0 ? exit : exitWith('failed')
}

interface Chosen {
  readonly task: Task
  readonly logs: LoggedRun | undefined
  readonly redactor: Redactor
}

async function runChosen(request: RunRequest, { task, logs, redactor }: Chosen, host: Host): Promise<Exit> {
  const { plan, view, strict, stallMs, runMs, acceptRoot, trustRoot, isClockConfirmed, verbose, stdout, began } = request
  const modules = holdModules()
  await preloadFor(plan, task)
  const journal = openHostJournal(host)
  if (logs) await recordKilled({ plan, task, journal }, logs)
  const record = await journal.watch(originOf(plan, host, strict))
  const watcher = logs?.watching(view) ?? view
  const notices = await noticesOf({ plan, task, journal, redactor }, host)
  // Also the modules of the notifiers.
  const unloaded = usesAwsFiles(plan, task) ? await modules.loadLazy() : []
  const deps = wireRun(plan, host, {
    restoreKeys: () => restoreKeys({}, plan, host),
    evidence: recordingDrills(openEvidence(journal, host), { journal, plan }),
    ...{ stallMs, runMs, acceptRoot, trustRoot, isClockConfirmed, verbose, stdout, began },
    progressMs: watcher.progressMs ?? RECORDED_MS,
    expectsSizes: watcher.progressMs !== undefined,
    redactor,
    notes: unloaded,
    // A face that displays the lines of the log displays nothing else.
    ...(request.showLine === undefined && { showStdout: request.showStdout }),
    emit: (unredacted) => {
      // Before any receiver of events.
      const event = redactEvent(unredacted, redactor)
      if (event.kind !== 'object-progress' || watcher.progressMs !== undefined) {
        notices?.watch(event)
        // The last event waits for the results of the notifications.
        if (event.kind !== 'run-ended' || !notices) watcher.watch(event)
      }
      record(event)
    },
  })
  host.signals.arm()
  try {
    const result = await notifyOf(redactResult(await runTask(task, deps), redactor), { notices, watcher, record })
    watcher.close()
    if (result.error !== undefined) host.fail(result.error, result.failedAt)
    return exitOfRun(result, strict)
  } finally {
    await deps.close()
    await journal.prune(JOURNAL_LIMITS)
    await journal.close()
  }
}

/** A killed run leaves its earlier state in the trigger file; the next run records that. */
async function recordKilled({ plan, task, journal }: Pick<NoticesOf, 'plan' | 'task' | 'journal'>, { log }: LoggedRun): Promise<void> {
  const [before] = await journal.runs({ task: task.name, limit: 1, asRecorded: true }).catch(() => [])
  if (before?.state === 'killed' && before.config === plan.file) log.killedBefore(before.id)
}

/** Not loaded for a task without notifications. */
async function noticesOf(of: Omit<NoticesOf, 'rules'>, host: Host): Promise<RunNotices | undefined> {
  const { notify: rules = [] } = of.task
  if (rules.length === 0) return undefined
  const { openRunNotices } = await import('./run-notices.ts')
  return openRunNotices({ ...of, rules }, host)
}

interface Observers {
  readonly notices: RunNotices | undefined
  readonly watcher: RunView
  readonly record: (event: RunEvent) => void
}

/** Failed notifications are noted everywhere, including the record of the run in the journal. */
async function notifyOf(ran: RunResult, { notices, watcher, record }: Observers): Promise<RunResult> {
  if (notices === undefined) return ran
  const { result, remarks } = await notices.ended(ran)
  // A note changes the result of a run; an unchanged configuration does not.
  for (const text of remarks) {
    const remark = { kind: 'step-told', task: ran.task, step: 'notify', text, isDetail: false } as const
    watcher.watch(remark)
    record(remark)
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

/** Loads everything that a run of the task may need: an upgrade during the run must not affect it. */
async function preloadFor(plan: Plan, task: Task): Promise<void> {
  const storages = storagesReached(plan, task)
  await Promise.all([
    loadRunners(stepsOf(tasksReached(plan, task))),
    ...storages.map(preloadStorage),
    ...(storages.length > 0 ? [import('../../backup/store/open-set-store.ts')] : []),
    // New sets, and results to be sent, are compared with earlier ones.
    ...(storages.length > 0 || (task.notify ?? []).length > 0 ? [preloadQueries()] : []),
  ])
}

function storagesReached(plan: Plan, task: Task): readonly StorageSpec[] {
  const steps = stepsOf(tasksReached(plan, task))
  // A check may examine the sets of any task.
  const all = steps.some(({ kind }) => kind === 'check') ? [...steps, ...stepsOf(tasksReached(plan))] : steps
  return all.flatMap((step) => factsOf(step).storages)
}

/** Whether the AWS SDK determines credentials by itself; the modules for that are many, and it loads them with the first request. */
function usesAwsFiles(plan: Plan, task: Task): boolean {
  const isSns = (task.notify ?? []).some(({ to }) => to.kind === 'sns')
  return isSns || storagesReached(plan, task).some((spec) => spec.kind === 's3' && spec.credentials === undefined)
}

function stepsOf(tasks: readonly Task[]): readonly Step[] {
  return tasks.flatMap((task) => task.steps)
}
