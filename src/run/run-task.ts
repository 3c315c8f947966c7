import type { BackupEvent } from '../backup/events.ts'
import type { AppError } from '../lib/errors.ts'
import { formatDuration } from '../lib/format.ts'
import { CLEAR_UP_LIMIT_MS, settledWithin } from '../lib/settled-within.ts'
import { describeStep } from '../plan/describe-step.ts'
import type { Step, Task } from '../plan/plan.ts'
import type { StageFacts } from '../process/result.ts'
import type { FailurePlace, RunResult, StepPlace } from './result.ts'
import type { RunDeps, StepContext } from './run-context.ts'
import { asAppError, RunError } from './run-error.ts'
import { runBackup } from './steps/backup.ts'
import { runExec } from './steps/exec.ts'
import { runSignals } from './steps/signals.ts'
import { runPointer } from './steps/task.ts'

/** Resolves with how the step's own processes ended, where it has any. */
type Runner<S extends Step> = (step: S, context: StepContext) => Promise<readonly StageFacts[] | undefined>

const runners: { readonly [K in Step['kind']]: Runner<Extract<Step, { kind: K }>> } = {
  exec: runExec,
  backup: runBackup,
  task: runPointer,
  signals: runSignals,
}

// What setTimeout can count; about 24 days.
const MAX_TIMER_MS = 2 ** 31 - 1

interface Run {
  /** Changed while a task with a limit of its own runs. */
  deps: RunDeps
  readonly notes: string[]
  /** Path of the object that failed first, by itself. */
  failedObject?: string
  failedAt?: FailurePlace
}

/**
 * Runs one task of the plan to its end: under its lock, step by step, stopping at the first failure or at a signal. Everything is told by
 * `deps.emit`; nothing is thrown. When it resolves, what failed has been rolled back and no process of ours is left.
 */
export async function runTask(task: Task, deps: RunDeps): Promise<RunResult> {
  const run: Run = { deps, notes: [] }
  const began = deps.clock()
  deps.emit({ kind: 'run-began', runId: deps.runId, task: task.name, steps: task.steps.map(describeStep) })
  const error = await failureOf(runLimited(task, run))
  const result = resultOf(run, { task: task.name, began, error })
  deps.emit({ kind: 'run-ended', result })
  return result
}

/** A task that takes longer than it may is stopped as by a signal, and fails. Limits of outer tasks go on counting. */
async function runLimited(task: Task, run: Run): Promise<void> {
  const { timeoutMs } = task
  if (timeoutMs === undefined) return runLocked(task, run)
  const outer = run.deps
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(tooLong(task.name, timeoutMs)), Math.min(timeoutMs, MAX_TIMER_MS))
  run.deps = { ...outer, call: { ...outer.call, signal: AbortSignal.any([outer.call.signal, limit.signal]) } }
  try {
    await runLocked(task, run)
  } catch (error) {
    // That a step was told to stop is an echo.
    throw limit.signal.aborted && isEcho(asAppError(error)) ? limit.signal.reason : error
  } finally {
    clearTimeout(timer)
    run.deps = outer
  }
}

async function runLocked(task: Task, run: Run): Promise<void> {
  const lock = await run.deps.lock(task.name)
  if (lock.kind === 'busy') throw locked(task.name, lock.holder)
  const context = contextOf(task.name, run)
  if (lock.kind === 'absent') context.note(`could not lock the task, so nothing keeps a second run of it away: ${lock.why}`)
  try {
    run.deps.call.reach?.('task-locked')
    for (const [index, step] of task.steps.entries()) {
      await runStep(step, { task: task.name, index, steps: task.steps.length, text: describeStep(step) }, { run, context })
    }
  } finally {
    // It is the kernel's, and ends with us in any case; closing waits behind whatever else waits for a mount that is dead.
    if (lock.kind === 'held') await settledWithin(CLEAR_UP_LIMIT_MS, lock.release())
  }
}

async function runStep(step: Step, place: StepPlace, { run, context }: { readonly run: Run; readonly context: StepContext }): Promise<void> {
  const { deps } = run
  const began = deps.clock()
  try {
    deps.call.signal.throwIfAborted()
    deps.emit({ kind: 'step-began', ...place })
    deps.call.reach?.('step-began')
    const stages = await dispatch(step, context)
    deps.call.reach?.('step-ended')
    const durationMs = deps.clock().getTime() - began.getTime()
    deps.emit({ kind: 'step-ended', task: place.task, index: place.index, durationMs, ...(stages && { stages }) })
  } catch (error) {
    // A task inside a task failed in its own step, which was told first.
    run.failedAt ??= { ...place, ...(run.failedObject !== undefined && { object: run.failedObject }) }
    throw error
  }
}

function dispatch<K extends Step['kind']>(step: Extract<Step, { kind: K }>, context: StepContext): Promise<readonly StageFacts[] | undefined> {
  const runner: Runner<Extract<Step, { kind: K }>> = runners[step.kind as K]
  return runner(step, context)
}

function contextOf(task: string, run: Run): StepContext {
  const tell = (event: BackupEvent) => {
    if (event.kind === 'note') run.notes.push(event.text)
    else if (event.kind === 'object-failed' && !event.stopped) run.failedObject ??= event.path
    run.deps.emit({ ...event, task })
  }
  return {
    deps: run.deps,
    task,
    tell,
    note: (text) => tell({ kind: 'note', text }),
    async runTask(name) {
      const inner = run.deps.plan.tasks.get(name)
      if (inner === undefined) throw new RunError('internal', `the plan points to the task "${name}", which it does not have`)
      await runLimited(inner, run)
    },
  }
}

async function failureOf(work: Promise<void>): Promise<AppError | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    return asAppError(error)
  }
}

function locked(task: string, holder: string | undefined): RunError {
  return new RunError('locked', `the task "${task}" is running already${holder === undefined ? '' : ` (${holder})`}`, {
    hint: 'Wait until that run has ended, or end it.',
  })
}

function tooLong(task: string, timeoutMs: number): RunError {
  return new RunError('too-long', `the task "${task}" took longer than ${formatDuration(timeoutMs)}`, {
    hint: 'See in its journal which step was slow; or give the task a longer "timeout".',
  })
}

interface Ending {
  readonly task: string
  readonly began: Date
  readonly error: AppError | undefined
}

function resultOf({ deps, notes, failedAt }: Run, { task, began, error }: Ending): RunResult {
  const base = { runId: deps.runId, task, began, ended: deps.clock(), notes }
  if (error === undefined) return { ...base, status: notes.length === 0 ? 'ok' : 'warnings' }
  const where = failedAt && { failedAt }
  const { stop } = deps.signals
  if (!stop.aborted) return { ...base, status: error.code === 'run/locked' ? 'locked' : 'failed', error, ...where }
  const signal = deps.signals.stoppedBy()
  // That a step was told to stop is an echo; what had failed by itself before stays the cause.
  const cause = isEcho(error) ? asAppError(stop.reason) : error
  return { ...base, status: signal === undefined ? 'failed' : 'interrupted', error: cause, ...where, ...(signal && { signal }) }
}

function isEcho(error: AppError): boolean {
  return error.code.endsWith('/aborted') || error.code === 'run/internal'
}
