import type { Journal } from '../../../journal/journal.ts'
import type { PublishedSet } from '../../../journal/read-runs.ts'
import type { CheckRecord, RunSummary } from '../../../journal/run-record.ts'
import { DAY_MS, isAhead } from '../../../lib/durations.ts'
import { AppError } from '../../../lib/errors.ts'
import type { BackupTarget, Plan, Task } from '../../../plan/plan.ts'
import { describeStep } from '../../../plan/steps/describe-step.ts'
import { setsOf } from '../../../plan/steps/sets-of.ts'
import { placeOf } from '../../../plan/steps/storages-of.ts'
import { nextRuns } from '../../../schedule/next-runs.ts'
import { planChangedAt } from '../../checks/last-runs.ts'
import { listSchedule, type ScheduledTask } from '../../schedules/list-schedule.ts'
import type { WebHost } from '../web-host.ts'
import { daysUntil, lettersOf, SHOWN_DAYS } from './days.ts'
import { decideTaskState, failures, isBad, type TaskDecision } from './task-state.ts'

/** The set for which a claim was proven, and the time. */
export interface Shown {
  readonly at: Date
  /** Empty if the task creates no named sets. */
  readonly set: string
  readonly task: string
}

export interface TaskClaims {
  readonly published: Shown | null
  readonly verified: Shown | null
  readonly restored: Shown | null
}

/** The current state of a task. */
export interface TaskView extends TaskDecision {
  readonly task: Task
  readonly isDefault: boolean
  readonly steps: readonly { readonly kind: string; readonly text: string; readonly name?: string }[]
  /** The names of the storages of its sets. */
  readonly storages: readonly string[]
  readonly schedule: (ScheduledTask & Pick<NonNullable<Task['schedule']>, 'jitterMs' | 'catchUp'>) | null
  readonly lastRun: RunSummary | null
  readonly running: RunSummary | null
  readonly claims: TaskClaims
  readonly failuresSince: number
  readonly days: { readonly from: string; readonly states: string }
  /** The size of its newest set. */
  readonly bytes: number | null
}

/** All tasks of this host, with their recorded history. */
export interface Overview {
  readonly at: Date
  readonly plan: Plan
  readonly tasks: readonly TaskView[]
  readonly running: readonly RunSummary[]
}

/** A run is late if it has not begun this long after it was due. */
const GRACE_MS = 3_600_000
const NEXT = 5

export interface OverviewDeps {
  readonly journal: Journal
  readonly scheduled: readonly ScheduledTask[]
  readonly now: Date
}

/** Reads the crontab, with a program, and the timers, and computes the next runs. */
export function readScheduled(plan: Plan, { clock, crontab }: Pick<WebHost, 'clock' | 'crontab'>): Promise<readonly ScheduledTask[]> {
  return listSchedule(plan, undefined, { after: clock(), count: NEXT, crontab })
}

/** Reads the state of all tasks. Rejects with a `DatabaseError`. */
export async function readOverview(plan: Plan, { journal, scheduled, now }: OverviewDeps): Promise<Overview> {
  const from = new Date(now.getTime() - SHOWN_DAYS * DAY_MS)
  const [runs, published, checks, changed] = await Promise.all([
    journal.runs({ from, asRecorded: true }),
    journal.published({ from: new Date(now.getTime() - 400 * DAY_MS) }),
    journal.checks({}),
    planChangedAt(plan),
  ])
  const byTask = Map.groupBy(runs, ({ task }) => task)
  const facts = { now, changed, plan, published, checks, schedules: new Map(scheduled.map((it) => [it.task, it])) }
  const tasks: TaskView[] = []
  for (const task of plan.tasks.values()) {
    const recent = (byTask.get(task.name) ?? []).filter(({ config }) => config === plan.file)
    // For a task without recent runs: its last runs.
    const known =
      recent.length > 0 ? recent : (await journal.runs({ task: task.name, limit: 5, asRecorded: true })).filter(({ config }) => config === plan.file)
    tasks.push(viewOf(task, known, facts))
  }
  return { at: now, plan, tasks, running: runs.filter(({ state }) => state === 'running') }
}

interface OverviewFacts {
  readonly now: Date
  readonly changed: Date
  readonly plan: Plan
  readonly published: readonly PublishedSet[]
  readonly checks: readonly CheckRecord[]
  readonly schedules: ReadonlyMap<string, ScheduledTask>
}

function viewOf(task: Task, runs: readonly RunSummary[], { now, changed, plan, published, checks, schedules }: OverviewFacts): TaskView {
  const ended = runs.filter(({ state }) => state !== 'running' && state !== 'locked')
  const running = runs.find(({ state }) => state === 'running') ?? null
  const scheduled = schedules.get(task.name)
  // The age of what a clock dated that was ahead is unknown.
  const isPast = (moment: Date) => !isAhead(moment, now)
  const isScheduled = scheduled !== undefined && scheduled.isEnabled !== false
  const missed = isScheduled ? missedBy(task, { since: runs.find(({ began }) => isPast(began))?.began ?? changed, now }) : undefined
  const sets = published.filter((it) => it.task === task.name && isPast(it.at))
  const lastGood = ended.find((run) => !isBad(run) && isPast(run.began))
  const [newest] = sets
  const shown = (record: CheckRecord | undefined): Shown | null => (record ? { at: record.ended, set: record.set, task: task.name } : null)
  const good = checks.filter((it) => it.task === task.name && it.good)
  const days = daysUntil(now, SHOWN_DAYS)
  return {
    task,
    isDefault: task.name === plan.defaultTask,
    steps: task.steps.map((step) => ({ kind: step.kind, text: describeStep(step), ...(step.name !== undefined && { name: step.name }) })),
    storages: [...new Set(setsOf(plan, task).flatMap(({ targets }) => targets.map(storageName)))],
    ...decideTaskState({ ended, isRunning: running !== null, isAhead: ended[0] !== undefined && !isPast(ended[0].began), missed, isScheduled }),
    schedule: scheduled && task.schedule ? { ...scheduled, jitterMs: task.schedule.jitterMs, catchUp: task.schedule.catchUp } : null,
    lastRun: runs.find(({ state }) => state !== 'running') ?? null,
    running,
    claims: {
      published: newest
        ? { at: newest.at, set: newest.set, task: task.name }
        : lastGood?.ended
          ? { at: lastGood.ended, set: '', task: task.name }
          : null,
      verified: shown(good.find(({ kind }) => kind === 'verify')),
      restored: shown(good.find(({ kind }) => kind === 'restore' || kind === 'drill')),
    },
    failuresSince: failures(ended).length,
    days: { from: days[0] ?? '', states: lettersOf(runs, days) },
    bytes: newest?.bytes ?? null,
  }
}

/** The name in the configuration, or the location. */
export function storageName({ name, storage }: Pick<BackupTarget, 'name' | 'storage'>): string {
  return name ?? placeOf(storage) ?? storage.kind
}

/** The time of the first run that was due since then and did not begin in time. */
function missedBy({ schedule }: Task, { since, now }: { readonly since: Date; readonly now: Date }): Date | undefined {
  if (schedule === undefined) return undefined
  try {
    const [due] = nextRuns(schedule, { after: since, count: 1 })
    return due !== undefined && due.getTime() + schedule.jitterMs + GRACE_MS < now.getTime() ? due : undefined
  } catch (error) {
    // An invalid schedule is reported by the check of the configuration.
    if (error instanceof AppError) return undefined
    throw error
  }
}
