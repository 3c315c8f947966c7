import { AppError } from '../../lib/errors.ts'
import type { Plan } from '../../plan/plan.ts'
import { openHostCrontab } from '../../schedule/host-crontab.ts'
import type { Host } from '../host/host.ts'
import type { ConfigChoice } from '../host/load-plan.ts'
import { linesFor, type TaskLine } from './change-crontab.ts'
import { crontabOutputs } from './crontab-outputs.ts'
import { latin1, ownLines } from './own-lines.ts'
import { type TimerState, timerState } from './timers/task-units.ts'

/** What starts a task on this host: as it would be installed now (`yes`), or otherwise (`differs`). Undefined: the crontab cannot be read. */
export interface InstalledStarts {
  readonly crontab: TimerState | undefined
  readonly timer: TimerState
}

/** What starts each task with a schedule, by its name. */
export async function installedStarts(plan: Plan, choice: ConfigChoice, host: Host): Promise<ReadonlyMap<string, InstalledStarts>> {
  const text = await crontabText(plan, host)
  const { files } = await crontabOutputs(plan, host.uid === 0 && (plan.crontabUser ?? 'root') === 'root')
  const found = new Map<string, InstalledStarts>()
  for (const task of plan.tasks.values()) {
    if (task.schedule === undefined) continue
    const wanted = () => linesFor(plan, [task], { choice, files, host }).catch(ifBad)
    const crontab = text === undefined ? undefined : stateOf(await ownLines(text, task.name, { plan }), await wanted())
    found.set(task.name, { crontab, timer: await timerState(task, { plan, choice, host }).catch(ifUnsupported) })
  }
  return found
}

/** Of the lines that are in the crontab, and those that should be. */
function stateOf(own: ReadonlySet<string>, wanted: readonly TaskLine[]): TimerState {
  if (own.size === 0) return 'no'
  return own.size === 1 && wanted.some(({ line }) => own.has(`${latin1(line)}\n`)) ? 'yes' : 'differs'
}

/** The crontab as `latin1` makes it; undefined if it cannot be read. */
export async function crontabText(plan: Plan, host: Host): Promise<string | undefined> {
  try {
    return await (host.crontab ?? (await openHostCrontab(plan.crontabUser))).read()
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}

/** Of a schedule that cannot be installed any more. */
function ifBad(error: unknown): readonly never[] {
  if (error instanceof AppError) return []
  throw error
}

function ifUnsupported(error: unknown): TimerState {
  if (error instanceof AppError) return 'differs'
  throw error
}
