import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { Run } from '../../../../src/api/schema/runs.ts'
import { call } from '../../api/client.ts'
import { useMessages } from '../../i18n/language.tsx'
import { ConfirmByName } from '../../ui/form/confirm-by-name.tsx'

/** Displays the consequences, and requires the name of the task. */
export function StopButton({ run }: { run: Run }) {
  const { run: words } = useMessages()
  const [isAsked, setAsked] = useState(false)
  const stop = useMutation({ mutationFn: () => call('stopRun', { path: { run: run.id } }), onSuccess: () => setAsked(false) })
  return (
    <>
      <button type="button" className="button danger" onClick={() => setAsked(true)} disabled={stop.isSuccess}>
        {words.stop}
      </button>
      {isAsked && (
        <ConfirmByName title={words.stopTitle(run.task)} name={run.task} action={words.stop} change={stop} onClose={() => setAsked(false)}>
          <p>{words.stopText}</p>
        </ConfirmByName>
      )}
    </>
  )
}
