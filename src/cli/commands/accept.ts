import { type Exit, exitOf } from '../../app/host/exit-codes.ts'
import { loadPlan } from '../../app/host/load-plan.ts'
import { acceptSets } from '../../app/sets/accept-sets.ts'
import { parseSetName } from '../../backup/set/set-name.ts'
import { type Invocation, rootChoices } from '../args/options.ts'
import { storageOption } from '../args/read-options.ts'
import type { CliHost } from '../cli-host.ts'

/** `accept [TASK] [SET]`. Exits with 1 if there is nothing to accept. */
export async function acceptCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  const plan = await loadPlan(invocation.global, host.env)
  const [first, second] = invocation.args
  // A name of a set is not mistaken for that of a task.
  const isSetAlone = second === undefined && first !== undefined && parseSetName(first) !== undefined && !plan.tasks.has(first)
  const [task, set = 'all'] = isSetAlone ? [undefined, first] : [first, second]
  const onAccepted = (name: string, storage: string) => {
    if (!invocation.global.quiet) host.stdout.write(`accepted ${name} on ${storage}\n`)
  }
  const request = { plan, task, set, storage: storageOption(invocation), ...rootChoices(invocation) }
  return exitOf(await acceptSets(request, onAccepted, host), host.signals)
}
