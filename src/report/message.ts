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
