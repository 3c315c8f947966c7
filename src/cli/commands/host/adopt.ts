import { type Exit, exitOf } from '../../../app/host/exit-codes.ts'
import { loadPlan } from '../../../app/host/load-plan.ts'
import { adoptSets } from '../../../app/sets/adopt-sets.ts'
import { type Invocation, rootChoices } from '../../args/options.ts'
import { storageOption } from '../../args/read-options.ts'
import type { CliHost } from '../../cli-host.ts'

/** `adopt HOST [TASK]`. Exits with 1 if there is nothing to adopt. */
export async function adoptCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  const plan = await loadPlan(invocation.global, host.env)
  const [maker = '', task] = invocation.args
  const onAdopted = (name: string, storage: string) => {
    if (!invocation.global.quiet) host.stdout.write(`adopted ${name} on ${storage}\n`)
  }
  return exitOf(await adoptSets({ plan, task, maker, storage: storageOption(invocation), ...rootChoices(invocation) }, onAdopted, host), host.signals)
}
