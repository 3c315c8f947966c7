import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { AppError } from '../../lib/errors.ts'
import type { Visibility } from '../../plan/command.ts'
import type { Plan, Task } from '../../plan/plan.ts'
import type { RunLogs } from '../../plan/run-logs.ts'
import { openRunLog, type RunLog } from '../../report/run-log/open-run-log.ts'
import { languageOf } from '../../report/run-log/texts-in.ts'
import type { RunEvent } from '../../run/events.ts'
import type { StepPlace } from '../../run/result.ts'
import type { Host } from '../host/host.ts'

/** Who shows a run while it goes on. */
export interface RunView {
  watch(event: RunEvent): void
  close(): void
  /** How often objects in the making are to tell their size; absent: nobody looks. */
  readonly progressMs?: number
}

/** A log or the trigger file could not be written. */
export class LogFailure extends AppError {
  readonly code = 'app/log-failed'
}

export interface LogOf {
  readonly plan: Plan
  readonly logs: RunLogs
  /** Absent: there is no such task. */
  readonly task: Task | undefined
  readonly began: Date
  /** Of the run; grows while it goes on. */
  readonly secrets: ReadonlySet<string>
  /** Its lines, for a face that shows them instead of the events. */
  readonly showLine?: ((line: string) => void) | undefined
  /** What commands write to their stdout and the plan wants shown. */
  showOutput(text: string, show: Visibility): void
}

/** The logs of one run, and who shows it. */
export interface LoggedRun {
  readonly log: RunLog
  /** Writes the logs beside what `inner` does. */
  watching(inner: RunView): RunView
  /** Closes the logs. True: all of them could be written; else each failure is one of `host`. */
  finish(): boolean
}

/** Opens the logs that the plan asks for. Nothing is written before something is told. */
export function openLogOfRun({ plan, logs, task, began, secrets, showLine, showOutput }: LogOf, host: Host): LoggedRun {
  const hostTag = logs.tag === '' ? hostname() : logs.tag
  const log = openRunLog({
    logs,
    home: dirname(plan.file),
    tag: task?.logTag ?? hostTag,
    allTags: [hostTag, ...[...plan.tasks.values()].flatMap(({ logTag }) => logTag ?? [])],
    began,
    clock: host.clock,
    secrets,
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
        if (event.kind === 'stdout') showOutput(event.text, event.show)
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

function kindsIn({ tasks }: Plan, task: Task | undefined): (place: Pick<StepPlace, 'task' | 'index'>) => Task['steps'][number]['kind'] | undefined {
  return (place) => (place.task === task?.name ? task : tasks.get(place.task))?.steps[place.index]?.kind
}
