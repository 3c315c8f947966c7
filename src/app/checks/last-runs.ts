import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type CheckResult, joinResults, unknownOf } from '../../check/check-result.ts'
import { decideAgeLimits } from '../../check/freshness/age-limits.ts'
import type { RunFilter } from '../../journal/read-runs.ts'
import type { RunState, RunSummary } from '../../journal/run-record.ts'
import { AHEAD_MS } from '../../lib/durations.ts'
import { counted, formatDuration } from '../../lib/format.ts'
import { settledWithin } from '../../lib/settled-within.ts'
import type { Plan, Task } from '../../plan/plan.ts'
import { setsOf, tasksReached } from '../../plan/steps/sets-of.ts'
import { placeOf } from '../../plan/steps/storages-of.ts'
import type { Host } from '../host/host.ts'
import { openHostJournal } from '../host/host-journal.ts'
import { lastVerifications } from './last-verifications.ts'

// Enough runs to find one that has ended, even if many were locked out.
const LATEST_RUNS = 50

/**
 * The results of the last run and of the last verification of each task, from the journal. If no runs are recorded, the result is not good; a single task without recorded runs is
 * reported if a run is overdue by its schedule. Resolves in time; never rejects.
 */
export async function lastRuns(
  { plan, tasks }: { readonly plan: Plan; readonly tasks: readonly string[] },
  host: Host,
  limitMs: number,
): Promise<CheckResult> {
  const journal = openHostJournal({ ...host, note: () => undefined })
  const reading = Promise.all([readLast(tasks, { plan, query: (filter) => journal.runs(filter), now: host.clock() }), journal.checks({})])
  try {
    if (!(await settledWithin(limitMs, reading)))
      return { status: 'unknown', reason: 'no answer from the journal', hint: 'Check its file system.', facts: [] }
    const [{ ended, missing }, checks] = await reading
    const places = locationsIn(plan)
    const verifications = lastVerifications(
      checks.filter(({ storage }) => places.has(storage)),
      tasks,
    )
    const results = [...ended.map((run) => decideLastRun(run, host.clock())), ...missing, ...verifications]
    return joinResults(results, goodText(ended.length))
  } catch (error) {
    return unknownOf(error)
  } finally {
    void journal.close()
  }
}

/** Of all sets, as the records name them. What was found on a storage that is no longer used cannot be mended. */
function locationsIn(plan: Plan): ReadonlySet<string | undefined> {
  const storages = setsOf(plan).flatMap(({ targets }) => targets.map(({ storage }) => storage))
  return new Set(storages.map((storage) => (storage.kind === 'localfs' ? resolve(storage.root) : placeOf(storage))))
}

function goodText(count: number): string {
  if (count === 0) return 'no runs have finished yet'
  return count === 1 ? 'the last run succeeded' : `the last ${counted(count, 'run')} succeeded`
}

interface RunsQuery {
  readonly plan: Plan
  readonly query: (filter: RunFilter) => Promise<readonly RunSummary[]>
  readonly now: Date
}

interface LastRuns {
  readonly ended: readonly RunSummary[]
  readonly missing: readonly CheckResult[]
}

async function readLast(tasks: readonly string[], reading: RunsQuery): Promise<LastRuns> {
  const ended: RunSummary[] = []
  const unrecorded: string[] = []
  for (const task of tasks) {
    const runs = await runsOf(task, reading)
    // Runs in progress, and runs that were locked out, have no result.
    const last = runs.find(({ state }) => state !== 'running' && state !== 'locked')
    if (last !== undefined) ended.push(last)
    else if (runs.length === 0) unrecorded.push(task)
  }
  if (unrecorded.length === 0) return { ended, missing: [] }
  const isNothing = unrecorded.length === tasks.length && !(await isRunByOthers(tasks, reading))
  return { ended, missing: isNothing ? [NO_RUNS] : await missingOf(unrecorded, reading) }
}

/** Another configuration may contain a task with that name. */
async function runsOf(task: string, { plan, query }: RunsQuery): Promise<readonly RunSummary[]> {
  return (await query({ task, limit: LATEST_RUNS, asRecorded: true })).filter(({ config }) => config === plan.file)
}

