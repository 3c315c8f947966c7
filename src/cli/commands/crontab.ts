import { type Exit, exitWith } from '../../app/host/exit-codes.ts'
import { loadPlan } from '../../app/host/load-plan.ts'
import { type CrontabRequest, disableTasks, enableTasks } from '../../app/schedules/change-crontab.ts'
import { disableTimers, enableTimers } from '../../app/schedules/timers/change-timers.ts'
import { hasFlag, type Invocation } from '../args/options.ts'
import type { CliHost } from '../cli-host.ts'

/** `enable TASK|all`: prints the lines, or the units. */
export async function enableCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  if (hasFlag(invocation, 'systemd')) {
    const units = await enableTimers(await requestOf(invocation, host), host)
    const isDry = hasFlag(invocation, 'dryRun')
    if (!invocation.global.quiet) for (const [name, text] of units) host.stdout.write(isDry ? `# ${name}\n${text}\n` : `${name}\n`)
    return exitWith('ok')
  }
  const lines = await enableTasks(await requestOf(invocation, host), host)
  if (!invocation.global.quiet) for (const { line } of lines) host.stdout.write(`${line}\n`)
  return exitWith('ok')
}

/** `disable TASK|all`. */
export async function disableCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  const isTimer = hasFlag(invocation, 'systemd')
  const disabled = await (isTimer ? disableTimers : disableTasks)(await requestOf(invocation, host), host)
  if (!invocation.global.quiet && disabled.length === 0) host.stdout.write(isTimer ? 'no timer found\n' : 'no line found\n')
  return exitWith('ok')
}

async function requestOf(invocation: Invocation, { env }: CliHost): Promise<CrontabRequest> {
  const { args, global } = invocation
  return { plan: await loadPlan(global, env), unit: args[0], isDry: hasFlag(invocation, 'dryRun'), choice: global }
}
