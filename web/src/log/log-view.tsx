import { useEffect, useRef, useState } from 'react'
import { addressOf } from '../api/client.ts'
import { useMessages } from '../i18n/language.tsx'
import { FailurePanel } from '../ui/failure.tsx'
import { LogBar } from './log-bar.tsx'
import type { LogPlace } from './log-place.ts'
import { LogRows } from './log-rows.tsx'
import { type LogSource, useLogLines } from './use-log-lines.ts'
import { useLogSearch } from './use-log-search.ts'
import { useLongScroll } from './use-long-scroll.ts'

const ROW = 20
const EXTRA = 10

interface LogViewProps {
  readonly run: string
  readonly host: string
  readonly isRunning: boolean
  readonly place: LogPlace
  readonly onPlace: (place: Partial<LogPlace>) => void
}

/** The log of a run: of millions of lines, only the visible ones are rendered. */
export function LogView({ run, host, isRunning, place, onPlace }: LogViewProps) {
  const { log } = useMessages()
  const source: LogSource = { run, host, isRunning, level: place.level }
  const [wraps, setWraps] = useState(false)
  const search = useLogSearch({ run, host, q: place.q, at: place.line })
  const { lines, total, isComplete, scroll, first, last } = useSeenLines(source, { wraps, follows: isRunning && place.line === undefined })
  useJump({ line: place.line, level: place.level, total, isComplete, scroll })
  if (lines.head.data === undefined && lines.head.error !== null)
    return <FailurePanel error={lines.head.error} onRetry={() => void lines.head.refetch()} />
  const download = addressOf('downloadRunLog', { path: { run }, query: { host } })
  const jump = (line: number | undefined) => line !== undefined && onPlace({ line, to: undefined, level: undefined })
  return (
    <section className="card log" aria-label={log.label}>
      <LogBar
        place={place}
        onPlace={onPlace}
        search={search}
        onJump={jump}
        total={lines.total}
        isComplete={lines.isComplete}
        wraps={wraps}
        onWrap={setWraps}
        follows={scroll.isAtEnd && isRunning}
        onFollow={isRunning ? () => scroll.scrollTo(Number.MAX_SAFE_INTEGER) : undefined}
        download={download}
        source={source}
      />
      {lines.head.data !== undefined && lines.total === 0 ? (
        <p className="card-body muted">{place.level === undefined ? log.empty : log.noMatch}</p>
      ) : (
        <div
          className={wraps ? 'log-scroll wraps' : 'log-scroll'}
          ref={scroll.ref}
          style={wraps ? undefined : { maxHeight: Math.max(8, lines.total + 1) * ROW }}
          tabIndex={0}
          role="region"
          aria-label={log.lines(lines.total)}
        >
          <div style={{ height: scroll.spacer }}>
            <div className="log-window" style={{ height: scroll.height }}>
              <LogRows
                first={first}
                last={Math.min(last, lines.total)}
                offset={wraps ? 0 : first * ROW - scroll.top}
                lineAt={lines.lineAt}
                place={place}
                onPlace={onPlace}
              />
            </div>
          </div>
        </div>
      )}
    </section>
  )
}

interface Seeing {
  readonly wraps: boolean
  readonly follows: boolean
}

/** The visible lines, and their loaded contents. The total is known from the loaded lines, and the loaded lines depend on the visible ones. */
function useSeenLines(source: LogSource, { wraps, follows }: Seeing) {
  const [total, setTotal] = useState(0)
  // Wrapped lines are higher than a row: each of them can be the first one.
  const scroll = useLongScroll(total * ROW + (wraps ? 400 : 0), follows)
  const first = Math.max(0, Math.floor(scroll.top / ROW) - (wraps ? 0 : EXTRA))
  const last = Math.ceil((scroll.top + scroll.height) / ROW) + EXTRA
  const lines = useLogLines(source, { first, last })
  useEffect(() => setTotal(lines.total), [lines.total])
  const { refetch, outgrown } = lines
  const latest = useRef(refetch)
  latest.current = refetch
  useEffect(() => {
    if (outgrown !== undefined) void latest.current?.()
  }, [outgrown])
  return { lines, total, isComplete: lines.isComplete && total === lines.total, scroll, first, last }
}

interface Jump {
  readonly line: number | undefined
  readonly level: number | undefined
  /** Of the lines that `scroll` knows. */
  readonly total: number
  readonly isComplete: boolean
  readonly scroll: ReturnType<typeof useLongScroll>
}

/** Scrolls to the position in the address, once for each position. */
function useJump({ line, level, total, isComplete, scroll }: Jump): void {
  const done = useRef<string>(undefined)
  useEffect(() => {
    const place = `${line} ${level}`
    if (line === undefined || level !== undefined || total === 0 || done.current === place) return
    if (line >= total && !isComplete) return
    done.current = place
    scroll.scrollTo(line * ROW - scroll.height / 3)
  }, [line, level, total, isComplete, scroll])
}
