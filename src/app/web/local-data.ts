import type { Journal } from '../../journal/journal.ts'
import type { Plan } from '../../plan/plan.ts'
import { openHostJournal } from '../host/host-journal.ts'
import { type Overview, readOverview, readScheduled } from './overview/read-overview.ts'
import type { PlanCache } from './plan-cache.ts'
import type { WebHost } from './web-host.ts'

/** The facts of this host, cached for all requests. */
export interface LocalData {
  readonly journal: Journal
  /** The state of all tasks, at most a second or two old. Rejects with a `ConfigError` or a `DatabaseError`. */
  overview(): Promise<Overview>
  /** Clears the cache, so that the next request reads the crontab and the timers again. */
  forget(): void
  close(): Promise<void>
}

const FRESH_MS = 1500
// Reading the crontab requires starting a program.
const CRONTAB_FRESH_MS = 30_000

export function openLocalData(plans: PlanCache, host: WebHost): LocalData {
  const journal = openHostJournal(host)
  let kept: { readonly overview: Promise<Overview>; readonly atMs: number } | undefined
  let schedule: { readonly plan: Plan; readonly scheduled: ReturnType<typeof readScheduled>; readonly atMs: number } | undefined
  const scheduledOf = (plan: Plan) => {
    if (schedule?.plan !== plan || performance.now() - schedule.atMs > CRONTAB_FRESH_MS)
      schedule = { plan, scheduled: readScheduled(plan, host), atMs: performance.now() }
    return schedule.scheduled
  }
  return {
    journal,
    overview() {
      if (kept !== undefined && performance.now() - kept.atMs < FRESH_MS) return kept.overview
      const overview = plans.plan().then(async (plan) => readOverview(plan, { journal, scheduled: await scheduledOf(plan), now: host.clock() }))
      overview.catch(() => undefined)
      kept = { overview, atMs: performance.now() }
      return overview
    },
    forget() {
      kept = undefined
      schedule = undefined
    },
    close: () => journal.close(),
  }
}
