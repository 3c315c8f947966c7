import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { queryOf } from '../api/queries.ts'
import { useMessages } from '../i18n/language.tsx'
import { OutputText } from '../log/output-text.tsx'
import { ActionFailure, Skeleton } from './failure.tsx'
import { State } from './state.tsx'

interface DryRunProps {
  readonly title: string
  /** Starts the dry run; called once. Returns the id of its job. */
  readonly start: () => Promise<string>
  /** Called when it has succeeded. */
  readonly onGood?: () => void
}

/** A dry run, and its output when it has ended. */
export function DryRun({ title, start, onGood }: DryRunProps) {
  const { host } = useMessages()
  const hasStarted = useRef(false)
  const started = useMutation({ mutationFn: start })
  const { mutate } = started
  useEffect(() => {
    if (!hasStarted.current) mutate()
    hasStarted.current = true
  }, [mutate])
  const id = started.data
  const job = useQuery({
    ...queryOf('readJob', { path: { job: id ?? '' } }),
    enabled: id !== undefined,
    refetchInterval: ({ state }) => (state.data === undefined || state.data.state === 'running' ? 1000 : false),
  })
  const good = useRef(onGood)
  good.current = onGood
  const isGood = job.data?.state === 'ok'
  useEffect(() => {
    if (isGood) good.current?.()
  }, [isGood])
  const error = started.error ?? job.error
  if (error) return <ActionFailure error={error} />
  return (
    <section aria-label={title} aria-busy={job.data === undefined || job.data.state === 'running'}>
      <p className="row" role="status">
        <strong>{title}</strong>
        <State state={job.data?.state ?? 'running'} />
      </p>
      {job.data === undefined || job.data.state === 'running' ? (
        <Skeleton rows={2} />
      ) : (
        <OutputText text={job.data.output === '' ? host.dryRunSilent : job.data.output} />
      )}
    </section>
  )
}
