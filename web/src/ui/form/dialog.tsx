import { type ReactNode, useEffect, useId, useRef } from 'react'

interface DialogProps {
  readonly title: string
  readonly children: ReactNode
  /** Absent: it cannot be closed. */
  readonly onClose?: () => void
}

/** A modal dialog: the browser keeps the focus in it and restores it. */
export function Dialog({ title, children, onClose }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const dialog = element.current
    if (dialog && !dialog.open) dialog.showModal()
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      ref={element}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose?.()
      }}
    >
      <div className="card-head">
        <h2 id={id} className="grow any">
          {title}
        </h2>
      </div>
      <div className="card-body stack">{children}</div>
    </dialog>
  )
}
