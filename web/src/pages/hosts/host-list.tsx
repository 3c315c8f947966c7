import { useEffect } from 'react'
import type { Host } from '../../../../src/api/schema/hosts.ts'
import { useMessages } from '../../i18n/language.tsx'
import { HostRow } from './host-row.tsx'
import { useMedia } from './use-media.ts'
import { usePageWindow } from './use-page-window.ts'

interface ListProps {
  readonly rows: readonly Host[]
  /** The total, including hosts that are not loaded yet. */
  readonly total: number
  readonly onMore: (() => void) | undefined
}

const WIDE = 52
const MIDDLE = 68
const NARROW = 146

/** A table that renders only the rows near the visible area, so that thousands of rows scroll smoothly. */
export function HostList({ rows, total, onMore }: ListProps) {
  const { hosts, claims } = useMessages()
  const names = { ...hosts.columns, ...claims }
  const isNarrow = useMedia('(max-width: 899px)')
  const isMiddle = useMedia('(max-width: 1399px)')
  const height = isNarrow ? NARROW : isMiddle ? MIDDLE : WIDE
  const { ref, first, last } = usePageWindow(total, height)
  useEffect(() => {
    if (last >= rows.length && onMore) onMore()
  }, [last, rows.length, onMore])
  if (total === 0) return null
  const columns = ['state', 'host', 'cause', 'published', 'verified', 'restored', 'days', 'size'] as const
  return (
    <div role="table" aria-rowcount={total + 1} aria-label={hosts.title} className="card hosts">
      <div role="rowgroup" className="hosts-head">
        <div role="row" aria-rowindex={1} className="host-row">
          {columns.map((it) => (
            <span key={it} role="columnheader" className={it}>
              {names[it]}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="rows" ref={ref} style={{ height: total * height }}>
        <div role="presentation" className="rows-part" style={{ transform: `translateY(${first * height}px)` }}>
          {Array.from({ length: last - first }, (_, index) => first + index).map((index) => (
            <HostRow key={rows[index]?.id ?? index} host={rows[index]} index={index} height={height} />
          ))}
        </div>
      </div>
    </div>
  )
}
