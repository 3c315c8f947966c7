import { hostname } from 'node:os'
import { nearest } from '../../lib/suggest.ts'
import type { NotifierSpec } from '../../plan/notify.ts'
import type { Plan } from '../../plan/plan.ts'
import { type Message, renderTestMessage } from '../../report/message.ts'
import { deliver } from '../../report/send/deliver.ts'
import { asAppError } from '../../run/run-error.ts'
import type { Host } from '../host/host.ts'
import { openSending } from '../host/open-sending.ts'
import { UsageError } from '../usage-error.ts'

/** The notifier with that name; without a name, all notifiers. Throws `UsageError`. */
export function chooseNotifiers({ notifiers = new Map<string, NotifierSpec>() }: Plan, name: string | undefined): readonly NotifierSpec[] {
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

/** The message that `testNotifier` sends. */
export function testMessageFor({ name }: NotifierSpec, { file }: Plan, host: Host): Message {
  return renderTestMessage({ host: hostname(), config: file, notifier: name, at: host.clock() })
}

/** Sends a test message. Resolves with the duration in milliseconds; undefined if it could not be sent, with a failure reported to `host`. */
export async function testNotifier(to: NotifierSpec, plan: Plan, host: Host): Promise<number | undefined> {
  const began = performance.now()
  try {
    await deliver(to, testMessageFor(to, plan, host), openSending(host, host.signals.stop))
    return performance.now() - began
  } catch (error) {
    host.fail(asAppError(error))
    return undefined
  }
}
