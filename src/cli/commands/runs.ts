import { type Exit, exitWith } from '../../app/host/exit-codes.ts'
import { openHostJournal } from '../../app/host/host-journal.ts'
import { UsageError } from '../../app/usage-error.ts'
import { hasFlag, type Invocation } from '../args/options.ts'
import type { CliHost } from '../cli-host.ts'
import { renderRuns } from '../render/print-runs.ts'
import { paintFor } from '../terminal/paint.ts'

const LIMIT = 20

/** `runs [TASK]`: the runs in the journal of this host, for all configurations. The newest is last, at the bottom of the terminal. */
export async function listRuns(invocation: Invocation, host: CliHost): Promise<Exit> {
  const [task] = invocation.args
  const filter = { limit: limitOf(invocation), failed: hasFlag(invocation, 'failed'), ...(task !== undefined && { task }) }
  const journal = openHostJournal(host)
  const runs = (await journal.runs(filter)).toReversed()
  if (hasFlag(invocation, 'json')) for (const run of runs) host.stdout.write(`${JSON.stringify(run)}\n`)
  else host.stdout.write(renderRuns(runs, { now: host.clock(), paint: paintFor(host.stdout, host.env) }))
  return exitWith('ok')
}

function limitOf({ options }: Invocation): number {
  const text = options['limit']
  if (typeof text !== 'string') return LIMIT
  if (/^[1-9]\d{0,8}$/u.test(text)) return Number(text)
  throw new UsageError(`invalid number of runs "${text}"`, { hint: 'Write a whole number of at least 1.' })
}
