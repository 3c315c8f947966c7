import { messageOf } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import type { NotifierSpec, NotifyRule } from '../../plan/notify.ts'
import { deliver } from '../send/deliver.ts'
import type { SendDeps } from '../send/send-deps.ts'
import { decideNotice, type LastNotice, type NoticeEvent } from './decide-notice.ts'
import { renderBeginning, renderRunMessage } from './run-message.ts'
import { causeKey, type RunStory } from './run-story.ts'

/** The previous notifications and results. None of these rejects. */
export interface NoticeHistory {
  /** The last notification of this notifier about the task. */
  lastNotice(notifier: string): Promise<LastNotice | undefined>
  /** Records a delivered notification. Resolves with an error message if that fails. */
  remember(notifier: string, notice: LastNotice): Promise<string | undefined>
  /** Whether the previous run of the task failed, or was killed. */
  failedBefore(): Promise<boolean>
}

/** A notification of the beginning, in progress. */
export interface Beginning {
  /** Aborts it: if it arrived after that of the end, it would report a running task. */
  stop(): Promise<void>
}

/** Notifies recipients of the beginning of a run, without waiting. Failures are ignored, because the end will be reported, too. */
export function notifyBeginning(
  rules: readonly NotifyRule[],
  run: { readonly task: string; readonly runId: string; readonly began: Date },
  deps: SendDeps,
): Beginning {
  const stop = new AbortController()
  const waiting = rules.flatMap(({ to }) => (to.kind === 'ping' && to.start ? [to] : []))
  const message = renderBeginning({ host: deps.host, ...run })
  const signal = AbortSignal.any([deps.signal, stop.signal])
  const deliveries = waiting.map((to) => deliver(to, message, { ...deps, signal }).catch(() => undefined))
  return {
    async stop() {
      stop.abort()
      await Promise.all(deliveries)
    },
  }
}

/** Notifies all recipients of the end of a run, in parallel. Resolves with one line for each failure; never rejects. */
export async function notifyEnd(
  rules: readonly NotifyRule[],
  story: RunStory,
  { history, ...deps }: SendDeps & { readonly history: NoticeHistory },
): Promise<readonly string[]> {
  const { result } = story
  const cause = causeKey(result)
  const failedBefore = await history.failedBefore()
  const decide = async (rule: NotifyRule) => {
    const facts = { cause, hasNotes: result.notes.length > 0, lastNotice: await history.lastNotice(rule.to.name), failedBefore, now: result.ended }
    const event = decideNotice(rule, facts)
    return event && { to: rule.to, event }
  }
  const wanted = (await Promise.all(rules.map(decide))).filter((it) => it !== undefined)
  const troubles = await Promise.all(
    once(wanted).map(async ({ to, event }) => {
      const trouble = await send(to, event, story, deps)
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

/** Each notifier is used only once, even if several rules name it. */
function once(wanted: readonly Wanted[]): readonly Wanted[] {
  return [...new Map(wanted.map((it) => [it.to.name, it])).values()]
}

async function send(to: NotifierSpec, event: NoticeEvent, story: RunStory, deps: SendDeps): Promise<string | undefined> {
  try {
    await deliver(to, renderRunMessage(story, event), deps)
    return undefined
  } catch (error) {
    return `could not notify "${to.name}": ${printable(messageOf(error))}`
  }
}
