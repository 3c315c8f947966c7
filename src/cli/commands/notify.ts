import { type Exit, exitOf } from '../../app/host/exit.ts'
import { loadPlan } from '../../app/host/load-plan.ts'
import { chooseNotifiers, testMessageFor, testNotifier } from '../../app/messages/test-notifiers.ts'
import { UsageError } from '../../app/usage-error.ts'
import { formatDuration } from '../../lib/format.ts'
import { describeNotifier } from '../../plan/notify.ts'
import { LEVEL } from '../../run/describe/describe-event.ts'
import { effectiveVerbosity, hasFlag, type Invocation } from '../args/options.ts'
import { tellFailure } from '../render/tell-failure.ts'
import type { World } from '../world.ts'

/** `notify test [NOTIFIER]`. Exits with 1 if a message could not be delivered. */
export async function notifyCommand(invocation: Invocation, world: World): Promise<Exit> {
  const [verb, name] = invocation.args
  if (verb !== 'test') throw new UsageError(`unknown subcommand "${verb ?? ''}" of "notify"`, { hint: 'Usage: notify test [NOTIFIER].' })
  const plan = await loadPlan(invocation.global, world.env)
  const chosen = chooseNotifiers(plan, name)
  const isShown = effectiveVerbosity(invocation.global, plan.verbosity) >= LEVEL.INFO
  const { stdout, stderr } = world
  if (hasFlag(invocation, 'dryRun')) {
    for (const to of chosen) {
      const { subject, text } = testMessageFor(to, plan, world)
      stdout.write(`would be sent by "${to.name}": ${describeNotifier(to)}\n\n${subject}\n\n${text}\n`)
    }
    return exitOf(true, world.signals)
  }
  world.signals.arm()
  let isGood = true
  for (const to of chosen) {
    const where = describeNotifier(to)
    const fail: World['fail'] = (error) => {
      stderr.write(`${to.name}: could not send (${where})\n`)
      tellFailure(error, world)
    }
    const tookMs = await testNotifier(to, plan, { ...world, fail })
    isGood &&= tookMs !== undefined
    if (isShown && tookMs !== undefined) stdout.write(`${to.name}: sent in ${formatDuration(tookMs)} (${where})\n`)
  }
  return exitOf(isGood, world.signals)
}
