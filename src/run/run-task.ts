import type { BackupEvent } from '../backup/set/events.ts'
import type { AppError } from '../lib/errors.ts'
import { formatDuration } from '../lib/format.ts'
import { startTimer } from '../lib/long-timer.ts'
import { CLEAR_UP_LIMIT_MS, settledWithin } from '../lib/settled-within.ts'
import type { Step, Task } from '../plan/plan.ts'
import { describeStep } from '../plan/steps/describe-step.ts'
import { type StageFacts, stderrTailOf } from '../process/process-result.ts'
import type { RunDeps, StepContext } from './run-context.ts'
import { asAppError, isStopped, RunError } from './run-error.ts'
import type { FailureLocation, RunResult, StepLocation, StorageOutcome } from './run-result.ts'
import { runnerOf } from './step-runners.ts'
import type { TaskLock } from './task-lock.ts'

interface Run {
  /** Replaced while a task with its own time limit is run. */
  deps: RunDeps
  readonly began: Date
  readonly notes: string[]
  /** Path of the object that failed first. */
  failedObject?: string
  failedAt?: FailureLocation
  /** Storages that did not receive a set, although the step continued. */
  partial?: { readonly error: AppError; readonly at: FailureLocation }
  readonly storages: StorageOutcome[]
}

/**
 * Runs one task of the plan to its end: with its lock, step by step, until the first failure or a signal. All results are emitted with `deps.emit`;
 * nothing is thrown. When it resolves, failed work has been rolled back and no process is left.
 */
export async function runTask(task: Task, deps: RunDeps): Promise<RunResult> {
  const began = deps.began ?? deps.clock()
  const run: Run = { deps, began, notes: [], storages: [] }
  deps.emit({ kind: 'run-began', runId: deps.runId, task: task.name, steps: task.steps.map(describeStep) })
  const error = await failureOf(runLimited(task, run))
  const result = resultOf(run, { task: task.name, began, error })
  deps.emit({ kind: 'run-ended', result })
  return result
}

/** A task that exceeds its time limit is stopped as by a signal, and fails. Limits of outer tasks continue to run. */
async function runLimited(task: Task, run: Run): Promise<void> {
  const { timeoutMs } = task
  if (timeoutMs === undefined) return runLocked(task, run)
  const outer = run.deps
  const limit = new AbortController()
  const stopTimer = startTimer(timeoutMs, () => limit.abort(tooLong(task.name, timeoutMs)))
  run.deps = { ...outer, call: { ...outer.call, signal: AbortSignal.any([outer.call.signal, limit.signal]) } }
  try {
    await runLocked(task, run)
  } catch (error) {
    // A step that was stopped by the limit does not know the limit.
    throw limit.signal.aborted && isStopped(asAppError(error)) ? limit.signal.reason : error
  } finally {
    stopTimer()
    run.deps = outer
  }
}

async function runLocked(task: Task, run: Run): Promise<void> {
  const lock = await run.deps.lock(task.name)
  if (lock.kind === 'busy') throw locked(task.name, lock)
  const context = contextOf(task.name, run)
  if (lock.kind === 'absent') context.note(`could not lock the task, so a second run of it is not prevented: ${lock.why}`)
  try {
    run.deps.call.failpoint?.('task-locked')
    const { notes = [], processes, sweep } = run.deps
    for (const text of [...notes, ...(await processes.begin()), ...((await sweep?.()) ?? [])]) context.note(text)
    await runSteps(task, { run, context })
  } finally {
    // The kernel releases it with the process in any case; closing it would wait for other operations on a dead mount.
    if (lock.kind === 'held') await settledWithin(CLEAR_UP_LIMIT_MS, lock.release())
  }
}

/** One after another; a failure ends them, immediately or, if its step has `on-failure: continue`, after the last one. */
async function runSteps(task: Task, { run, context }: { readonly run: Run; readonly context: Omit<StepContext, 'partial'> }): Promise<void> {
  const failures: unknown[] = []
  for (const [index, step] of task.steps.entries()) {
    try {
      await runStep(step, placeOf(task, index, step), { run, context })
    } catch (error) {
      failures.push(error)
      const failure = asAppError(error)
      const { aborted } = run.deps.call.signal
      if (step.onFailure !== 'continue' || aborted) {
        // The first failure is thrown at the end, with its own message.
        if (failures.length > 1 && !(aborted && isStopped(failure))) context.note(`step ${index + 1} also failed: ${failure.message}`)
        break
      }
      context.note(`step ${index + 1} failed, continuing with the next step: ${failure.message}`)
    }
  }
  if (failures.length > 0) throw failures[0]
}

