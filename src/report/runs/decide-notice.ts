import type { NotifyRule } from '../../plan/notify.ts'

/** The last notification about a task that was delivered to a notifier. */
export interface LastNotice {
  /** The cause of the reported failure; absent: a success was reported. */
  readonly cause?: string
  readonly at: Date
}

export interface NoticeFacts {
  /** The cause of this run's failure; undefined: it succeeded. */
  readonly cause: string | undefined
  readonly hasNotes: boolean
  /** Undefined: none yet. */
  readonly lastNotice: LastNotice | undefined
  /** Whether the previous run failed, or was killed. */
  readonly failedBefore: boolean
  readonly now: Date
}

/** The kind of a notification. `recovery`: success after a failure. `reminder`: still failing, as reported before. */
export type NoticeEvent = 'failure' | 'reminder' | 'recovery' | 'warnings' | 'success'

/**
 * Whether this rule requires a notification of a run, and of which kind; undefined: no. Decides only: it compares with the last delivered
 * notification, so that failed deliveries are repeated.
 */
export function decideNotice({ on, remindMs }: Pick<NotifyRule, 'on' | 'remindMs'>, facts: NoticeFacts): NoticeEvent | undefined {
  const event = facts.cause === undefined ? goodEvent(facts) : badEvent(facts.cause, facts)
  const isWanted = on.some((occasion) => {
    switch (occasion) {
      case 'always':
        return true
      case 'failure':
        return facts.cause !== undefined
      case 'success':
        return facts.cause === undefined
      case 'warnings':
        return facts.cause === undefined && facts.hasNotes
      case 'change':
        return event === 'recovery' || event === 'failure' || (event === 'reminder' && isDue(remindMs, facts))
      default:
        return occasion satisfies never
    }
  })
  return isWanted ? event : undefined
}

function goodEvent({ lastNotice, failedBefore, hasNotes }: NoticeFacts): NoticeEvent {
  if (lastNotice?.cause !== undefined || failedBefore) return 'recovery'
  return hasNotes ? 'warnings' : 'success'
}

function badEvent(cause: string, { lastNotice }: NoticeFacts): NoticeEvent {
  return lastNotice?.cause === cause ? 'reminder' : 'failure'
}

function isDue(remindMs: number, { lastNotice, now }: NoticeFacts): boolean {
  return remindMs > 0 && lastNotice !== undefined && now.getTime() - lastNotice.at.getTime() >= remindMs
}