/** Whether a recorded task has one of these tasks as a step: then these have no runs of their own. */
async function isRunByOthers(tasks: readonly string[], reading: RunsQuery): Promise<boolean> {
  const { plan } = reading
  const runners = [...plan.tasks.values()].filter((task) => tasksReached(plan, task).some(({ name }) => name !== task.name && tasks.includes(name)))
  for (const { name } of runners) if ((await runsOf(name, reading)).length > 0) return true
  return false
}

/** The records are limited: older runs may have been removed, or the whole journal lost. */
async function missingOf(unrecorded: readonly string[], { plan, query, now }: RunsQuery): Promise<readonly CheckResult[]> {
  const scheduled = unrecorded.flatMap((name) => plan.tasks.get(name) ?? []).filter(({ schedule }) => schedule !== undefined)
  if (scheduled.length === 0) return []
  const first = (await query({})).at(-1)?.began ?? now
  const since = new Date(Math.max(first.getTime(), (await planChangedAt(plan)).getTime()))
  return scheduled.flatMap((task) => decideMissing(task, since, now) ?? [])
}

const ENDS: Readonly<Record<Exclude<RunState, 'running' | 'locked'>, { readonly status: CheckResult['status']; readonly words: string }>> = {
  ok: { status: 'ok', words: 'succeeded' },
  warnings: { status: 'warn', words: 'succeeded with warnings' },
  partial: { status: 'warn', words: 'partially succeeded' },
  failed: { status: 'fail', words: 'failed' },
  interrupted: { status: 'fail', words: 'was interrupted' },
  killed: { status: 'fail', words: 'was killed' },
}

/** The answer for the end of a run. Decides only. */
export function decideLastRun({ id, task, state, began, notes, error }: RunSummary, now: Date): CheckResult {
  const { status, words } = state === 'running' || state === 'locked' ? ENDS.ok : ENDS[state]
  const ageMs = now.getTime() - began.getTime()
  const facts = [{ label: `${task} last run age`, value: Math.round(ageMs / 1000), unit: 's' }]
  const why = error?.message ?? notes[0]
  if (status !== 'fail' && ageMs < -AHEAD_MS)
    return {
      status: 'warn',
      reason: `the last run of "${task}", which ${words}, is dated in the future: ${began.toISOString()}`,
      hint: 'Correct the clock of this host, or run the task again if it is correct by now.',
      facts,
    }
  const reason = `the last run of "${task}", ${formatDuration(ageMs)} ago, ${words}${why === undefined ? '' : `: ${why}`}`
  return status === 'ok' ? { status, reason, facts } : { status, reason, hint: `See "show ${id}" for details.`, facts }
}

/** No runs of the requested tasks are recorded. */
const NO_RUNS: CheckResult = {
  status: 'unknown',
  reason: 'no runs are recorded',
  hint: 'Run a task, or run the check as the user that runs the tasks (HOLDFAST_STATE).',
  facts: [],
}

/**
 * Whether a run of a task without recorded runs is overdue by its schedule. The task is considered new as long as the configuration, or the records,
 * are younger than the limit for its first run. Undefined: new, or without a schedule. Decides only.
 */
function decideMissing({ name, schedule }: Pick<Task, 'name' | 'schedule'>, since: Date, now: Date): CheckResult | undefined {
  const { warnMs = Infinity } = decideAgeLimits({}, schedule)
  const ageMs = now.getTime() - since.getTime()
  if (ageMs <= warnMs) return undefined
  const reason = `"${name}" has a schedule, but no run of it was recorded in the last ${formatDuration(ageMs)}`
  return { status: 'unknown', reason, hint: 'Check its timer or crontab line, and that tasks are run by the same user.', facts: [] }
}

/** A time since which every task of the plan has certainly existed: its files may have been changed for another reason. */
export async function planChangedAt({ files }: Pick<Plan, 'files'>): Promise<Date> {
  const found = await Promise.all(files.map((file) => stat(file).catch(() => undefined)))
  return new Date(Math.max(0, ...found.map((it) => it?.mtimeMs ?? 0)))
}
