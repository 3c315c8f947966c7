import { type Exit, exitWith } from '../../app/host/exit.ts'
import { loadPlan } from '../../app/host/load-plan.ts'
import { type CrontabRequest, disableTasks, enableTasks } from '../../app/schedules/change-crontab.ts'
import { hasFlag, type Invocation } from '../args/options.ts'
import type { World } from '../world.ts'

/** `enable TASK|all`: prints the lines. */
export async function enableCommand(invocation: Invocation, world: World): Promise<Exit> {
  const lines = await enableTasks(await requestOf(invocation, world), world)
  if (!invocation.global.quiet) for (const { line } of lines) world.stdout.write(`${line}\n`)
  return exitWith('ok')
}

/** `disable TASK|all`. */
export async function disableCommand(invocation: Invocation, world: World): Promise<Exit> {
  const disabled = await disableTasks(await requestOf(invocation, world), world)
  if (!invocation.global.quiet && disabled.length === 0) world.stdout.write('no line found\n')
  return exitWith('ok')
}

async function requestOf(invocation: Invocation, { env }: World): Promise<CrontabRequest> {
  const { args, global } = invocation
  return { plan: await loadPlan(global, env), unit: args[0], isDry: hasFlag(invocation, 'dryRun'), choice: global }
}
