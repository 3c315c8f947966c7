import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { AppError } from '../../lib/errors.ts'
import type { Redactor } from '../../lib/redactor/redactor.ts'
import type { Plan, Task } from '../../plan/plan.ts'
import type { RunLogs } from '../../plan/run-logs.ts'
import { languageOf } from '../../report/run-log/log-language.ts'
import { openRunLog, type RunLog } from '../../report/run-log/open-run-log.ts'
import type { RunEvent } from '../../run/events.ts'
import type { StepLocation } from '../../run/run-result.ts'
import type { Host } from '../host/host.ts'

/** Displays a run while it is in progress. */
export interface RunView {
  watch(event: RunEvent): void
  close(): void
  /** How often the sizes of unfinished objects are reported; absent: never. */
  readonly progressMs?: number
}

/** A log or the trigger file could not be written. */
export class LogFailure extends AppError {
  readonly code = 'app/log-failed'
}

export interface LogOf {
  readonly plan: Plan
  readonly logs: RunLogs
  /** Absent: the task does not exist. */
  readonly task: Task | undefined
  readonly began: Date
  /** Knows the secrets of the run. */
  readonly redactor: Redactor
  /** Its lines, for a face that displays them instead of the events. */
  readonly showLine?: ((line: string) => void) | undefined
}

/** The logs of one run, and its watcher. */
export interface LoggedRun {
  readonly log: RunLog
  /** Writes the logs in addition to the actions of `inner`. */
  watching(inner: RunView): RunView
  /** Closes the logs. True: all of them could be written; otherwise each failure is reported to `host`. */
  finish(): boolean
}

/** Opens the logs of the plan. Nothing is written before the first event. */
export function openLogOfRun({ plan, logs, task, began, redactor, showLine }: LogOf, host: Host): LoggedRun {
  const hostTag = logs.tag === '' ? hostname() : logs.tag
  const log = openRunLog({
    logs,
    home: dirname(plan.file),
    tag: task?.logTag ?? hostTag,
    allTags: [hostTag, ...[...plan.tasks.values()].flatMap(({ logTag }) => logTag ?? [])],
    began,
    clock: host.clock,
    redactor,
    language: languageOf(host.env),
    kindOf: kindsIn(plan, task),
    ...(showLine && { show: showLine }),
  })
  const { signals } = host
  const onStop = () => log.stopping(signals.stoppedBy() ?? String(signals.stop.reason))
  signals.stop.addEventListener('abort', onStop)
  return {
    log,
    watching: (inner) => ({
      ...inner,
      watch(event) {
        log.watch(event)
        if (showLine) return
        inner.watch(event)
      },
    }),
    finish() {
      signals.stop.removeEventListener('abort', onStop)
      log.end()
      const troubles = log.troubles()
      for (const text of troubles) host.fail(new LogFailure(text))
      return troubles.length === 0
    },
  }
}

function kindsIn(
  { tasks }: Plan,
  task: Task | undefined,
): (place: Pick<StepLocation, 'task' | 'index'>) => Task['steps'][number]['kind'] | undefined {
  return (place) => (place.task === task?.name ? task : tasks.get(place.task))?.steps[place.index]?.kind
}
