import type { Report } from '../../document/report.ts'
import { itemsOf, memberOf, type Placed, spotOf } from '../../document/yaml/node.ts'
import type { ScheduleSpec } from '../../plan/plan.ts'
import { parseTimes } from '../../plan/times/times.ts'
import { TimesError } from '../../plan/times/times-error.ts'
import type { TaskInput } from './schema/tasks.ts'

/** Compiles `schedule` with what belongs to it. Each time is read once here, so that what is wrong is told with its place. */
export function compileSchedule({ schedule, jitter, 'catch-up': catchUp }: TaskInput, task: Placed, report: Report): ScheduleSpec | undefined {
  const at = memberOf(task, 'schedule')
  if (schedule === undefined || !at) {
    for (const idle of ['jitter', 'catch-up']) {
      const idleAt = memberOf(task, idle)
      if (idleAt) report.warn(spotOf(idleAt), `"${idle}" has no effect without "schedule"`)
    }
    return undefined
  }
  const words = [schedule].flat()
  const places = at.node.kind === 'list' ? itemsOf(at) : [at]
  for (const [index, text] of words.entries()) checkWords(text, places[index] ?? at, report)
  return { words, jitterMs: jitter ?? 0, catchUp: catchUp ?? false }
}

function checkWords(text: string, at: Placed, report: Report): void {
  try {
    parseTimes(text)
  } catch (error) {
    if (!(error instanceof TimesError)) throw error
    report.error(spotOf(at), error.message, error.hint)
  }
}
