import type { PLACEHOLDERS } from '../plan/notify.ts'

/** The contents of a notification in every form. None of them contains a secret. */
export interface Message {
  readonly kind: 'boot-report' | 'run' | 'test'
  /** One line. */
  readonly subject: string
  /** For people; ends with a line break. */
  readonly text: string
  /** For programs: all available values, as JSON. */
  readonly data: Readonly<Record<string, unknown>>
  /** The values of placeholders; missing ones are replaced by nothing. */
  readonly fields: Readonly<Partial<Record<Placeholder, string>>>
  /** For monitoring services that wait for pings. */
  readonly outcome: 'began' | 'good' | 'bad' | 'test'
}

type Placeholder = (typeof PLACEHOLDERS)[number]

interface TestFacts {
  readonly host: string
  readonly config: string
  readonly notifier: string
  readonly at: Date
}

/** A test message, in the form of one about a good run; monitoring services that wait for pings are not affected. */
export function renderTestMessage({ host, config, notifier, at }: TestFacts): Message {
  const subject = `${host}: test of the notifier "${notifier}"`
  const text = `This is a test message. No action is required.\n\nhost:   ${host}\nconfig: ${config}\n`
  const facts = { kind: 'test', event: 'test', status: 'ok', subject, text, host } as const
  return {
    kind: 'test',
    subject,
    text,
    data: { ...facts, config, notifier, at: at.toISOString() },
    fields: { ...facts, summary: text },
    outcome: 'test',
  }
}
