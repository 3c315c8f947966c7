import { type FormEvent, type ReactNode, useState } from 'react'
import { useMessages } from '../i18n/language.tsx'
import { Dialog } from './dialog.tsx'
import { ActionFailure } from './failure.tsx'
import { Field } from './field.tsx'

interface ConfirmProps {
  readonly title: string
  /** What has to be typed. */
  readonly name: string
  /** What the button does, as a verb. */
  readonly action: string
  /** What will happen. */
  readonly children: ReactNode
  readonly change: { readonly mutate: () => void; readonly isPending: boolean; readonly error: unknown }
  readonly onClose: () => void
}

/** For what cannot be undone: says what will happen, and is confirmed by the name of the thing. */
export function ConfirmByName({ title, name, action, children, change, onClose }: ConfirmProps) {
  const { common } = useMessages()
  const [typed, setTyped] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (typed.trim() === name) change.mutate()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        {children}
        <Field label={common.typeName(name)} value={typed} onChange={setTyped} isFirst />
        <ActionFailure error={change.error} />
        <div className="row">
          <button type="submit" className="button danger" disabled={typed.trim() !== name || change.isPending}>
            {action}
          </button>
          <button type="button" className="button" onClick={onClose}>
            {common.cancel}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
