import { type Exit, exitOf } from '../../../app/host/exit-codes.ts'
import { loadPlan } from '../../../app/host/load-plan.ts'
import { endOfHold, type HoldRequest, holdSets, LONGEST_REASON } from '../../../app/sets/hold-sets.ts'
import { UsageError } from '../../../app/usage-error.ts'
import { type Invocation, rootChoices } from '../../args/options.ts'
import { storageOption } from '../../args/read-options.ts'
import type { CliHost } from '../../cli-host.ts'

/** `hold TASK SET --reason TEXT`. */
export async function holdCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  return change(invocation, { hold: holdOption(invocation, host.clock()), verb: 'held' }, host)
}

/** `release TASK SET`. */
export async function releaseCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  return change(invocation, { verb: 'released' }, host)
}

async function change(invocation: Invocation, { hold, verb }: Pick<HoldRequest, 'hold'> & { readonly verb: string }, host: CliHost): Promise<Exit> {
  const plan = await loadPlan(invocation.global, host.env)
  const [task, set = 'latest'] = invocation.args
  const request = { plan, task, set, storage: storageOption(invocation), ...(hold && { hold }), ...rootChoices(invocation) }
  const say = (name: string, storage: string) => {
    if (!invocation.global.quiet) host.stdout.write(`${storage}: ${name}: ${verb}\n`)
  }
  return exitOf(await holdSets(request, say, host), host.signals)
}

/** Until the end of the day of `--until`, in UTC. */
function holdOption({ options: { reason, until } }: Invocation, now: Date): NonNullable<HoldRequest['hold']> {
  if (typeof reason !== 'string' || reason.trim() === '') throw new UsageError('missing --reason', { hint: 'State why the set is kept.' })
  if (reason.length > LONGEST_REASON) throw new UsageError(`the reason is longer than ${LONGEST_REASON} characters`)
  return until === undefined ? { reason } : { reason, until: endOfHold(String(until), { option: '--until', now }) }
}
