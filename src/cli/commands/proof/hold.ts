import { type Exit, exitOf } from '../../../app/host/exit-codes.ts'
import { loadPlan } from '../../../app/host/load-plan.ts'
import { type HoldRequest, holdSets } from '../../../app/sets/hold-sets.ts'
import { UsageError } from '../../../app/usage-error.ts'
import { printable } from '../../../lib/format.ts'
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

const LONGEST_REASON = 1000

/** Until the end of the day of `--until`, in UTC. */
function holdOption({ options: { reason, until } }: Invocation, now: Date): NonNullable<HoldRequest['hold']> {
  if (typeof reason !== 'string' || reason.trim() === '') throw new UsageError('missing --reason', { hint: 'State why the set is kept.' })
  if (reason.length > LONGEST_REASON) throw new UsageError(`the reason is longer than ${LONGEST_REASON} characters`)
  if (until === undefined) return { reason }
  const day = String(until)
  const end = new Date(`${day}T23:59:59.999Z`)
  // The 31st of a short month would be a day of the next one.
  if (Number.isNaN(end.getTime()) || !end.toISOString().startsWith(`${day}T`))
    throw new UsageError(`invalid date "${printable(day)}"`, { hint: 'Write a day, such as 2027-12-31.' })
  if (end < now)
    throw new UsageError(`the day ${day} of --until has passed`, {
      hint: 'Write today or a later day (in UTC), or omit --until: the set is held until it is released.',
    })
  return { reason, until: end.toISOString() }
}
