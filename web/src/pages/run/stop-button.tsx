import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Run } from '../../../../src/api/schema/runs.ts'
import { call } from '../../api/client.ts'
import { useMessages } from '../../i18n/language.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ActionFailure } from '../../ui/failure.tsx'
import { Field } from '../../ui/field.tsx'

/** Says what will happen, and asks for the name of the task. */
export function StopButton({ run }: { run: Run }) {
  const { run: words, common, host } = useMessages()
  const [isAsked, setAsked] = useState(false)
  const [name, setName] = useState('')
  const stop = useMutation({ mutationFn: () => call('stopRun', { path: { run: run.id } }), onSuccess: () => setAsked(false) })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    stop.mutate()
  }
  return (
    <>
      <button type="button" className="button danger" onClick={() => setAsked(true)} disabled={stop.isSuccess}>
        {words.stop}
      </button>
      {isAsked && (
        <Dialog title={words.stopTitle(run.task)} onClose={() => setAsked(false)}>
          <p>{words.stopText}</p>
          <form className="stack" onSubmit={submit}>
            <Field label={host.columns.task} value={name} onChange={setName} isRequired isFirst />
            <ActionFailure error={stop.error} />
            <div className="row">
              <button type="submit" className="button danger" disabled={name !== run.task || stop.isPending}>
                {words.stop}
              </button>
              <button type="button" className="button" onClick={() => setAsked(false)}>
                {common.cancel}
              </button>
            </div>
          </form>
        </Dialog>
      )}
    </>
  )
}
