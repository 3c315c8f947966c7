import { useMemo } from 'react'
import type { TaskDay } from '../../../src/api/schema/tasks.ts'
import { useFormat } from '../format/format.tsx'
import { useMessages } from '../i18n/language.tsx'
import { toneOf } from '../ui/state.tsx'

const WIDTH = 636
const HEIGHT = 56
const DAY_MS = 86_400_000

interface Point {
  readonly at: number
  readonly day: string
  readonly value: number
  readonly tone: string
}

/** Duration and size of the runs on a common time axis. */
export function TaskCharts({ rows }: { rows: readonly TaskDay[] }) {
  const { host } = useMessages()
  const { bytes, duration } = useFormat()
  const spanned = useMemo(() => spanOf(rows), [rows])
  const durations = pointsOf(rows, 'durationMs')
  const sizes = pointsOf(rows, 'bytes')
  return (
    <div className="charts">
      {durations.length > 1 && <Bars title={host.durations} points={durations} span={spanned} write={duration} />}
      {sizes.length > 1 && <Bars title={host.sizes} points={sizes} span={spanned} write={bytes} />}
    </div>
  )
}

interface Span {
  readonly from: number
  readonly to: number
}

interface BarsProps {
  readonly title: string
  readonly points: readonly Point[]
  readonly span: Span
  readonly write: (value: number) => string
}

function Bars({ title, points, span, write }: BarsProps) {
  const most = Math.max(1, ...points.map((it) => it.value))
  const last = points.at(-1)
  const days = Math.max(1, (span.to - span.from) / DAY_MS)
  const step = WIDTH / (days + 1)
  const label = `${title}: ${points.length}; ${write(Math.min(...points.map((it) => it.value)))} – ${write(most)}; ${last ? `${last.day} ${write(last.value)}` : ''}`
  return (
    <figure>
      <figcaption className="small muted chart-title">
        <span>{title}</span>
        <span>{write(most)}</span>
      </figcaption>
      <svg className="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" height={HEIGHT} role="img" aria-label={label}>
        <path className="axis" d={`M0 ${HEIGHT - 0.5}H${WIDTH}`} />
        {['mark', 'warn', 'bad'].map((tone) => (
          <path
            key={tone}
            className={tone}
            d={barsOf(
              points.filter((it) => it.tone === tone),
              { span, step, most },
            )}
          />
        ))}
      </svg>
      <div className="small muted chart-title">
        <span>{points[0]?.day}</span>
        <span>{last ? `${last.day}: ${write(last.value)}` : ''}</span>
      </div>
    </figure>
  )
}

interface Scale {
  readonly span: Span
  readonly step: number
  readonly most: number
}

function barsOf(points: readonly Point[], { span, step, most }: Scale): string {
  return points
    .map(({ at, value }) => {
      const height = Math.max(1, (value / most) * (HEIGHT - 4))
      const x = ((at - span.from) / DAY_MS) * step
      return `M${x.toFixed(1)} ${HEIGHT}v-${height.toFixed(1)}h${Math.max(0.8, step * 0.75).toFixed(2)}V${HEIGHT}z`
    })
    .join('')
}

function pointsOf(rows: readonly TaskDay[], field: 'durationMs' | 'bytes'): readonly Point[] {
  return rows
    .flatMap((it) => {
      const value = it[field]
      if (value === null) return []
      const tone = toneOf(it.worst)
      return [{ at: Date.parse(it.day), day: it.day, value, tone: tone === 'bad' || tone === 'warn' ? tone : 'mark' }]
    })
    .toSorted((a, b) => a.at - b.at)
}

function spanOf(rows: readonly TaskDay[]): Span {
  const days = rows.map((it) => Date.parse(it.day))
  return { from: Math.min(...days), to: Math.max(...days) }
}
