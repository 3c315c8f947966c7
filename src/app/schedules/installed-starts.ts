import { AppError } from '../../lib/errors.ts'
import type { Plan, Task } from '../../plan/plan.ts'
import { openHostCrontab } from '../../schedule/host-crontab.ts'
import type { Host } from '../host/host.ts'
import type { ConfigChoice } from '../host/load-plan.ts'
import { linesFor, type TaskLine } from './change-crontab.ts'
import { type CrontabOutputs, crontabOutputs } from './crontab-outputs.ts'
import { latin1, ownLines, utf8 } from './own-lines.ts'
import { type TimerDrift, type TimerState, timerState, type UnitsOf } from './timers/task-units.ts'

/** What starts a task on this host: as it would be installed now (`yes`), or otherwise (`differs`). Undefined: the crontab cannot be read. */
export interface InstalledStarts {
  readonly crontab: TimerState | undefined
  readonly timer: TimerState
  /** What is installed, and what would be installed now, as far as they differ: crontab lines, and `UNIT: LINE`. */
  readonly drift?: Drift
}

export interface Drift {
  readonly installed: readonly string[]
  readonly planned: readonly string[]
}

const NONE: Drift = { installed: [], planned: [] }

/** What starts each task with a schedule, by its name. */
export async function installedStarts(plan: Plan, choice: ConfigChoice, host: Host): Promise<ReadonlyMap<string, InstalledStarts>> {
  const text = await crontabText(plan, host)
  const { files } = await crontabOutputs(plan, host.uid === 0 && (plan.crontabUser ?? 'root') === 'root')
  const found = new Map<string, InstalledStarts>()
  for (const task of plan.tasks.values())
    if (task.schedule !== undefined) found.set(task.name, await startsOf(task, { plan, choice, host, text, files }))
  return found
}

interface Looking extends UnitsOf {
  readonly host: Host
  /** The crontab, if it can be read. */
  readonly text: string | undefined
  readonly files: CrontabOutputs['files']
}

async function startsOf(task: Task, { plan, choice, host, text, files }: Looking): Promise<InstalledStarts> {
  const own = text === undefined ? undefined : await ownLines(text, task.name, { plan })
  const wanted = own === undefined || own.size === 0 ? [] : await linesFor(plan, [task], { choice, files, host }).catch(ifBad)
  const crontab = own && stateOf(own, wanted)
  const timer = await timerState(task, { plan, choice, host }).catch(ifUnsupported)
  if (crontab !== 'differs' && timer.state !== 'differs') return { crontab, timer: timer.state }
  const lines = own && crontab === 'differs' ? { installed: [...own].map((it) => utf8(it).trim()), planned: wanted.map(({ line }) => line) } : NONE
  return {
    ...{ crontab, timer: timer.state },
    drift: { installed: [...lines.installed, ...timer.installed], planned: [...lines.planned, ...timer.planned] },
  }
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

function ifUnsupported(error: unknown): TimerDrift {
  if (error instanceof AppError) return { state: 'differs', ...NONE }
  throw error
}
