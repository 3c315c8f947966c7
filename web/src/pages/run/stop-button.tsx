import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { Run } from '../../../../src/api/schema/runs.ts'
import { call } from '../../api/client.ts'
import { useMessages } from '../../i18n/language.tsx'
import { ConfirmByName } from '../../ui/form/confirm-by-name.tsx'

/** Displays the consequences, and requires the name of the task. */
export function StopButton({ run }: { run: Run }) {
  const { run: words } = useMessages()
  const [isOpen, setOpen] = useState(false)
  const stop = useMutation({ mutationFn: () => call('stopRun', { path: { run: run.id } }), onSuccess: () => setOpen(false) })
  return (
    <>
      <button type="button" className="button danger" onClick={() => setOpen(true)} disabled={stop.isSuccess}>
        {words.stop}
      </button>
      {isOpen && (
        <ConfirmByName title={words.stopTitle(run.task)} name={run.task} action={words.stop} change={stop} onClose={() => setOpen(false)}>
          <p>{words.stopText}</p>
        </ConfirmByName>
      )}
    </>
  )
}
