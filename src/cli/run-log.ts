import { hostname } from 'node:os'
import { dirname } from 'node:path'
import type { Plan, Task } from '../plan/plan.ts'
import type { RunLogs } from '../plan/run-logs.ts'
import { openRunLog, type RunLog } from '../report/run-log/open-run-log.ts'
import { languageOf } from '../report/run-log/texts-in.ts'
import type { RunEvent } from '../run/events.ts'
import type { StepPlace } from '../run/result.ts'
import { isShown } from '../run/run-context.ts'
import { type Exit, exitWith } from './exit.ts'
import { LEVEL } from './print-event.ts'
import type { Watcher } from './run-watchers.ts'
import { plainSecretsOf } from './secrets-of.ts'
import type { World } from './world.ts'

export interface LogOf {
  readonly plan: Plan
  readonly logs: RunLogs
  /** Absent: there is no such task. */
  readonly task: Task | undefined
  readonly began: Date
  readonly verbosity: number
  readonly json: boolean
}

/** The logs of one run, and who shows it. */
export interface LoggedRun {
  readonly log: RunLog
  /** Writes the logs beside what `inner` does. */
  watching(inner: Watcher): Watcher
  /** Closes the logs. That they could not be written is no success, whatever the run was. */
  finish(exit: Exit): Exit
}

/** Opens the logs that the plan asks for. Nothing is written before something is told. */
export function openLogOfRun(of: LogOf, world: World): LoggedRun {
  const { plan, logs, task, began, verbosity, json } = of
  // Its lines go to stdout in place of our own view, as those used to it expect.
  const showsLines = plan.dialect === 'krista' && verbosity >= LEVEL.DEBUG && !json
  const hostTag = logs.tag === '' ? hostname() : logs.tag
  const log = openRunLog({
    logs,
    home: dirname(plan.file),
    tag: task?.logTag ?? hostTag,
    allTags: [hostTag, ...[...plan.tasks.values()].flatMap(({ logTag }) => logTag ?? [])],
    began,
    clock: world.clock,
    language: languageOf(world.env),
    kindOf: kindsIn(plan, task),
    ...(showsLines && { show: (line: string) => world.stdout.write(line) }),
  })
  for (const secret of plainSecretsOf(plan)) log.hide(secret)
  const { signals } = world
  const onStop = () => log.stopping(signals.stoppedBy() ?? String(signals.stop.reason))
  signals.stop.addEventListener('abort', onStop)
  const showOutput = outputShower(of, world)
  return {
    log,
    watching: (inner) => ({
      ...inner,
      watch(event) {
        log.watch(event)
        if (showsLines) return
        showOutput(event)
        inner.watch(event)
      },
    }),
    finish(exit) {
      signals.stop.removeEventListener('abort', onStop)
      log.end()
      const troubles = log.troubles()
      for (const text of troubles) world.stderr.write(`error: ${text}\n`)
      return troubles.length > 0 && exit.code === 0 ? exitWith('failed') : exit
    },
  }
}

function kindsIn({ tasks }: Plan, task: Task | undefined): (place: Pick<StepPlace, 'task' | 'index'>) => Task['steps'][number]['kind'] | undefined {
  return (place) => (place.task === task?.name ? task : tasks.get(place.task))?.steps[place.index]?.kind
}

/** What commands write to their stdout went through us: it is shown as it would have been. */
function outputShower({ verbosity, json }: LogOf, { stdout, stderr }: World): (event: RunEvent) => void {
  return (event) => {
    if (event.kind === 'stdout' && isShown(event.show, verbosity >= LEVEL.DEBUG)) (json ? stderr : stdout).write(event.text)
  }
}
