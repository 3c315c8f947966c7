import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import type { BackupSet, IndexState } from '../../../../src/api/schema/sets.ts'
import { call, newKey } from '../../api/client.ts'
import { useMay } from '../../app/session.tsx'
import { shellWord } from '../../format/shell-word.ts'
import { useMessages } from '../../i18n/language.tsx'
import { Copy } from '../../ui/copy.tsx'
import { ActionFailure } from '../../ui/failure.tsx'
import { JobView } from '../../ui/job-view.tsx'

const POLL_MS = 3000

/** Nothing to be shown, for very different reasons. */
export function NothingInside({ index, set, isSearch }: { index: IndexState; set: BackupSet; isSearch: boolean }) {
  const { set: words } = useMessages()
  if (index === 'ready' || index === 'incomplete') return <p className="teach muted">{isSearch ? words.noMatch : words.emptyFolder}</p>
  return (
    <section className="teach">
      <p>{words.index[index]}</p>
      {index === 'absent' && <StartIndexing set={set} />}
      {index === 'impossible' && <WithKey set={set} />}
      {index === 'building' && <PollIndex />}
    </section>
  )
}

/** Reads the set once and stores an index of its contents. */
export function StartIndexing({ set }: { set: BackupSet }) {
  const { set: words } = useMessages()
  const client = useQueryClient()
  const mayRun = useMay('operator')
  const key = useRef(newKey())
  const [job, setJob] = useState<string>()
  const start = useMutation({
    mutationFn: () => call('startIndex', { body: { task: set.task, set: set.name }, idempotencyKey: key.current }),
    onSuccess: ({ id }) => setJob(id),
  })
  return (
    <>
      {mayRun && set.host === 'local' && (
        <>
          <p className="muted">{words.lookHow}</p>
          <button type="button" className="button" onClick={() => start.mutate()} disabled={start.isPending || job !== undefined}>
            {words.lookInside}
          </button>
          <ActionFailure error={start.error} />
          {job !== undefined && <JobView id={job} onEnd={() => void client.invalidateQueries({ queryKey: ['listContents'] })} />}
        </>
      )}
      <p className="muted">{words.lookBySelf}</p>
      <Copy text={`holdfast index ${shellWord(set.task)} ${shellWord(set.name)}`} />
    </>
  )
}

function WithKey({ set }: { set: BackupSet }) {
  const { set: words } = useMessages()
  const { object } = useSearch({ from: '/set' })
  const name = [set.task, set.name, ...(object === undefined ? [] : [object])].map(shellWord).join(' ')
  return (
    <>
      <p className="muted">{words.lookWithKey}</p>
      <Copy text={`holdfast ls ${name} --identity FILE`} />
    </>
  )
}

/** Another user has started it: repeats the query until the index exists. */
function PollIndex() {
  const client = useQueryClient()
  useEffect(() => {
    const timer = setInterval(() => void client.invalidateQueries({ queryKey: ['listContents'] }), POLL_MS)
    return () => clearInterval(timer)
  }, [client])
  return null
}
