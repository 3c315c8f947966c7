import type { EvidenceRecord, SealedRecord } from '../../backup/evidence/evidence-record.ts'
import { DAY_MS } from '../../lib/durations.ts'
import { formatDuration } from '../../lib/format.ts'
import type { Plan } from '../../plan/plan.ts'
import { setsOf } from '../../plan/steps/sets-of.ts'
import { nextRuns } from '../../schedule/next-runs.ts'
import type { Period } from './gather-records.ts'

/** The recorded state of the sets of one backup step on one storage. */
export interface StepSummary {
  readonly task: string
  readonly step: string
  readonly storage: string
  readonly published: number
  readonly verified: Counts
  readonly drilled: Counts
  /** The newest set that a drill has proven, and when that was. */
  readonly lastProven?: { readonly set: string; readonly at: string; readonly ageMs: number }
  /** The longest time without a new complete set in the period: as much could have been lost. */
  readonly rpoMs?: number
  /** The longest time that a complete restore took in a proven drill. */
  readonly rtoMs?: number
  readonly rtoBytes?: number
}

export type Counts = Readonly<Record<string, number>>

/** A scheduled drill that has no record. */
export interface MissedDrill {
  readonly task: string
  readonly step: string
  readonly at: Date
}

export interface Exception extends Pick<EvidenceRecord, 'kind' | 'end' | 'task' | 'step' | 'set' | 'storage'> {
  readonly at: string
  readonly what: string
  readonly reasons: readonly string[]
}

export interface Summary {
  readonly steps: readonly StepSummary[]
  readonly missed: readonly MissedDrill[]
  /** Steps of the configuration whose sets no task drills on a schedule. */
  readonly undrilled: readonly string[]
  readonly exceptions: readonly Exception[]
}

/** The facts in the records of a period, compared with the plan. `records`: also earlier ones, for the state before it. Decides only. */
export function summarize(
  records: readonly SealedRecord[],
  { plan, period, now }: { readonly plan: Plan; readonly period: Period; readonly now: Date },
): Summary {
  const until = new Date(Math.min(period.to.getTime(), now.getTime()))
  const all = records.map(({ record }) => record).filter(({ ended }) => ended < until.toISOString())
  const within = all.filter(({ ended }) => ended >= period.from.toISOString())
  const groups = Map.groupBy(all, ({ step, storage }) => JSON.stringify([step, storage]))
  const steps = [...groups.values()].map((of) => summaryOf(of, { from: period.from, to: until }))
  return {
    steps: steps.toSorted((a, b) => (`${a.task} ${a.step} ${a.storage}` < `${b.task} ${b.step} ${b.storage}` ? -1 : 1)),
    missed: missedDrills(within, plan, { from: period.from, to: until }),
    undrilled: undrilledSteps(plan),
    exceptions: within.flatMap(exceptionOf).toSorted((a, b) => (a.at < b.at ? -1 : 1)),
  }
}

function summaryOf(records: readonly EvidenceRecord[], { from, to }: Period): StepSummary {
  const sorted = records.toSorted((a, b) => (a.ended < b.ended ? -1 : 1))
  const within = sorted.filter(({ ended }) => ended >= from.toISOString())
  const ofKind = (kind: EvidenceRecord['kind']) => within.filter((it) => it.kind === kind)
  const { task = '', step = '', storage = '' } = sorted.find(({ kind }) => kind === 'published') ?? sorted[0] ?? {}
  const proven = sorted.findLast(({ kind, end }) => kind === 'drill' && end === 'proven')
  const rpoMs = longestGap(
    sorted.filter(({ kind, end }) => kind === 'published' && end === 'complete').map(({ began }) => Date.parse(began)),
    { from, to },
  )
  const restores = ofKind('drill').flatMap((it) => (it.end === 'proven' && it.level === 'full' ? [restoreOf(it)] : []))
  const slowest = restores.toSorted((a, b) => b.ms - a.ms)[0]
  return {
    ...{ task, step, storage },
    published: ofKind('published').length,
    verified: countsOf(ofKind('verify')),
    drilled: countsOf(ofKind('drill')),
    ...(proven && { lastProven: { set: proven.set, at: proven.ended, ageMs: to.getTime() - Date.parse(proven.ended) } }),
    ...(rpoMs !== undefined && { rpoMs }),
    ...(slowest && { rtoMs: slowest.ms, rtoBytes: slowest.bytes }),
  }
}

