import { printable } from '../../lib/format.ts'
import { printableShellWord } from '../../lib/shell-word.ts'
import type { Plan } from '../../plan/plan.ts'
import { processNames } from '../../process/identity/process-table.ts'
import type { Host } from '../host/host.ts'
import { type ConfigChoice, fileExists } from '../host/load-plan.ts'
import { type InstalledStarts, installedStarts } from '../schedules/installed-starts.ts'
import { type StrayStart, strayStarts } from '../schedules/stray-starts.ts'
import type { Diagnosis } from './diagnosis.ts'

/** Whether each scheduled task is started, once, as the configuration says, and whether there is a program that starts it. */
export async function examineSchedules(plan: Plan, choice: ConfigChoice, host: Host): Promise<readonly Diagnosis[]> {
  const starts = await installedStarts(plan, choice, host)
  const tasks = [...starts].map(([task, it]) => judge(task, it))
  const strays = (await strayStarts(plan, host)).map(ofStray)
  const byCron = [...starts.values()].some(({ crontab }) => crontab === 'yes' || crontab === 'differs')
  const byTimer = [...starts.values()].some(({ timer }) => timer !== 'no')
  const found = [...tasks, ...strays, ...(byCron ? cronDaemon() : []), ...(byTimer ? await systemd() : [])]
  return found.length > 0
    ? found
    : [{ area: 'schedules', state: 'warning', message: 'no task has a "schedule"', hint: 'Add one, as in "30 2 * * *".' }]
}

function judge(task: string, { crontab, timer }: InstalledStarts): Diagnosis {
  const name = `task "${printable(task)}"`
  const word = printableShellWord(task)
  const warning = (message: string, hint: string): Diagnosis => ({ area: 'schedules', state: 'warning', message, hint })
  const inCrontab = crontab === 'yes' || crontab === 'differs'
  if (inCrontab && timer !== 'no')
    return warning(`${name} is started by the crontab and by a timer`, `Run "holdfast disable ${word}", or "holdfast disable --systemd ${word}".`)
  if (crontab === 'differs') return warning(`the crontab line of ${name} differs from the configuration`, `Run "holdfast enable ${word}".`)
  if (timer === 'differs') return warning(`the timer of ${name} differs from the configuration`, `Run "holdfast enable --systemd ${word}".`)
  if (inCrontab || timer === 'yes')
    return { area: 'schedules', state: 'ok', message: `${name} is started by ${inCrontab ? 'the crontab' : 'a timer of systemd'}` }
  if (crontab === undefined)
    return warning(`the crontab could not be read, and ${name} has no timer`, 'Install cron, or run "holdfast enable --systemd all".')
  return warning(
    `${name} has a schedule, but neither the crontab nor a timer starts it`,
    `Run "holdfast enable ${word}", with --systemd for a timer.`,
  )
}

function ofStray({ task, kind }: StrayStart): Diagnosis {
  const what = kind === 'crontab' ? 'a crontab line' : 'a timer'
  return {
    area: 'schedules',
    state: 'warning',
    message: `${what} starts the task "${printable(task)}", which has no schedule in the configuration`,
    hint: `Run "holdfast disable ${kind === 'timer' ? '--systemd ' : ''}${printableShellWord(task)}".`,
  }
}

function cronDaemon(): readonly Diagnosis[] {
  const runs = [...processNames()].some((name) => /^(?:cron|crond|fcron|busybox)$/u.test(name))
  const message = 'no cron daemon is running: crontabs do not start tasks'
  return runs ? [] : [{ area: 'schedules', state: 'error', message, hint: 'Start it: "systemctl enable --now cron" (or crond).' }]
}

async function systemd(): Promise<readonly Diagnosis[]> {
  const message = 'systemd is not running: its timers do not start tasks'
  if (await fileExists('/run/systemd/system')) return []
  return [{ area: 'schedules', state: 'error', message, hint: 'Use the crontab: "holdfast enable all".' }]
}
