import type { Message } from './message.ts'

export interface TestFacts {
  readonly host: string
  readonly config: string
  readonly notifier: string
  readonly at: Date
}

/** A message that says that it is a test, in the form of one about a good run; to those who wait to hear of runs it says nothing. */
export function renderTestMessage({ host, config, notifier, at }: TestFacts): Message {
  const subject = `${host}: test of the notifier "${notifier}"`
  const text = `This is a test message. No action is required.\n\nhost:   ${host}\nconfig: ${config}\n`
  const facts = { kind: 'test', event: 'test', status: 'ok', subject, text, host } as const
  return { kind: 'test', subject, text, data: { ...facts, config, notifier, at: at.toISOString() }, fields: facts, outcome: 'test' }
}
