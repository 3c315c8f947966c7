import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { call } from '../api/client.ts'
import { queryOf } from '../api/queries.ts'
import { useMay } from '../app/session.tsx'
import { useFormat } from '../format/format.tsx'
import { useMessages } from '../i18n/language.tsx'
import { useServerNow } from '../live/clock.ts'
import { ActionFailure, Loaded } from './failure.tsx'
import { JobProgressView } from './progress/job-progress.tsx'
import { State } from './state.tsx'

const POLL_MS = 2000

/** A command that the server started: its progress, output and result. It continues when the page is closed. */
export function JobView({ id, onEnd }: { id: string; onEnd?: () => void }) {
  const { job: words, run } = useMessages()
  const { duration } = useFormat()
  const now = useServerNow(1)
  const mayStop = useMay('operator')
  const job = useQuery({
    ...queryOf('readJob', { path: { job: id } }),
    refetchInterval: ({ state }) => (state.data === undefined || state.data.state === 'running' ? POLL_MS : false),
  })
  const stop = useMutation({ mutationFn: () => call('stopJob', { path: { job: id } }) })
  const ended = useRef(onEnd)
  ended.current = onEnd
  const isOver = job.data !== undefined && job.data.state !== 'running'
  useEffect(() => {
    if (isOver) ended.current?.()
  }, [isOver])
  return (
    <section className="job" aria-label={words.title}>
      <Loaded query={job} rows={2}>
        {({ state, began, ended: end, exitCode, output, command, progress }) => (
          <>
            <p className="row" role="status">
              <State state={state} />
              <span className="muted">{duration((end === null ? now : Date.parse(end)) - Date.parse(began))}</span>
              {exitCode !== null && exitCode !== 0 && (
                <span className="muted">
                  {run.exitCode} {exitCode}
                </span>
              )}
              {state === 'running' && mayStop && (
                <button type="button" className="button small" onClick={() => stop.mutate()} disabled={stop.isPending || stop.isSuccess}>
                  {run.stop}
                </button>
              )}
            </p>
            {/* Absent in answers of servers of an earlier version. */}
            {progress && <JobProgressView progress={progress} />}
            <pre className="job-output" tabIndex={0} role="log" aria-label={command}>
              {output === '' ? words.silent : output}
            </pre>
          </>
        )}
      </Loaded>
      <ActionFailure error={stop.error} />
    </section>
  )
}
