import { type Exit, exitOf } from '../../app/host/exit-codes.ts'
import { loadPlan } from '../../app/host/load-plan.ts'
import { rotateSets } from '../../app/sets/rotate-sets.ts'
import { type StepForecast, simulateSets } from '../../app/sets/simulate-sets.ts'
import { UsageError } from '../../app/usage-error.ts'
import { DAY_MS } from '../../lib/durations.ts'
import { parseDuration, printable } from '../../lib/format.ts'
import { LEVEL, renderEvent } from '../../run/describe/describe-event.ts'
import { encodeEvent } from '../../run/event-json.ts'
import type { RunEvent } from '../../run/events.ts'
import { effectiveVerbosity, hasFlag, type Invocation, rootChoices } from '../args/options.ts'
import { storageOption } from '../args/read-options.ts'
import type { CliHost } from '../cli-host.ts'
import { plainForecast, renderForecast } from '../render/print-forecast.ts'

/** `rotate [TASK]`. Exits with 1 if a storage could not be rotated. */
export async function rotateCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  const plan = await loadPlan(invocation.global, host.env)
  const [task] = invocation.args
  const days = simulatedDays(invocation)
  if (days !== undefined) {
    const request = { plan, task, storage: storageOption(invocation), days, ...rootChoices(invocation) }
    const json = hasFlag(invocation, 'json')
    const print = (forecast: StepForecast) => host.stdout.write(json ? `${JSON.stringify(plainForecast(forecast))}\n` : renderForecast(forecast))
    return exitOf(await simulateSets(request, print, host), host.signals)
  }
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

const MOST_DAYS = 4000

function simulatedDays({ options: { simulate } }: Invocation): number | undefined {
  if (simulate === undefined) return undefined
  const ms = parseDuration(String(simulate))
  const days = ms === undefined ? 0 : Math.ceil(ms / DAY_MS)
  if (days >= 1 && days <= MOST_DAYS) return days
  throw new UsageError(`invalid duration "${printable(String(simulate))}" of --simulate`, { hint: `Write 1d to ${MOST_DAYS}d, such as 400d.` })
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
