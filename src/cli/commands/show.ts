import { type Exit, exitWith } from '../../app/host/exit-codes.ts'
import { openHostJournal } from '../../app/host/host-journal.ts'
import { hasFlag, type Invocation } from '../args/options.ts'
import type { CliHost } from '../cli-host.ts'
import { renderRun } from '../render/print-run.ts'
import { paintFor } from '../terminal/paint.ts'

/** `show RUN`: everything that the journal contains about one run. */
export async function showRun(invocation: Invocation, host: CliHost): Promise<Exit> {
  const { args, global } = invocation
  const run = await openHostJournal(host).run(args[0] ?? 'latest')
  const style = { paint: paintFor(host.stdout, host.env), isVerbose: global.verbose > 0 }
  host.stdout.write(hasFlag(invocation, 'json') ? `${JSON.stringify(run)}\n` : `${renderRun(run, style).join('\n')}\n`)
  return exitWith('ok')
}
