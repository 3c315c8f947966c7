import type { ReactNode } from 'react'
import { RequestFailure } from '../api/problem.ts'
import { useFormat } from '../format/format.tsx'
import { useMessages } from '../i18n/language.tsx'
import type { Messages } from '../i18n/message-shape.ts'
import { clockOffset } from '../live/clock.ts'

interface Worded {
  readonly text: string
  readonly hint: string | undefined
  /** The details for a support request. */
  readonly trace: string | undefined
}

/** The text of a failure: what failed with its cause, the hint, and the details to quote. */
export function wordFailure(error: unknown, { errors }: Pick<Messages, 'errors'>): Worded {
  if (!(error instanceof RequestFailure)) return { text: String(error), hint: errors.brokenHint, trace: undefined }
  const { problem, reason } = error
  if (problem) {
    const places = (problem.errors ?? []).map((it) => `${it.path}: ${it.message}`).join('; ')
    const text = [problem.detail ?? problem.title, places].filter((it) => it !== '').join(' — ')
    return { text, hint: problem.hint, trace: `${errors.code} ${problem.code}, ${errors.request} ${problem.request}` }
  }
  if (reason === 'foreign') return { text: errors.notJson, hint: errors.notJsonHint, trace: undefined }
  return { text: reason === 'timeout' ? errors.timedOut : errors.noAnswer, hint: errors.noAnswerHint, trace: undefined }
}

/** Replaces data that could not be loaded. */
export function FailurePanel({ error, onRetry, title }: { error: unknown; onRetry?: () => void; title?: string }) {
  const messages = useMessages()
  const { text, hint, trace } = wordFailure(error, messages)
  return (
    <section className="problem" role="alert">
      <h2>{title ?? messages.errors.couldNotLoad}</h2>
      <p className="any">{text}</p>
      {hint !== undefined && <p className="muted any">{hint}</p>}
      {trace !== undefined && (
        <p className="small muted any">
          {messages.errors.support}: {trace}
        </p>
      )}
      {onRetry && (
        <button type="button" className="button" onClick={onRetry}>
          {messages.common.retry}
        </button>
      )}
    </section>
  )
}

/** Below a form or a button: why the action failed. */
export function ActionFailure({ error }: { error: unknown }) {
  const messages = useMessages()
  if (error === null || error === undefined) return null
  return <FailurePanel error={error} title={messages.errors.couldNotDo} />
}

export function Skeleton({ rows = 6 }: { rows?: number }) {
  const { common } = useMessages()
  return (
    <div className="skeleton" aria-busy="true">
      <span className="unseen" role="status">
        {common.loading}
      </span>
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <i key={index} />
      ))}
    </div>
  )
}

interface LoadedProps<Data> {
  readonly query: {
    readonly data: Data | undefined
    readonly error: unknown
    readonly dataUpdatedAt: number
    readonly refetch: () => unknown
  }
  readonly children: (data: Data) => ReactNode
  readonly rows?: number
}

/** Loading, failed or loaded. Earlier data remains displayed after a failure, greyed, with its age; "empty" is displayed only after a response. */
export function Loaded<Data>({ query, children, rows }: LoadedProps<Data>) {
  if (query.data === undefined) {
    if (query.error === null) return <Skeleton {...(rows === undefined ? {} : { rows })} />
    return <FailurePanel error={query.error} onRetry={() => void query.refetch()} />
  }
  // The elements are the same with and without a failure: otherwise what is typed and open in them would be lost.
  return (
    <>
      {query.error !== null && <StaleBanner error={query.error} at={query.dataUpdatedAt} />}
      <div className={query.error === null ? 'current' : 'stale'}>{children(query.data)}</div>
    </>
  )
}

function StaleBanner({ error, at }: { error: unknown; at: number }) {
  const messages = useMessages()
  const format = useFormat()
  const { text } = wordFailure(error, messages)
  return (
    <p className="banner warn" role="status">
      <strong>{messages.common.asOf(format.clock(at + clockOffset()), format.roughly(Date.now() - at))}</strong> {text} {messages.errors.stillShown}
    </p>
  )
}
