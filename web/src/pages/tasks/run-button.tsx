import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { call, newKey } from '../../api/client.ts'
import { queryOf } from '../../api/queries.ts'
import { useMessages } from '../../i18n/language.tsx'
import { DryRun } from '../../ui/dry-run.tsx'
import { ActionFailure, Loaded } from '../../ui/failure.tsx'
import { Dialog } from '../../ui/form/dialog.tsx'

/** Starts a task, after a description of what it does; success is reported on the page of the run when it has begun. */
export function RunButton({ task, label, isSmall = false }: { task: string; label: string; isSmall?: boolean }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <button type="button" className={isSmall ? 'button small' : 'button'} onClick={() => setOpen(true)}>
        {label}
      </button>
      {isOpen && <Question task={task} onClose={() => setOpen(false)} />}
    </>
  )
}

function Question({ task, onClose }: { task: string; onClose: () => void }) {
  const { host, common } = useMessages()
  const navigate = useNavigate()
  const known = useQuery(queryOf('readTask', { query: { task } }))
  const [isDry, setDry] = useState(false)
  // Starts one run per click: a second request with this key starts nothing.
  const key = useRef(newKey())
  const start = useMutation({
    mutationFn: () => call('startRun', { body: { task }, idempotencyKey: key.current }),
    onSuccess: ({ run }) => {
      if (run !== null) void navigate({ to: '/runs/$run', params: { run } })
    },
  })
  return (
    <Dialog title={host.confirmRun(task)} onClose={onClose}>
      <p>{host.confirmText}</p>
      <Loaded query={known} rows={2}>
        {({ steps }) => (
          <ol className="steps">
            {steps.map((it, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: steps have no other name, and do not move
              <li key={index}>{it.text}</li>
            ))}
          </ol>
        )}
      </Loaded>
      {isDry && (
        <DryRun
          title={host.dryRunOutput}
          start={() => call('startRun', { body: { task, dryRun: true }, idempotencyKey: newKey() }).then(({ job }) => job)}
        />
      )}
      <ActionFailure error={start.error} />
      {start.data?.isOther && <p className="banner warn">{host.otherRun(start.data.startedBy)}</p>}
      <div className="row">
        <button type="button" className="button primary" onClick={() => start.mutate()} disabled={start.isPending || start.isSuccess}>
          {host.confirmStart}
        </button>
        <button type="button" className="button" onClick={() => setDry(true)} disabled={isDry}>
          {host.dryRun}
        </button>
        <button type="button" className="button plain" onClick={onClose}>
          {common.cancel}
        </button>
      </div>
    </Dialog>
  )
}
