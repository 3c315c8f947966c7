import { useMessages } from '../../i18n/language.tsx'

interface ButtonsProps {
  /** The label of the button, a verb. */
  readonly action: string
  readonly isPending: boolean
  readonly onClose: () => void
  readonly isReady?: boolean
}

/** The buttons at the end of a form in a dialog. */
export function FormButtons({ action, isPending, onClose, isReady = true }: ButtonsProps) {
  const { common, session } = useMessages()
  return (
    <div className="row">
      <button type="submit" className="button primary" disabled={isPending || !isReady}>
        {isPending ? session.working : action}
      </button>
      <button type="button" className="button" onClick={onClose}>
        {common.cancel}
      </button>
    </div>
  )
}
