import { type Exit, exitOf } from '../../app/host/exit-codes.ts'
import { loadPlan } from '../../app/host/load-plan.ts'
import { rotateSets } from '../../app/sets/rotate-sets.ts'
import { LEVEL, renderEvent } from '../../run/describe/describe-event.ts'
import { encodeEvent } from '../../run/event-json.ts'
import type { RunEvent } from '../../run/events.ts'
import { effectiveVerbosity, hasFlag, type Invocation, rootChoices } from '../args/options.ts'
import { storageOption } from '../args/read-options.ts'
import type { CliHost } from '../cli-host.ts'

/** `rotate [TASK]`. Exits with 1 if a storage could not be rotated. */
export async function rotateCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  const plan = await loadPlan(invocation.global, host.env)
  const [task] = invocation.args
  const request = {
    plan,
    task,
    storage: storageOption(invocation),
    isDry: hasFlag(invocation, 'dryRun'),
    isClockConfirmed: hasFlag(invocation, 'yes'),
    emit: printer(invocation, host),
    ...rootChoices(invocation),
  }
  return exitOf(await rotateSets(request, host), host.signals)
}

/** A dry run always prints the decision; otherwise it is printed with -v. */
function printer(invocation: Invocation, { stdout, stderr, clock }: CliHost): (event: RunEvent) => void {
  const isDry = hasFlag(invocation, 'dryRun')
  const verbosity = isDry ? LEVEL.DEBUG : effectiveVerbosity(invocation.global)
  return (event) => {
    if (hasFlag(invocation, 'json')) stdout.write(encodeEvent(event, clock()))
    else for (const { level, text } of renderEvent(event)) if (level <= verbosity) (isDry ? stdout : stderr).write(text)
  }
}
