import { useMemo, useState } from 'react'
import type { Run } from '../../../../src/api/schema/runs.ts'
import { timeTicks } from '../../charts/time-ticks.ts'
import { millis, useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { useServerNow } from '../../live/clock.ts'
import { LivePipeline } from '../../ui/progress/live-pipeline.tsx'
import { Pipeline } from './pipeline.tsx'
import { type Axis, TimelineRow } from './timeline-row.tsx'
import { type Row, rowsOf } from './timeline-rows.ts'

/** The maximum number of rows at a time; a run can have ten thousand objects. */
const MANY = 100

/** One bar per object on a time axis: slow, failed and unfinished ones. A row expands to its pipeline. */
export function RunTimeline({ run }: { run: Run }) {
  const messages = useMessages()
  const { number } = useFormat()
  const [most, setMost] = useState(MANY)
  const [open, setOpen] = useState<string>()
  // Objects in progress show their stages unless they were folded.
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const now = useServerNow(run.state === 'running' ? 1 : 3600)
  const rows = useMemo(() => rowsOf(run), [run])
  const from = millis(run.began)
  const ends = rows.map((it) => it.to ?? it.from).filter(Number.isFinite)
  const to = Math.max(from + 1000, run.ended === null ? (run.state === 'running' ? now : Math.max(from, ...ends)) : millis(run.ended))
  const shown = rows.slice(0, most)
  const moving = rows.filter((it) => it.state === 'running' && it.rate !== undefined)
  const slowest = moving.length > 1 ? moving.reduce((a, b) => ((b.rate ?? 0) < (a.rate ?? 0) ? b : a)).key : undefined
  const failed = rows.find((it) => it.state === 'failed' && !it.isStep)?.key
  const isOpen = ({ key, live }: Row) => (live ? !folded.has(key) : (open ?? failed) === key)
  const toggle = (row: Row) => {
    if (!row.live) return setOpen(isOpen(row) ? '' : row.key)
    const others = [...folded].filter((it) => it !== row.key)
    return setFolded(new Set(isOpen(row) ? [...others, row.key] : others))
  }
  if (rows.length === 0) return null
  return (
    <section className="card timeline">
      <div className="card-head">
        <h2 className="grow">{messages.run.timeline}</h2>
        {run.progress && run.progress.wanted > 0 && <span className="small muted">{messages.run.made(run.progress.made, run.progress.wanted)}</span>}
      </div>
      <div className="timeline-grid">
        <Scale from={from} to={to} />
        {shown.map((row) => (
          <div key={row.key} className="timeline-item">
            <TimelineRow
              row={row}
              axis={{ from, to }}
              now={now}
              note={row.key === slowest ? messages.run.slowest : undefined}
              isOpen={isOpen(row)}
              onOpen={row.live || row.stages.length > 0 ? () => toggle(row) : undefined}
            />
            {isOpen(row) && row.live && <LivePipeline live={row.live} />}
            {isOpen(row) && row.stages.length > 0 && <Pipeline stages={row.stages} />}
          </div>
        ))}
      </div>
      {rows.length > most && (
        <p className="card-body">
          <button type="button" className="button small" onClick={() => setMost(most + 1000)}>
            {messages.common.more} ({number(rows.length - most)})
          </button>
        </p>
      )}
    </section>
  )
}

function Scale({ from, to }: Axis) {
  const format = useFormat()
  const isShort = to - from < 10 * 60_000
  return (
    <div className="timeline-row scale" aria-hidden="true">
      <span />
      <span className="lane">
        {timeTicks(from, to)
          .filter((at) => at < to - (to - from) * 0.08)
          .map((at) => (
            <span key={at} className="tick" style={{ left: `${((at - from) / (to - from)) * 100}%` }}>
              {isShort ? format.clock(at) : format.clock(at).slice(0, 5)}
            </span>
          ))}
      </span>
    </div>
  )
}
