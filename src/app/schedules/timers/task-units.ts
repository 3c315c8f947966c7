import { PROGRAM } from '../../../lib/assets.ts'
import { userEntry } from '../../../lib/user/user-entry.ts'
import { SYSTEM_PATH } from '../../../plan/command.ts'
import type { Plan, Task } from '../../../plan/plan.ts'
import { readUnit } from '../../../schedule/timers/host-units.ts'
import { renderService, renderTimer, unitMark, unitName } from '../../../schedule/timers/render-units.ts'
import type { Host } from '../../host/host.ts'
import type { ConfigChoice } from '../../host/load-plan.ts'
import { stateFolder } from '../../host/state-folder.ts'
import { ALLOW_UNSAFE } from '../../host/trusted-reader.ts'
import { nodeFolder } from '../node-folder.ts'
import { needsOf } from './needs-of.ts'

/** The facts of units that are not in the plan. */
export interface UnitsOf {
  readonly plan: Plan
  readonly choice: ConfigChoice
  readonly host: Pick<Host, 'env' | 'uid'>
}

// That of a root shell: the default of systemd, and cron's even more, has less.
const PATH = SYSTEM_PATH.join(':')

/** systemd sets no home for services of root, but cron does: option files of databases, rclone and gpg are found by it. */
async function variables(host: UnitsOf['host']): Promise<Readonly<Record<string, string>>> {
  // Not $HOME: sudo can keep that of its caller.
  const user = userEntry()
  const node = await nodeFolder(host)
  const path = node === undefined || PATH.split(':').includes(node) ? PATH : `${node}:${PATH}`
  return { PATH: path, ...(user !== undefined && { HOME: user.homedir, LOGNAME: user.username }), SHELL: '/bin/sh' }
}

/** The units of a task with a schedule, by their file names. Rejects with `schedule/bad-times`. */
export async function unitsOf(task: Task, { plan, choice, host }: UnitsOf): Promise<ReadonlyMap<string, string>> {
  const { name, schedule } = task
  if (schedule === undefined) return new Map()
  const own = host.env['HOLDFAST_STATE']
  const units = {
    ...{ task: name, file: plan.file, schedule },
    argv: [PROGRAM, '-q', ...(choice.allowsUnsafe === true ? [ALLOW_UNSAFE] : []), '-f', plan.file, 'run', name],
    environment: { ...(await variables(host)), ...(own && { HOLDFAST_STATE: stateFolder(host.env, host.uid) }) },
    needs: await needsOf(plan, task, stateFolder(host.env, host.uid)),
  }
  return new Map([
    [`${unitName(name)}.service`, renderService(units)],
    [`${unitName(name)}.timer`, renderTimer(units)],
  ])
}

/** Whether a timer starts a task of this plan: as its units would be made now (`yes`), or with others (`differs`). */
export type TimerState = 'yes' | 'no' | 'differs'

/** With the lines of the units that differ, as `NAME: LINE`. */
export interface TimerDrift {
  readonly state: TimerState
  readonly installed: readonly string[]
  readonly planned: readonly string[]
}

export async function timerState(task: Task, call: UnitsOf): Promise<TimerDrift> {
  if (!hasTimer(task.name, call.plan)) return { state: 'no', installed: [], planned: [] }
  const units = [...(await unitsOf(task, call))].map(([name, text]) => ({ name, planned: linesIn(text), installed: linesIn(readUnit(name) ?? '') }))
  const only = (side: 'installed' | 'planned', other: 'installed' | 'planned') =>
    units.flatMap((unit) => unit[side].filter((line) => !unit[other].includes(line)).map((line) => `${unit.name}: ${line}`))
  const [installed, planned] = [only('installed', 'planned'), only('planned', 'installed')]
  const isSame = units.every((unit) => unit.installed.join('\n') === unit.planned.join('\n'))
  return { state: isSame ? 'yes' : 'differs', installed, planned }
}

function linesIn(text: string): readonly string[] {
  return text.split('\n')
}

/** Whether a timer is installed that was made for the task of this configuration. */
export function hasTimer(task: string, plan: Plan): boolean {
  return isOwnUnit(`${unitName(task)}.timer`, task, plan)
}

/** Whether the unit exists and was made for the task of this configuration. */
export function isOwnUnit(name: string, task: string, { file }: Plan): boolean {
  return readUnit(name)?.startsWith(`${unitMark({ task, file })}\n`) === true
}
