import { type Exit, exitOf } from '../../app/host/exit-codes.ts'
import { loadPlan } from '../../app/host/load-plan.ts'
import { chooseNotifiers, testMessageFor, testNotifier } from '../../app/messages/test-notifiers.ts'
import { UsageError } from '../../app/usage-error.ts'
import { formatDuration } from '../../lib/format.ts'
import { describeNotifier } from '../../plan/notify.ts'
import { LEVEL } from '../../run/describe/describe-event.ts'
import { effectiveVerbosity, hasFlag, type Invocation } from '../args/options.ts'
import type { CliHost } from '../cli-host.ts'
import { printFailure } from '../render/print-failure.ts'

/** `notify test [NOTIFIER]`. Exits with 1 if a message could not be delivered. */
export async function notifyCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  const [verb, name] = invocation.args
  if (verb !== 'test') throw new UsageError(`unknown subcommand "${verb ?? ''}" of "notify"`, { hint: 'Usage: notify test [NOTIFIER].' })
  const plan = await loadPlan(invocation.global, host.env)
  const chosen = chooseNotifiers(plan, name)
  const isShown = effectiveVerbosity(invocation.global, plan.verbosity) >= LEVEL.INFO
  const { stdout, stderr } = host
  if (hasFlag(invocation, 'dryRun')) {
    for (const to of chosen) {
      const { subject, text } = testMessageFor(to, plan, host)
      stdout.write(`would be sent by "${to.name}": ${describeNotifier(to)}\n\n${subject}\n\n${text}\n`)
    }
    return exitOf(true, host.signals)
  }
  host.signals.arm()
  let isGood = true
  for (const to of chosen) {
    const where = describeNotifier(to)
    const fail: CliHost['fail'] = (error) => {
      stderr.write(`${to.name}: could not send (${where})\n`)
      printFailure(error, host)
    }
    const tookMs = await testNotifier(to, plan, { ...host, fail })
    isGood &&= tookMs !== undefined
    if (isShown && tookMs !== undefined) stdout.write(`${to.name}: sent in ${formatDuration(tookMs)} (${where})\n`)
  }
  return exitOf(isGood, host.signals)
}
