import { messageOf } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import type { NotifierSpec, NotifyRule } from '../../plan/notify.ts'
import { deliver } from '../send/deliver.ts'
import type { SendDeps } from '../send/send-deps.ts'
import { decideNotice, type LastNotice, type NoticeEvent } from './decide-notice.ts'
import { renderBeginning, renderRunMessage } from './run-message.ts'
import { causeKey, type RunStory } from './run-story.ts'

/** What was told before, and how it went. None of these rejects. */
export interface NoticeHistory {
  /** What this notifier was told last of the task. */
  told(notifier: string): Promise<LastNotice | undefined>
  /** Remembers what was told just now. Resolves with why that could not be, in words. */
  remember(notifier: string, told: LastNotice): Promise<string | undefined>
  /** Whether the task's run before this one failed, or was killed. */
  failedBefore(): Promise<boolean>
}

/** A beginning that is being told. */
export interface Beginning {
  /** Gives up what is still on its way: told later than the end, it would say that the task is running. */
  stop(): Promise<void>
}

/** Tells those who want to know it that a run has begun, without waiting. What fails is nobody's business: the end will be told too. */
export function notifyBeginning(
  rules: readonly NotifyRule[],
  run: { readonly task: string; readonly runId: string; readonly began: Date },
  deps: SendDeps,
): Beginning {
  const stop = new AbortController()
  const waiting = rules.flatMap(({ to }) => (to.kind === 'ping' && to.start ? [to] : []))
  const message = renderBeginning({ host: deps.host, ...run })
  const signal = AbortSignal.any([deps.signal, stop.signal])
  const told = waiting.map((to) => deliver(to, message, { ...deps, signal }).catch(() => undefined))
  return {
    async stop() {
      stop.abort()
      await Promise.all(told)
    },
  }
}

/** Tells everybody who wants to know it how a run ended, all at once. Resolves with one line for each who could not be told; never rejects. */
export async function notifyEnd(
  rules: readonly NotifyRule[],
  story: RunStory,
  { history, ...deps }: SendDeps & { readonly history: NoticeHistory },
): Promise<readonly string[]> {
  const { result } = story
  const cause = causeKey(result)
  const failedBefore = await history.failedBefore()
  const decide = async (rule: NotifyRule) => {
    const facts = { cause, hasNotes: result.notes.length > 0, told: await history.told(rule.to.name), failedBefore, now: result.ended }
    const event = decideNotice(rule, facts)
    return event && { to: rule.to, event }
  }
  const wanted = (await Promise.all(rules.map(decide))).filter((it) => it !== undefined)
  const troubles = await Promise.all(
    once(wanted).map(async ({ to, event }) => {
      const trouble = await tell(to, event, story, deps)
      if (trouble !== undefined) return trouble
      const why = await history.remember(to.name, { at: result.ended, ...(cause !== undefined && { cause }) })
      return why === undefined ? undefined : `could not record the notification of "${to.name}": ${printable(why)}`
    }),
  )
  return troubles.filter((it) => it !== undefined)
}

interface Wanted {
  readonly to: NotifierSpec
  readonly event: NoticeEvent
}

/** Nobody is told twice, however many rules name him. */
function once(wanted: readonly Wanted[]): readonly Wanted[] {
  return [...new Map(wanted.map((it) => [it.to.name, it])).values()]
}

async function tell(to: NotifierSpec, event: NoticeEvent, story: RunStory, deps: SendDeps): Promise<string | undefined> {
  try {
    await deliver(to, renderRunMessage(story, event), deps)
    return undefined
  } catch (error) {
    return `could not notify "${to.name}": ${printable(messageOf(error))}`
  }
}
