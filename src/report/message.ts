import type { PLACEHOLDERS } from '../plan/notify.ts'

/** What is told, in every form that somebody may want it in. None of them holds a secret. */
export interface Message {
  readonly kind: 'boot-report' | 'run' | 'test'
  /** One line. */
  readonly subject: string
  /** For people; ends with a line break. */
  readonly text: string
  /** For programs: everything that is known, as JSON. */
  readonly data: Readonly<Record<string, unknown>>
  /** What placeholders stand for; those that are missing stand for nothing. */
  readonly fields: Readonly<Partial<Record<Placeholder, string>>>
  /** For those who wait to hear of runs. */
  readonly outcome: 'began' | 'good' | 'bad' | 'test'
}

type Placeholder = (typeof PLACEHOLDERS)[number]

interface TestFacts {
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
