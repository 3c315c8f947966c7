import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { queryKeepingPrevious } from '../../api/queries.ts'
import { Time, useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { wordFailure } from '../../ui/failure.tsx'

const WAIT_MS = 300

/** The next five runs of a schedule expression, or its error, updated shortly after the last key press. */
export function NextRuns({ words }: { words: readonly string[] }) {
  const messages = useMessages()
  const { schedules } = messages
  const { minute, zone } = useFormat()
  const requested = useLater(words.join('\n'))
  const preview = useQuery({
    ...queryKeepingPrevious('previewSchedule', { body: { words: requested.split('\n'), count: 5 } }),
    enabled: requested !== '',
  })
  // Until the answer, the displayed runs are those of the previous expression.
  const isOld = requested !== words.join('\n') || preview.isPlaceholderData
  if (requested === '') return null
  if (preview.error !== null) {
    const { text, hint } = wordFailure(preview.error, messages)
    return (
      <p className="state bad next-runs" role="status">
        <span className="any">
          {text} <span className="muted">{hint}</span>
        </span>
      </p>
    )
  }
  return (
    <div className={isOld ? 'next-runs stale' : 'next-runs'} role="status" aria-busy={isOld}>
      <p className="small muted">
        {schedules.next} ({preview.data?.timeZone ?? zone})
      </p>
      <ul>
        {preview.data?.next.map((it) => (
          <li key={it}>
            {minute(it)}{' '}
            <span className="muted">
              <Time at={it} />
            </span>
          </li>
        ))}
        {preview.data?.next.length === 0 && <li>{schedules.neverRuns}</li>}
      </ul>
    </div>
  )
}

function useLater(text: string): string {
  const [later, setLater] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setLater(text), WAIT_MS)
    return () => clearTimeout(timer)
  }, [text])
  return later
}
