import { hostname } from 'node:os'
import { countsForRotation } from '../../backup/keep/decide-rotation.ts'
import { readProtection } from '../../backup/keep/read-protection.ts'
import { type ForecastDay, simulateRotation } from '../../backup/keep/simulate-rotation.ts'
import { parseSetName } from '../../backup/set/set-name.ts'
import type { SetStore } from '../../backup/set/set-store.ts'
import { DAY_MS } from '../../lib/durations.ts'
import type { Plan, Task } from '../../plan/plan.ts'
import { type OwnedTarget, tasksReached } from '../../plan/steps/sets-of.ts'
import { hostKey } from '../../process/identity/host-id.ts'
import { hostPolicy } from '../../run/steps/backup.ts'
import { nextRuns } from '../../schedule/next-runs.ts'
import type { Host } from '../host/host.ts'
import { eachRequestedStore } from './each-set-store.ts'
import type { SetsRequest } from './sets-request.ts'

export interface SimulateRequest extends SetsRequest {
  readonly days: number
}

/** What will be there of one step on one storage. */
export interface StepForecast {
  readonly task: string
  readonly step: string
  readonly storage: string
  /** On which the forecast is based, in words. */
  readonly assumption: string
  readonly days: readonly ForecastDay[]
}

// A schedule of each minute would make half a million sets a year.
const MOST_RUNS = 20_000

/** Simulates the rotations of the next days, by the schedule of each task. Changes nothing. Resolves with whether every storage could be read. */
export async function simulateSets(request: SimulateRequest, onForecast: (forecast: StepForecast) => void, host: Host): Promise<boolean> {
  const { plan, days } = request
  const call = { signal: host.signals.stop }
  host.signals.arm()
  const now = host.clock()
  const until = new Date(now.getTime() + days * DAY_MS)
  return eachRequestedStore(request, host, async (sets: SetStore, owned: OwnedTarget) => {
    const present = await sets.list(call)
    const policy = hostPolicy(owned.target, { name: hostname(), id: hostKey() })
    const { held, provenSets, holdsEnd = new Map() } = await readProtection(sets, { present, now }, call)
    const newest = present.findLast(countsForRotation)?.name
    const last = (newest === undefined ? undefined : parseSetName(newest)) ?? now
    const runs = runsOf(plan, owned.task, { now, until, last })
    const drills = timesOf(drillersOf(plan, owned.step.name), { now, until })
    const protection = { ...(held && { held }), ...(provenSets && { provenSets }) }
    onForecast({
      ...{ task: owned.task, step: owned.step.name, storage: sets.label },
      assumption: `${runs.source}, ${drills.length > 0 ? 'a drill on each of its dates' : 'no drills'}, all successful; each set as large as the newest one`,
      days: simulateRotation({ present, policy: { ...policy, ...protection }, runs: runs.dates, drills, holdsEnd }),
    })
  })
}

interface Span {
  readonly now: Date
  readonly until: Date
}

/** By the schedules of the task and of those that run it; without one, once a day at the time of the last set. */
function runsOf(
  plan: Plan,
  task: string,
  { now, until, last }: Span & { readonly last: Date },
): { readonly source: string; readonly dates: readonly Date[] } {
  const runners = [...plan.tasks.values()].filter((it) => tasksReached(plan, it).some(({ name }) => name === task))
  const dates = timesOf(runners, { now, until })
  if (runners.some(({ schedule }) => schedule !== undefined)) return { source: 'a run on each date of the schedule', dates }
  const daily: Date[] = []
  const ahead = Math.max(0, Math.ceil((now.getTime() - last.getTime()) / DAY_MS))
  for (let at = last.getTime() + Math.max(1, ahead) * DAY_MS; at < until.getTime(); at += DAY_MS) daily.push(new Date(at))
  return { source: 'a run each day, because the task has no schedule', dates: daily }
}

function drillersOf(plan: Plan, step: string): readonly Task[] {
  return [...plan.tasks.values()].filter(({ steps }) => steps.some((it) => it.kind === 'drill' && it.name === step))
}

function timesOf(tasks: readonly Task[], { now, until }: Span): readonly Date[] {
  const times = tasks.flatMap(({ schedule }) => (schedule === undefined ? [] : nextRuns(schedule, { after: now, count: MOST_RUNS })))
  return times
    .filter((at) => at < until)
    .toSorted((a, b) => a.getTime() - b.getTime())
    .slice(0, MOST_RUNS)
}
