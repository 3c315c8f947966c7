import { useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import type { Overlap } from './night.ts'

const SHOWN = 12

/** Concurrent tasks and their times, as text. */
export function Overlaps({ overlaps }: { overlaps: readonly Overlap[] }) {
  const { schedules } = useMessages()
  const { minute, duration } = useFormat()
  if (overlaps.length === 0) return null
  const longest = overlaps.toSorted((a, b) => b.to - b.from - (a.to - a.from)).slice(0, SHOWN)
  return (
    <details className="card-body overlaps">
      <summary>{schedules.overlaps(overlaps.length)}</summary>
      <ul>
        {longest
          .toSorted((a, b) => a.from - b.from)
          .map((it) => (
            <li key={it.from}>
              {minute(it.from)} – {minute(it.to).slice(11)} <span className="muted">({duration(it.to - it.from)})</span> {it.tasks.join(', ')}
            </li>
          ))}
      </ul>
    </details>
  )
}
