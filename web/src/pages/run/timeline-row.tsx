import { useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { Icon } from '../../ui/icons.tsx'
import { State, toneOf } from '../../ui/state.tsx'
import type { Row } from './timeline-rows.ts'

export interface Axis {
  readonly from: number
  readonly to: number
}

interface RowProps {
  readonly row: Row
  readonly axis: Axis
  readonly now: number
  readonly note: string | undefined
  readonly isOpen: boolean
  readonly onOpen: (() => void) | undefined
}

export function TimelineRow({ row, axis, now, note, isOpen, onOpen }: RowProps) {
  const { states } = useMessages()
  const span = axis.to - axis.from
  const end = row.to ?? (row.state === 'running' ? now : axis.to)
  const hasBar = Number.isFinite(row.from)
  const left = hasBar ? Math.max(0, (row.from - axis.from) / span) * 100 : 0
  const width = hasBar ? Math.max(0, Math.min(1, (end - row.from) / span)) * 100 : 0
  const label = (
    <>
      <State state={row.state}>
        <span className="unseen">{states[row.state]}</span>
      </State>
      <span className="clip" title={row.label}>
        {row.label}
      </span>
    </>
  )
  return (
    <div className={row.isStep ? 'timeline-row step' : 'timeline-row'}>
      {onOpen ? (
        <button type="button" className="timeline-name" aria-expanded={isOpen} onClick={onOpen} data-row>
          {label}
          <Icon name={isOpen ? 'down' : 'right'} size={12} />
        </button>
      ) : (
        <span className="timeline-name">{label}</span>
      )}
      <span className="lane">
        {hasBar && (
          <span className={`bar ${toneOf(row.state)}`} style={{ left: `${left}%`, width: `max(2px, ${width}%)` }}>
            {row.expected !== undefined && row.bytes !== undefined && <Filled part={row.bytes / row.expected} />}
          </span>
        )}
      </span>
      <Figures row={row} note={note} tookMs={hasBar ? Math.max(0, end - row.from) : undefined} />
    </div>
  )
}

interface FiguresProps {
  readonly row: Row
  readonly note: string | undefined
  readonly tookMs: number | undefined
}

/** Size, rate and duration; the current rate for an unfinished object, otherwise the average. */
function Figures({ row: { bytes: size, rate, isStep }, note, tookMs }: FiguresProps) {
  const { bytes, duration } = useFormat()
  const { common } = useMessages()
  const mean = size === undefined || isStep || !tookMs ? undefined : size / (tookMs / 1000)
  const shown = rate ?? mean
  return (
    <span className="timeline-figures small">
      <span>{size === undefined ? '' : bytes(size)}</span>
      <span className={note === undefined ? 'muted rate' : 'slow'}>
        {shown === undefined ? '' : common.perSecond(bytes(shown))} {note}
      </span>
      <span className="muted">{tookMs === undefined ? '' : duration(tookMs)}</span>
    </span>
  )
}

/** The percentage of the expected size. */
function Filled({ part }: { part: number }) {
  return <span className="filled" style={{ width: `${Math.min(1, Math.max(0, part)) * 100}%` }} />
}
