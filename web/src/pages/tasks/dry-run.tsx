import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { call, newKey } from '../../api/client.ts'
import { ask } from '../../api/queries.ts'
import { useMessages } from '../../i18n/language.tsx'
import { OutputText } from '../../log/output-text.tsx'
import { ActionFailure, Skeleton } from '../../ui/failure.tsx'

/** The output of a dry run. */
export function DryRun({ task }: { task: string }) {
  const { host } = useMessages()
  const isAsked = useRef(false)
  const start = useMutation({ mutationFn: () => call('startRun', { body: { task, dryRun: true }, idempotencyKey: newKey() }) })
  const { mutate } = start
  useEffect(() => {
    if (!isAsked.current) mutate()
    isAsked.current = true
  }, [mutate])
  const id = start.data?.job
  const job = useQuery({
    ...ask('readJob', { path: { job: id ?? '' } }),
    enabled: id !== undefined,
    refetchInterval: ({ state }) => (state.data === undefined || state.data.state === 'running' ? 1000 : false),
  })
  if (start.error) return <ActionFailure error={start.error} />
  if (job.error) return <ActionFailure error={job.error} />
  if (!job.data) return <Skeleton rows={2} />
  return (
    <div>
      <h3>{host.dryRunOutput}</h3>
      <OutputText text={job.data.output} />
    </div>
  )
}
