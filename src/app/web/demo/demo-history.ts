import { formatSetName } from '../../../backup/set/set-name.ts'
import type { PastRun } from '../../../journal/write-history.ts'
import { errorsOf } from '../../../lib/errors.ts'
import type { RunEvent } from '../../../run/events.ts'
import type { RunResult, RunStatus } from '../../../run/run-result.ts'
import { demoRandom } from './demo-random.ts'

class DemoError extends errorsOf('process')<'failed'> {}

type Random = () => number

interface DemoObject {
  readonly path: string
  /** The size in the first set; later ones grow slightly each day. */
  readonly bytes: number
  readonly seconds: number
}

interface DemoTask {
  readonly name: string
  readonly hour: number
  readonly minute: number
  /** The day of the week, 0: Sunday; absent: every day. */
  readonly weekday?: number
  readonly storages: readonly string[]
  readonly objects: readonly DemoObject[]
  /** The number of most recent runs that failed. */
  readonly failing: number
}

const MiB = 1024 * 1024
const TASKS: readonly DemoTask[] = [
  {
    ...{ name: 'nightly', hour: 2, minute: 30, storages: ['local', 'offsite'], failing: 0 },
    objects: [
      { path: 'etc.tar.zst', bytes: 3 * MiB, seconds: 4 },
      { path: 'www.tar.zst', bytes: 800 * MiB, seconds: 130 },
      { path: 'shop.sql.gz', bytes: 210 * MiB, seconds: 95 },
    ],
  },
  { name: 'mail', hour: 3, minute: 15, weekday: 0, storages: ['local'], failing: 0, objects: [{ path: 'mail.gz', bytes: 5200 * MiB, seconds: 900 }] },
  { name: 'payroll', hour: 4, minute: 0, storages: ['local'], failing: 2, objects: [{ path: 'payroll.sql.gz', bytes: 42 * MiB, seconds: 20 }] },
  { name: 'housekeeping', hour: 5, minute: 0, weekday: 1, storages: [], failing: 0, objects: [] },
]

/** The runs of the demonstration's tasks on the days before `now`, oldest first, which have all ended. All have the same `origin`. */
export function demoHistory(now: Date, days: number, origin: PastRun['origin']): readonly PastRun[] {
  const random = demoRandom(7)
  return TASKS.flatMap((task) => {
    const begins = Array.from({ length: days }, (_, at) => begunOn(now, days - at, task)).flatMap((it) => (it !== undefined && it < now ? [it] : []))
    return begins.flatMap((began, at) => {
      const events = begins.length - at <= task.failing ? failedRun(task, began) : goodRun(task, { began, growth: 1 + at / 300, random })
      // One that would not have ended yet is omitted.
      return events.every(([when]) => when <= now) ? [{ origin, events }] : []
    })
  })
}

function begunOn(now: Date, daysAgo: number, { hour, minute, weekday }: DemoTask): Date | undefined {
  const at = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1 - daysAgo, hour, minute, 1)
  return weekday === undefined || at.getDay() === weekday ? at : undefined
}

type Timed = readonly [Date, RunEvent]

function goodRun(
  task: DemoTask,
  { began, growth, random }: { readonly began: Date; readonly growth: number; readonly random: Random },
): readonly Timed[] {
  const chance = random()
  const isPartial = task.storages.length > 1 && chance < 0.03
  const note = chance > 0.96 ? `"${task.objects[0]?.path ?? task.name}": 3 files changed while they were read` : undefined
  let at = began
  const events: Timed[] = [...beginning(task, began)]
  let total = 0
  for (const { path, bytes: usual, seconds } of task.objects) {
    const bytes = Math.round(usual * growth * (0.95 + random() / 10))
    const durationMs = Math.round(seconds * 1000 * growth * (0.8 + random() / 2))
    events.push([at, { kind: 'object-began', task: task.name, step: task.name, path }])
    at = later(at, durationMs)
    events.push([at, { kind: 'object-ended', task: task.name, step: task.name, path, bytes, sha256: hexOf(random), durationMs }])
    total += bytes
  }
  if (note !== undefined) events.push([at, { kind: 'note', task: task.name, text: note }])
  const set = setName(began)
  for (const [index, storage] of task.storages.entries()) {
    const base = { task: task.name, step: task.name, storage, set }
    const failure = { kind: 'set-failed', ...base, stopped: false, code: 'storage/full', message: 'no space left on the device' } as const
    events.push([at, isPartial && index > 0 ? failure : { kind: 'set-published', ...base, bytes: total }])
  }
  at = later(at, 800)
  events.push([
    at,
    { kind: 'step-ended', task: task.name, index: 0, durationMs: at.getTime() - began.getTime(), ...(isPartial && { partial: true }) },
  ])
  const error = isPartial ? { error: new DemoError('failed', 'no set on the storage "offsite": no space left on the device') } : {}
  const status: RunStatus = isPartial ? 'partial' : note !== undefined ? 'warnings' : 'ok'
  return [...events, ending({ ...resultOf(task, { began, ended: at, status }), notes: note === undefined ? [] : [note], ...error })]
}

function failedRun(task: DemoTask, began: Date): readonly Timed[] {
  const [object] = task.objects
  const at = later(began, 2200)
  const error = new DemoError('failed', `could not make "${object?.path}": sh failed (exit code 1): pg_dump: error: connection to server failed`, {
    hint: 'Start the database server, or correct its address.',
  })
  const object_ = { task: task.name, step: task.name, path: object?.path ?? '' }
  return [
    ...beginning(task, began),
    [began, { kind: 'object-began', ...object_ }],
    [at, { kind: 'object-failed', ...object_, durationMs: 2200, stopped: false, stages: [] }],
    [at, { kind: 'step-failed', ...stepOf(task), code: error.code, message: error.message }],
    ending({ ...resultOf(task, { began, ended: at, status: 'failed' }), error, failedAt: stepOf(task) }),
  ]
}

function beginning(task: DemoTask, began: Date): readonly Timed[] {
  const sets = task.storages.map(
    (storage): Timed => [began, { kind: 'set-began', task: task.name, step: task.name, storage, objects: task.objects.length }],
  )
  return [
    [began, { kind: 'run-began', runId: runId(task, began), task: task.name, steps: [stepOf(task).text] }],
    [began, { kind: 'step-began', ...stepOf(task) }],
    ...sets,
  ]
}

function ending(result: RunResult): Timed {
  return [result.ended, { kind: 'run-ended', result }]
}

function resultOf(task: DemoTask, times: { readonly began: Date; readonly ended: Date; readonly status: RunStatus }): RunResult {
  return { runId: runId(task, times.began), task: task.name, notes: [], ...times }
}

function stepOf({ name, objects }: DemoTask) {
  const text = objects.length === 0 ? 'run sh' : `back up ${objects.length} object${objects.length === 1 ? '' : 's'}`
  return { task: name, index: 0, steps: 1, text }
}

function runId({ name }: DemoTask, began: Date): string {
  return `${began.toISOString().slice(0, 19).replaceAll(/[-:]/gu, '')}Z-${Buffer.from(name).toString('hex').slice(0, 8)}`
}

/** The name of the set of a run that began at this time. */
function setName(began: Date): string {
  return formatSetName(began, 'basic')
}

function later(at: Date, byMs: number): Date {
  return new Date(at.getTime() + byMs)
}

function hexOf(random: Random): string {
  return Array.from({ length: 64 }, () => Math.floor(random() * 16).toString(16)).join('')
}
