import type { NotifierSpec } from '../../plan/notify.ts'
import type { Plan } from '../../plan/plan.ts'
import { chooseNotifiers, testNotifier } from '../messages/test-notifiers.ts'
import { collecting, type WebHost } from './web-host.ts'

/** Returns the notifier with this name. Throws `UsageError`. */
export function findNotifier(plan: Plan, name: string): NotifierSpec {
  const [found] = chooseNotifiers(plan, name)
  if (found === undefined) throw new Error('the selected notifier does not exist')
  return found
}

/** Sends a test message. Resolves with the duration; rejects with the reason of a failure. */
export async function testNotifierNamed(plan: Plan, name: string, host: WebHost): Promise<number> {
  const collected = collecting(host)
  const sentInMs = await testNotifier(findNotifier(plan, name), plan, collected.host)
  if (sentInMs === undefined) throw collected.failures[0] ?? new Error('a message was not sent, for an unknown reason')
  return sentInMs
}
