import { makeFolders } from '../../../files/make-folders.ts'
import { AppError } from '../../../lib/errors.ts'
import type { Plan, Task } from '../../../plan/plan.ts'
import { installUnits, readUnit, removeUnits, TimerError } from '../../../schedule/timers/host-units.ts'
import { unitName } from '../../../schedule/timers/render-units.ts'
import type { Host } from '../../host/host.ts'
import { fileExists } from '../../host/load-plan.ts'
import { stateFolder } from '../../host/state-folder.ts'
import { CannotEnable } from '../cannot-enable.ts'
import { type CrontabRequest, noteNever, tasksNamed } from '../change-crontab.ts'
import { needsOf } from './needs-of.ts'
import { hasTimer, isOwnUnit, type UnitsOf, unitsOf } from './task-units.ts'

/** Makes a service and a timer for each of these tasks, and starts the timers. Nothing is changed unless all can be enabled. Resolves with the units. */
export async function enableTimers(request: CrontabRequest, host: Host): Promise<ReadonlyMap<string, string>> {
  refuseUsers(host)
  const { plan, choice } = request
  const tasks = tasksNamed(request)
  const units = new Map<string, string>()
  for (const task of tasks) {
    if (task.schedule === undefined) throw new CannotEnable(`the task "${task.name}" has no "schedule"`, { hint: 'Add one, as in "30 2 * * *".' })
    await refuseMissing(task, plan, host)
    for (const [name, text] of await unitsOrReason(task, { plan, choice, host })) {
      if (readUnit(name) !== undefined && !isOwnUnit(name, task.name, plan))
        throw new TimerError('foreign-unit', `the unit "${name}" belongs to another configuration`, { hint: 'Rename the task, or remove that unit.' })
      units.set(name, text)
    }
  }
  noteNever(tasks, host)
  if (request.isDry || units.size === 0) return units
  // The units write to it: it must exist when they are started.
  await makeFolders(stateFolder(host.env, host.uid), 0o700)
  await installUnits(units)
  return units
}

/** Rejects with the name of the task if its schedule is invalid or unsupported. */
async function unitsOrReason(task: Task, call: UnitsOf): Promise<ReadonlyMap<string, string>> {
  try {
    return await unitsOf(task, call)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw new CannotEnable(`task "${task.name}": ${error.message}`, { hint: error.hint, cause: error })
  }
}

/** Removes the units of tasks, which need not be in the configuration. Resolves with the tasks that had any. */
export async function disableTimers({ plan, unit, isDry }: CrontabRequest, host: Host): Promise<readonly string[]> {
  refuseUsers(host)
  const names = unit === 'all' || unit === undefined ? [...plan.tasks.keys()] : [unit]
  const own = names.filter((name) => hasTimer(name, plan))
  if (!isDry && own.length > 0) await removeUnits(own.flatMap((name) => [`${unitName(name)}.timer`, `${unitName(name)}.service`]))
  return own
}

function refuseUsers({ uid }: Host): void {
  if (uid !== 0)
    throw new CannotEnable('timers of this host can only be changed by root', { hint: 'Use "enable" without --systemd, or run it as root.' })
}

/** Rejects if a folder is missing to which the task writes: a unit, or a sandbox, can only make existing folders writable. */
export async function refuseMissing(task: Task, plan: Plan, host: Host): Promise<void> {
  const state = stateFolder(host.env, host.uid)
  const { writes, mounts } = await needsOf(plan, task, state)
  for (const path of writes) {
    if (path === state || mounts.some((mount) => path === mount || path.startsWith(`${mount}/`)) || (await fileExists(path))) continue
    throw new CannotEnable(`the folder "${path}", to which the task "${task.name}" writes, is missing`, { hint: 'Create it, or run the task once.' })
  }
}