async function runStep(
  step: Step,
  place: StepLocation,
  { run, context }: { readonly run: Run; readonly context: Omit<StepContext, 'partial'> },
): Promise<void> {
  const { deps } = run
  const began = deps.clock()
  try {
    deps.call.signal.throwIfAborted()
    deps.emit({ kind: 'step-began', ...place })
    deps.call.failpoint?.('step-began')
    const missed: AppError[] = []
    const stages = await dispatch(step, { ...context, partial: (error) => missed.push(error) })
    const [error] = missed
    if (error) run.partial ??= { error, at: place }
    deps.call.failpoint?.('step-ended')
    const durationMs = deps.clock().getTime() - began.getTime()
    deps.emit({
      kind: 'step-ended',
      task: place.task,
      index: place.index,
      durationMs,
      ...(stages && { stages }),
      ...(error && { partial: true }),
    })
  } catch (error) {
    // A task inside a task failed in its own step, which was reported first.
    run.failedAt ??= { ...place, ...(run.failedObject !== undefined && { object: run.failedObject }) }
    const { code, message } = asAppError(error)
    const stderr = stderrTailOf(error)
    deps.emit({ kind: 'step-failed', ...place, code, message, ...(stderr !== undefined && { stderr }) })
    throw error
  }
}

function placeOf({ name: task, steps }: Task, index: number, step: Step): StepLocation {
  const { name, dry } = step
  return { task, index, steps: steps.length, text: describeStep(step), ...(name !== undefined && { name }), ...(dry === true && { dry }) }
}

async function dispatch<K extends Step['kind']>(step: Extract<Step, { kind: K }>, context: StepContext): Promise<readonly StageFacts[] | undefined> {
  const run = await runnerOf(step.kind as K)
  return await run(step, context)
}

function contextOf(task: string, run: Run): Omit<StepContext, 'partial'> {
  const emit: StepContext['emit'] = (event) => {
    if (event.kind === 'note') run.notes.push(event.text)
    else if (event.kind === 'object-failed' && !event.stopped) run.failedObject ??= event.path
    else if (event.kind === 'set-published' || event.kind === 'set-failed') run.storages.push(outcomeOf(event, task))
    run.deps.emit({ ...event, task })
  }
  return {
    deps: run.deps,
    task,
    began: run.began,
    emit,
    note: (text) => emit({ kind: 'note', text }),
    async runTask(name) {
      const inner = run.deps.plan.tasks.get(name)
      if (inner === undefined) throw new RunError('internal', `task "${name}" not found in the plan`)
      await runLimited(inner, run)
    },
  }
}

function outcomeOf(event: Extract<BackupEvent, { kind: 'set-published' | 'set-failed' }>, task: string): StorageOutcome {
  const place = { task, step: event.step, storage: event.storage, set: event.set }
  if (event.kind === 'set-published') return { ...place, status: 'published' }
  return { ...place, status: event.stopped ? 'stopped' : 'failed', ...(event.message !== undefined && { message: event.message }) }
}

async function failureOf(work: Promise<void>): Promise<AppError | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    return asAppError(error)
  }
}

function locked(task: string, { holder, isPlan }: Extract<TaskLock, { kind: 'busy' }>): RunError {
  const what = isPlan === true ? `another task is running, and "${task}" must not run at the same time` : `the task "${task}" is already running`
  return new RunError('locked', `${what}${holder === undefined ? '' : ` (${holder})`}`, {
    hint: 'Wait until that run has finished, or stop it.',
  })
}

function tooLong(task: string, timeoutMs: number): RunError {
  return new RunError('too-long', `the task "${task}" exceeded its time limit (${formatDuration(timeoutMs)})`, {
    hint: 'Find the slow step with "show", or increase "timeout" of the task.',
  })
}

interface Ending {
  readonly task: string
  readonly began: Date
  readonly error: AppError | undefined
}

function resultOf({ deps, notes, failedAt, partial, storages }: Run, { task, began, error }: Ending): RunResult {
  const base = { runId: deps.runId, task, began, ended: deps.clock(), notes, ...(storages.length > 0 && { storages }) }
  if (error === undefined && partial) return { ...base, status: 'partial', error: partial.error, failedAt: partial.at }
  if (error === undefined) return { ...base, status: notes.length === 0 ? 'ok' : 'warnings' }
  const where = failedAt && { failedAt }
  const { stop } = deps.signals
  if (!stop.aborted) return { ...base, status: error.code === 'run/locked' ? 'locked' : 'failed', error, ...where }
  const signal = deps.signals.stoppedBy()
  // A failure that has a reason of its own stays the cause, also when the run was stopped after it.
  const cause = isStopped(error) ? asAppError(stop.reason) : error
  return { ...base, status: signal === undefined ? 'failed' : 'interrupted', error: cause, ...where, ...(signal && { signal }) }
}
