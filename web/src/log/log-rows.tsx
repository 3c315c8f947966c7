import { memo } from 'react'
import { useFormat } from '../format/format.tsx'
import { useMessages } from '../i18n/language.tsx'
import type { LogPlace } from './log-place.ts'
import { SgrText } from './sgr-text.tsx'
import type { Line } from './use-log-lines.ts'

interface RowsProps {
  readonly first: number
  readonly last: number
  /** The position of the first row, from the top of the visible area. */
  readonly offset: number
  readonly lineAt: (index: number) => Line | undefined
  readonly place: LogPlace
  readonly onPlace: (place: Partial<LogPlace>) => void
}

/** The visible lines. A click on a line number selects the line, with the shift key a range; the selection is part of the address. */
export function LogRows({ first, last, offset, lineAt, place, onPlace }: RowsProps) {
  const from = Math.min(place.line ?? -1, place.to ?? place.line ?? -1)
  const to = Math.max(place.line ?? -1, place.to ?? -1)
  const choose = (number: number, isRange: boolean) => onPlace(isRange && place.line !== undefined ? { to: number } : { line: number, to: undefined })
  return (
    <div className="log-rows" style={{ transform: `translateY(${offset}px)` }}>
      {Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at).map((index) => {
        const line = lineAt(index)
        const isChosen = line !== undefined && line.number >= from && line.number <= to
        return <LogRow key={index} line={line} find={place.q} isChosen={isChosen} onChoose={choose} />
      })}
    </div>
  )
}

interface RowProps {
  readonly line: Line | undefined
  readonly find: string
  readonly isChosen: boolean
  readonly onChoose: (number: number, isRange: boolean) => void
}

const LogRow = memo(
  function LogRow({ line, find, isChosen, onChoose }: RowProps) {
    const { log } = useMessages()
    const format = useFormat()
    if (line === undefined) return <div className="log-row" />
    const tone = toneOf(line.level)
    const number = format.number(line.number + 1)
    return (
      <div className={`log-row ${tone}${isChosen ? ' chosen' : ''}`}>
        <button
          type="button"
          tabIndex={-1}
          className="log-number"
          aria-label={log.line(number)}
          onClick={(event) => onChoose(line.number, event.shiftKey)}
        >
          {number}
        </button>
        <span className="log-time">{line.at === null ? '' : format.clock(line.at)}</span>
        <span className="log-level">{tone === '' ? '' : log[tone]}</span>
        <span className="log-text">
          <SgrText text={line.text} find={find} />
          {line.length !== undefined && <em className="muted"> {log.cut(format.number(line.length))}</em>}
        </span>
      </div>
    )
  },
  (before, after) =>
    before.line === after.line && before.find === after.find && before.isChosen === after.isChosen && before.onChoose === after.onChoose,
)

function toneOf(level: number | null): 'emergency' | 'error' | 'warning' | '' {
  if (level === null || level > 2) return ''
  return level === 0 ? 'emergency' : level === 1 ? 'error' : 'warning'
}
