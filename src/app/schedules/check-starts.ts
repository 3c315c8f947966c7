import { printable } from '../../lib/format.ts'
import { printableShellWord } from '../../lib/shell-word.ts'
import type { Plan } from '../../plan/plan.ts'
import { processNames } from '../../process/identity/process-table.ts'
import type { Host } from '../host/host.ts'
import { type ConfigChoice, fileExists } from '../host/load-plan.ts'
import { type InstalledStarts, installedStarts } from './installed-starts.ts'
import { type StrayStart, strayStarts } from './stray-starts.ts'

/** One fact about what starts tasks. */
export interface StartFact {
  readonly state: 'ok' | 'warning' | 'error'
  /** Nothing starts a task that has a schedule. */
  readonly isMissing?: true
  readonly message: string
  readonly hint?: string
}

/**
 * Whether each scheduled task is started, once, as the configuration says, and whether a program that starts it is running. Empty: no task has a schedule, or
 * is started.
 */
export async function checkStarts(plan: Plan, choice: ConfigChoice, host: Host): Promise<readonly StartFact[]> {
  const starts = await installedStarts(plan, choice, host)
  const tasks = [...starts].map(([task, it]) => checkStart(task, it))
  const strays = (await strayStarts(plan, host)).map(ofStray)
  const byCron = [...starts.values()].some(({ crontab }) => crontab === 'yes' || crontab === 'differs')
  const byTimer = [...starts.values()].some(({ timer }) => timer !== 'no')
  return [...tasks, ...strays, ...(byCron ? cronDaemon() : []), ...(byTimer ? await systemd() : [])]
}

function checkStart(task: string, { crontab, timer }: InstalledStarts): StartFact {
  const name = `task "${printable(task)}"`
  const word = printableShellWord(task)
  const warning = (message: string, hint: string): StartFact => ({ state: 'warning', message, hint })
  const inCrontab = crontab === 'yes' || crontab === 'differs'
  if (inCrontab && timer !== 'no')
    return warning(`${name} is started by the crontab and by a timer`, `Run "holdfast disable ${word}", or "holdfast disable --systemd ${word}".`)
  if (crontab === 'differs') return warning(`the crontab line of ${name} differs from the configuration`, `Run "holdfast enable ${word}".`)
  if (timer === 'differs') return warning(`the timer of ${name} differs from the configuration`, `Run "holdfast enable --systemd ${word}".`)
  if (inCrontab || timer === 'yes') return { state: 'ok', message: `${name} is started by ${inCrontab ? 'the crontab' : 'a systemd timer'}` }
  if (crontab === undefined)
    return {
      ...warning(`the crontab could not be read, and ${name} has no timer`, 'Install cron, or run "holdfast enable --systemd all".'),
      isMissing: true,
    }
  return {
    ...warning(`${name} has a schedule, but neither the crontab nor a timer starts it`, `Run "holdfast enable ${word}", with --systemd for a timer.`),
    isMissing: true,
  }
}

function ofStray({ task, kind }: StrayStart): StartFact {
  const what = kind === 'crontab' ? 'a crontab line' : 'a timer'
  return {
    state: 'warning',
    message: `${what} starts the task "${printable(task)}", which has no schedule in the configuration`,
    hint: `Run "holdfast disable ${kind === 'timer' ? '--systemd ' : ''}${printableShellWord(task)}".`,
  }
}

function cronDaemon(): readonly StartFact[] {
  const runs = [...processNames()].some((name) => /^(?:cron|crond|fcron|busybox)$/u.test(name))
  const message = 'no cron daemon is running: crontabs do not start tasks'
  return runs ? [] : [{ state: 'error', message, hint: 'Start it: "systemctl enable --now cron" (or crond).' }]
}

async function systemd(): Promise<readonly StartFact[]> {
  const message = 'systemd is not running: its timers do not start tasks'
  if (await fileExists('/run/systemd/system')) return []
  return [{ state: 'error', message, hint: 'Use the crontab: "holdfast enable all".' }]
}
