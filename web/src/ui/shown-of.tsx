import { useFormat } from '../format/format.tsx'
import { useMessages } from '../i18n/language.tsx'

interface ShownProps {
  readonly shown: number
  readonly total: number
  readonly onMore: (() => void) | undefined
  readonly isLoading: boolean
}

/** Below a long list: how much of it is shown, and the way to more. */
export function ShownOf({ shown, total, onMore, isLoading }: ShownProps) {
  const { common } = useMessages()
  const { number } = useFormat()
  return (
    <p className="row more">
      <span className="muted small" role="status">
        {common.shownOf(number(shown), number(total))}
      </span>
      {onMore && (
        <button type="button" className="button small" onClick={onMore} disabled={isLoading}>
          {isLoading ? common.loading : common.more}
        </button>
      )}
    </p>
  )
}
