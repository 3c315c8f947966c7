import type { NotifyRule } from '../../plan/notify.ts'

/** What somebody was told last of a task. */
export interface LastNotice {
  /** The cause of the failure that was told; absent: that all was well. */
  readonly cause?: string
  readonly at: Date
}

export interface NoticeFacts {
  /** Why this run failed; undefined: it did not. */
  readonly cause: string | undefined
  readonly hasNotes: boolean
  /** Undefined: nothing yet. */
  readonly told: LastNotice | undefined
  /** Whether the run before this one failed, or was killed. */
  readonly failedBefore: boolean
  readonly now: Date
}

/** What a run means to who is told of it. `recovery`: good again. `reminder`: still failing, as was told some time ago. */
export type NoticeEvent = 'failure' | 'reminder' | 'recovery' | 'warnings' | 'success'

/** Whether this rule wants a run to be told, and as what; undefined: it does not. Decides only: what was told is compared, so that what could not be delivered is made up for. */
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

function goodEvent({ told, failedBefore, hasNotes }: NoticeFacts): NoticeEvent {
  if (told?.cause !== undefined || failedBefore) return 'recovery'
  return hasNotes ? 'warnings' : 'success'
}

function badEvent(cause: string, { told }: NoticeFacts): NoticeEvent {
  return told?.cause === cause ? 'reminder' : 'failure'
}

function isDue(remindMs: number, { told, now }: NoticeFacts): boolean {
  return remindMs > 0 && told !== undefined && now.getTime() - told.at.getTime() >= remindMs
}