function countsOf(records: readonly EvidenceRecord[]): Counts {
  return Object.fromEntries([...Map.groupBy(records, ({ end }) => end)].map(([end, of]) => [end, of.length]))
}

/** `times`: ascending. What was before the period counts from its beginning, if there was anything. */
function longestGap(times: readonly number[], { from, to }: Period): number | undefined {
  if (times.length === 0) return undefined
  const [start, end] = [from.getTime(), to.getTime()]
  const before = times.findLast((it) => it < start)
  const within = times.filter((it) => it >= start && it < end)
  const marks = [...(before === undefined ? [] : [before]), ...within, end]
  return Math.max(...marks.slice(1).map((mark, index) => mark - (marks[index] ?? mark)))
}

function restoreOf({ objects }: EvidenceRecord): { readonly ms: number; readonly bytes: number } {
  const sumOf = (key: string) => objects.reduce((sum, object) => sum + (typeof object[key] === 'number' ? (object[key] as number) : 0), 0)
  return { ms: sumOf('restoredMs'), bytes: sumOf('bytes') }
}

// A schedule of each minute is not listed for years.
const MOST_EXPECTED = 10_000

function missedDrills(records: readonly EvidenceRecord[], plan: Plan, { from, to }: Period): readonly MissedDrill[] {
  return [...plan.tasks.values()].flatMap(({ name: task, schedule, steps }) => {
    const drills = steps.flatMap((step) => (step.kind === 'drill' ? [step.name] : []))
    if (schedule === undefined || drills.length === 0) return []
    const dates = nextRuns(schedule, { after: new Date(from.getTime() - 1), count: MOST_EXPECTED }).filter((at) => at < to)
    // The last one may still be running.
    return dates.slice(0, -1).flatMap((at, index) => {
      const next = dates[index + 1] ?? to
      const isDone = (step: string) => records.some((it) => it.kind === 'drill' && it.step === step && isWithin(it.began, { from: at, to: next }))
      return drills.filter((step) => !isDone(step)).map((step) => ({ task, step, at }))
    })
  })
}

function isWithin(time: string, { from, to }: Period): boolean {
  return time >= from.toISOString() && time < to.toISOString()
}

function undrilledSteps(plan: Plan): readonly string[] {
  const drilled = new Set(
    [...plan.tasks.values()].flatMap(({ schedule, steps }) => (schedule ? steps.flatMap((it) => (it.kind === 'drill' ? [it.name] : [])) : [])),
  )
  return setsOf(plan).flatMap(({ task, step: { name } }) => (drilled.has(name) ? [] : [`${task}: ${name}`]))
}

const GOOD: ReadonlySet<string> = new Set(['complete', 'good', 'proven'])

function exceptionOf({ kind, end, task, set, step, storage, ended, problems }: EvidenceRecord): readonly Exception[] {
  if (GOOD.has(end)) return []
  const names = { published: 'set published', verify: 'verification', drill: 'drill' } as const
  return [{ ...{ kind, end, task, step, set, storage }, at: ended, what: `${names[kind]}: ${end}: ${step} ${set} on ${storage}`, reasons: problems }]
}

/** An age or a gap, in words; days for long ones. */
export function describeSpan(ms: number): string {
  return ms >= 2 * DAY_MS ? `${Math.floor(ms / DAY_MS)} days` : formatDuration(ms)
}
