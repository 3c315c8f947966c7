import { type FormEvent, type ReactNode, useState } from 'react'
import { useMessages } from '../../i18n/language.tsx'
import { ActionFailure } from '../failure.tsx'
import { Dialog } from './dialog.tsx'
import { Field } from './field.tsx'

interface ConfirmProps {
  readonly title: string
  /** The name to be typed. */
  readonly name: string
  /** The label of the button, a verb. */
  readonly action: string
  /** The consequences. */
  readonly children: ReactNode
  readonly change: {
    readonly mutate: () => void
    /** False while the change cannot be made yet. */
    readonly isReady?: boolean
    readonly isPending: boolean
    readonly error: unknown
  }
  readonly onClose: () => void
}

/** For irreversible actions: displays the consequences, and requires the name of the affected item. */
export function ConfirmByName({ title, name, action, children, change, onClose }: ConfirmProps) {
  const { common } = useMessages()
  const [typed, setTyped] = useState('')
  const isReady = typed.trim() === name && change.isReady !== false
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isReady) change.mutate()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        {children}
        <Field label={common.typeName(name)} value={typed} onChange={setTyped} isFirst />
        <ActionFailure error={change.error} />
        <div className="row">
          <button type="submit" className="button danger" disabled={!isReady || change.isPending}>
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
