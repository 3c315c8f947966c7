import { useFormat } from '../format/format.tsx'
import { useMessages } from '../i18n/language.tsx'

interface MoreProps {
  readonly pages: { readonly hasNextPage: boolean; readonly isFetchingNextPage: boolean; readonly more: () => void }
  /** The number of rows that are not displayed. */
  readonly rest: number
}

export function MoreButton({ pages, rest }: MoreProps) {
  const { common } = useMessages()
  const { number } = useFormat()
  if (!pages.hasNextPage) return null
  return (
    <p className="card-body">
      <button type="button" className="button small" onClick={pages.more} disabled={pages.isFetchingNextPage}>
        {common.more} ({number(rest)})
      </button>
    </p>
  )
}
