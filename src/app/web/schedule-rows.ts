import type { RunSummary } from '../../journal/run-record.ts'
import type { ScheduleSpec } from '../../plan/plan.ts'
import { nextRuns } from '../../schedule/next-runs.ts'
import type { LocalData } from './local-data.ts'
import type { TaskView } from './overview/read-overview.ts'

export interface Window {
  readonly from: Date
  readonly to: Date
}

/** The runs of a task, past and planned. */
export interface ScheduleRowView {
  readonly view: TaskView
  readonly usualMs: number | null
  readonly ran: readonly RunSummary[]
  readonly planned: readonly Date[]
}

const MAX_PLANNED = 1000
const LOOKED_AT = 10

/** The runs between two times, and the planned runs. */
export async function readScheduleRows({ journal, overview }: LocalData, { from, to }: Window): Promise<readonly ScheduleRowView[]> {
  const { tasks, at } = await overview()
  const runs = Map.groupBy(await journal.runs({ from, to }), ({ task }) => task)
  return Promise.all(
    tasks.map(async (view) => {
      const lasted = (await journal.runs({ task: view.task.name, limit: LOOKED_AT })).flatMap(({ state, began, ended }) =>
        ended !== undefined && (state === 'ok' || state === 'warnings') ? [ended.getTime() - began.getTime()] : [],
      )
      const start = new Date(Math.max(from.getTime(), at.getTime()))
      const isPlanned = view.schedule !== null && view.schedule.isEnabled !== false && view.task.schedule !== undefined
      return {
        view,
        usualMs: lasted.toSorted((a, b) => a - b)[Math.floor(lasted.length / 2)] ?? null,
        ran: runs.get(view.task.name) ?? [],
        planned: isPlanned && view.task.schedule ? plannedIn(view.task.schedule, { from: start, to }) : [],
      }
    }),
  )
}

function plannedIn(schedule: ScheduleSpec, { from, to }: Window): readonly Date[] {
  try {
    return nextRuns(schedule, { after: from, count: MAX_PLANNED }).filter((it) => it < to)
  } catch {
    return []
  }
}

/** The next runs of a schedule expression, in the time zone of this host. Throws `schedule/bad-times`. */
export function previewSchedule(words: readonly string[], { after, count }: { readonly after: Date; readonly count: number }): readonly Date[] {
  return nextRuns({ words }, { after, count })
}
