import type { Journal } from '../../../journal/journal.ts'
import type { PublishedSet } from '../../../journal/read-runs.ts'
import type { RunState } from '../../../journal/run-record.ts'
import { DAY_MS } from '../../../lib/durations.ts'
import { dayOf, worstOf } from './days.ts'

export interface TaskDay {
  readonly day: string
  readonly task: string
  readonly worst: RunState
  readonly runs: number
  readonly bytes: number | null
  readonly durationMs: number | null
}

const DEFAULT_DAYS = 371

export interface DaysQuery {
  readonly task: string | undefined
  /** `YYYY-MM-DD`; absent: about a year ago. */
  readonly from: string | undefined
  readonly now: Date
}

/** The state of each task on each day, newest first; days without a run are omitted. */
export async function readTaskDays(journal: Journal, { task, from, now }: DaysQuery): Promise<readonly TaskDay[]> {
  const since = from === undefined ? new Date(now.getTime() - DEFAULT_DAYS * DAY_MS) : new Date(`${from}T00:00:00`)
  const [runs, published] = await Promise.all([
    journal.runs({ from: since, ...(task !== undefined && { task }) }),
    journal.published({ from: since }),
  ])
  const sets = Map.groupBy(published, (it) => `${dayOf(it.at)} ${it.task}`)
  const groups = Map.groupBy(runs, (run) => `${dayOf(run.began)} ${run.task}`)
  return [...groups].map(([key, all]) => {
    const made = sets.get(key)
    const lasted = all.flatMap(({ began, ended }) => (ended === undefined ? [] : [ended.getTime() - began.getTime()]))
    return {
      day: key.slice(0, 10),
      task: key.slice(11),
      worst: worstOf(all.map(({ state }) => state)),
      runs: all.length,
      bytes: made ? bytesOf(made) : null,
      durationMs: lasted.length > 0 ? Math.max(...lasted) : null,
    }
  })
}

/** The total size of all sets; a set on several storages is counted once. */
function bytesOf(published: readonly PublishedSet[]): number {
  const sets = Map.groupBy(published, ({ set }) => set)
  return [...sets.values()].reduce((sum, copies) => sum + Math.max(...copies.map(({ bytes = 0 }) => bytes)), 0)
}
