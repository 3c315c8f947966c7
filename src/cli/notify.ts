import { hostname } from 'node:os'
import { formatDuration } from '../lib/format.ts'
import { nearest } from '../lib/suggest.ts'
import { describeNotifier, type NotifierSpec } from '../plan/notify.ts'
import type { Plan } from '../plan/plan.ts'
import { deliver } from '../report/send/deliver.ts'
import { renderTestMessage } from '../report/test-message.ts'
import { asAppError } from '../run/run-error.ts'
import { type Exit, exitWith } from './exit.ts'
import { loadPlan } from './load-plan.ts'
import { effectiveVerbosity, hasFlag, type Invocation, UsageError } from './options.ts'
import { LEVEL } from './print-event.ts'
import { openSending } from './send-deps.ts'
import { tellFailure } from './tell-failure.ts'
import type { World } from './world.ts'

/** `notify test [NOTIFIER]`: sends a message that says that it is a test. Ends with 1 when one of them could not be delivered. */
export async function notifyCommand(invocation: Invocation, world: World): Promise<Exit> {
  const [verb, name] = invocation.args
  if (verb !== 'test') throw new UsageError(`unknown subcommand "${verb ?? ''}" of "notify"`, { hint: 'Usage: notify test [NOTIFIER].' })
  const plan = await loadPlan(invocation.global)
  const chosen = chooseNotifiers(plan, name)
  const isTold = effectiveVerbosity(invocation.global, plan.verbosity) >= LEVEL.INFO
  const isDry = hasFlag(invocation, 'dryRun')
  world.signals.arm()
  let isGood = true
  for (const to of chosen) isGood = (await testOne(to, { plan, isDry, isTold }, world)) && isGood
  const signal = world.signals.stoppedBy()
  return signal === undefined ? exitWith(isGood ? 'ok' : 'failed') : { code: 1, signal }
}

function chooseNotifiers({ notifiers = new Map<string, NotifierSpec>() }: Plan, name: string | undefined): readonly NotifierSpec[] {
  if (name === undefined && notifiers.size === 0)
    throw new UsageError('no notifiers are configured', { hint: 'Define them under "notifiers" in a native configuration.' })
  if (name === undefined) return [...notifiers.values()]
  const found = notifiers.get(name)
  if (found !== undefined) return [found]
  const near = nearest(name, [...notifiers.keys()])
  throw new UsageError(`unknown notifier "${name}"`, {
    hint: near === undefined ? `Available notifiers: ${[...notifiers.keys()].join(', ') || 'none'}.` : `Did you mean "${near}"?`,
  })
}

interface Test {
  readonly plan: Plan
  readonly isDry: boolean
  readonly isTold: boolean
}

async function testOne(to: NotifierSpec, { plan, isDry, isTold }: Test, world: World): Promise<boolean> {
  const message = renderTestMessage({ host: hostname(), config: plan.file, notifier: to.name, at: world.clock() })
  if (isDry) {
    world.stdout.write(`would be sent by "${to.name}": ${describeNotifier(to)}\n\n${message.subject}\n\n${message.text}\n`)
    return true
  }
  const began = performance.now()
  try {
    await deliver(to, message, openSending(world, world.signals.stop))
  } catch (error) {
    world.stderr.write(`${to.name}: could not send (${describeNotifier(to)})\n`)
    tellFailure(asAppError(error), world)
    return false
  }
  if (isTold) world.stdout.write(`${to.name}: sent in ${formatDuration(performance.now() - began)} (${describeNotifier(to)})\n`)
  return true
}
