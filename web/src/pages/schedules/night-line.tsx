import { Link } from '@tanstack/react-router'
import type { ScheduleRow } from '../../../../src/api/schema/schedules.ts'
import { useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { useServerNow } from '../../live/clock.ts'
import { toneOf } from '../../ui/state.tsx'
import { type Bar, barsOf, type Night, overlapsOf, type Range, type Span } from './night.ts'
import { Overlaps } from './overlaps.tsx'

interface LineProps {
  readonly rows: readonly ScheduleRow[]
  readonly night: Night
  readonly span: Span
}

/** The position of a time between two times, in percent. */
function place({ from, to }: Range, range: Range) {
  const whole = range.to - range.from
  const left = Math.max(0, (from - range.from) / whole)
  const right = Math.min(1, (to - range.from) / whole)
  return { left: `${left * 100}%`, width: `${Math.max(0, right - left) * 100}%` }
}

/** Tasks by hour. A filled bar is a past run, an outlined one a planned run with its usual duration. */
export function NightLine({ rows, night, span }: LineProps) {
  const { schedules } = useMessages()
  const { minute } = useFormat()
  const now = useServerNow(30)
  const { range, ticks } = night
  const lines = rows
    .map((row) => ({ row, task: row.task, bars: barsOf(row, now).filter((it) => it.to >= range.from && it.from < range.to) }))
    .filter(({ bars }) => bars.length > 0)
    .toSorted((a, b) => (a.bars[0]?.from ?? 0) - (b.bars[0]?.from ?? 0))
  const overlaps = overlapsOf(lines, range)
  const idle = rows.length - lines.length
  return (
    <figure className="card night" aria-label={schedules.line}>
      <div className="night-row night-axis" aria-hidden="true">
        <span />
        <div className="night-track">
          {ticks.map((it) => (
            <span key={it} className="tick" style={{ left: place({ from: it, to: it }, range).left }}>
              {span === 'week' ? minute(it).slice(5, 10) : minute(it).slice(11)}
            </span>
          ))}
        </div>
      </div>
      {lines.length === 0 && <p className="card-body muted">{schedules.quiet}</p>}
      {lines.map(({ row, bars }) => (
        <div key={row.task} className="night-row">
          <span className="clip" title={row.description ?? row.task}>
            {row.task}
          </span>
          <div className="night-track">
            {ticks.map((it) => (
              <i key={it} className="grid-line" style={{ left: place({ from: it, to: it }, range).left }} />
            ))}
            {overlaps
              .filter((it) => it.tasks.includes(row.task))
              .map((it) => (
                <i key={it.from} className="overlap" style={place(it, range)} />
              ))}
            {bars.map((it) => (
              <NightBar key={`${it.from} ${it.run}`} bar={it} row={row} range={range} />
            ))}
            {now > range.from && now < range.to && <i className="now-line" style={{ left: place({ from: now, to: now }, range).left }} />}
          </div>
        </div>
      ))}
      <figcaption className="card-body legend">
        <span className="key run-key">{schedules.keys.ran}</span>
        <span className="key plan-key">{schedules.keys.planned}</span>
        <span className="key overlap-key">{schedules.keys.overlap}</span>
        {now > range.from && now < range.to && <span className="key now-key">{schedules.keys.now}</span>}
        {idle > 0 && <span>{schedules.idle(idle)}</span>}
      </figcaption>
      <Overlaps overlaps={overlaps} />
    </figure>
  )
}

function NightBar({ bar, row, range }: { bar: Bar; row: ScheduleRow; range: Range }) {
  const { schedules, states } = useMessages()
  const { minute, duration } = useFormat()
  const style = place(bar, range)
  const length = bar.to > bar.from ? ` · ${duration(bar.to - bar.from)}` : ''
  const what = bar.state === 'planned' ? schedules.planned : states[bar.state]
  const label = `${row.task}: ${what}, ${minute(bar.from)}${length}`
  if (bar.run === undefined || bar.state === 'planned') return <i className="bar planned" style={style} role="img" aria-label={label} title={label} />
  return (
    <Link
      to="/runs/$run"
      params={{ run: bar.run }}
      search={row.host === 'local' ? {} : { host: row.host }}
      className={`bar ${toneOf(bar.state)}`}
      style={style}
      aria-label={label}
      title={label}
      data-row
    />
  )
}
