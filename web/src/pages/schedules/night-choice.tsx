import { Link, useSearch } from '@tanstack/react-router'
import { present } from '../../app/search.ts'
import { useFormat } from '../../format/format.tsx'
import { dayAfter } from '../../format/zoned-moment.ts'
import { useMessages } from '../../i18n/language.tsx'
import type { Night, Span } from './night.ts'

const SPANS: readonly Span[] = ['night', 'day', 'week']

/** Selects the displayed night, day or week, and the time zone. */
export function NightChoice({ night, span }: { night: Night; span: Span }) {
  const { schedules } = useMessages()
  const { minute, zone } = useFormat()
  const search = useSearch({ from: '/schedules' })
  const step = span === 'week' ? 7 : 1
  const at = (day: string | undefined) => present({ ...search, day })
  return (
    <div className="filter-row">
      <nav className="pick" aria-label={schedules.spans.label}>
        {SPANS.map((it) => (
          <Link
            key={it}
            to="/schedules"
            search={present({ ...search, span: it === 'night' ? undefined : it })}
            aria-current={it === span ? 'page' : undefined}
            activeOptions={{ exact: true }}
            activeProps={{}}
          >
            {schedules.spans[it]}
          </Link>
        ))}
      </nav>
      <nav className="pick" aria-label={schedules.when}>
        <Link to="/schedules" search={at(dayAfter(night.day, -step))} aria-label={schedules.earlier} activeOptions={{ exact: true }} activeProps={{}}>
          {'‹'}
        </Link>
        <Link to="/schedules" search={at(undefined)} activeOptions={{ exact: true }} activeProps={{}}>
          {schedules.now}
        </Link>
        <Link to="/schedules" search={at(dayAfter(night.day, step))} aria-label={schedules.later} activeOptions={{ exact: true }} activeProps={{}}>
          {'›'}
        </Link>
      </nav>
      <span className="muted night-range">
        {minute(night.range.from)} – {minute(night.range.to)} ({zone})
      </span>
    </div>
  )
}
