import { type Exit, exitOf } from '../../../app/host/exit-codes.ts'
import { loadPlan } from '../../../app/host/load-plan.ts'
import { rebuildPlan } from '../../../app/recovery/rebuild-plan.ts'
import { UsageError } from '../../../app/usage-error.ts'
import { hasFlag, type Invocation, rootChoices } from '../../args/options.ts'
import { keyFiles, storageOption } from '../../args/read-options.ts'
import type { CliHost } from '../../cli-host.ts'

/** `rebuild --plan [TASK] [SET]`; a single word that is not a task is a set. */
export async function rebuildCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  if (!hasFlag(invocation, 'plan'))
    throw new UsageError('missing option --plan', {
      hint: 'Specify --plan: Holdfast does not rebuild a host itself; it prints a script to read and run.',
    })
  const plan = await loadPlan(invocation.global, host.env)
  const [first, second] = invocation.args
  const isTask = second !== undefined || (first !== undefined && (plan.tasks.has(first) || plan.parts?.has(first) === true))
  const task = isTask ? first : undefined
  const set = (isTask ? second : first) ?? 'latest'
  const request = { plan, task, set, storage: storageOption(invocation), keyFiles: keyFiles(invocation), ...rootChoices(invocation) }
  const script = await rebuildPlan(request, host)
  if (script !== undefined) host.stdout.write(script)
  return exitOf(script !== undefined, host.signals)
}
