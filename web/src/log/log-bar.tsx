import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { call } from '../api/client.ts'
import { useFormat } from '../format/format.tsx'
import { useMessages } from '../i18n/language.tsx'
import { copyText } from '../ui/copy-text.ts'
import { Icon } from '../ui/icons.tsx'
import { SearchBox } from '../ui/search-box.tsx'
import type { LogPlace } from './log-place.ts'
import type { LogSource } from './use-log-lines.ts'
import type { LogSearch } from './use-log-search.ts'

interface BarProps {
  readonly place: LogPlace
  readonly onPlace: (place: Partial<LogPlace>) => void
  readonly search: LogSearch
  readonly onJump: (line: number | undefined) => void
  readonly total: number
  /** Whether all lines are counted. */
  readonly isComplete: boolean
  readonly wraps: boolean
  readonly onWrap: (wraps: boolean) => void
  readonly follows: boolean
  readonly onFollow: (() => void) | undefined
  readonly download: string
  readonly source: LogSource
}

/** Search, filter, follow, copy and download. */
export function LogBar({ place, onPlace, search, onJump, total, isComplete, wraps, onWrap, follows, onFollow, download, source }: BarProps) {
  const { log, common } = useMessages()
  const bar = useRef<HTMLDivElement>(null)
  useFind(bar)
  return (
    <div className="card-head log-bar" ref={bar}>
      <h2>{log.label}</h2>
      <SearchBox
        value={place.q}
        label={log.search}
        onSearch={(q) => onPlace({ q, level: undefined })}
        onEnter={(isBack) => onJump(isBack ? search.previous : search.next)}
      />
      {place.q !== '' && <Matches search={search} onJump={onJump} />}
      <fieldset className="pick" aria-label={log.level}>
        {LEVELS.map(([name, level]) => (
          <button key={name} type="button" aria-pressed={place.level === level} onClick={() => onPlace({ level, line: undefined, to: undefined })}>
            {log.levels[name]}
          </button>
        ))}
      </fieldset>
      <span className="grow small muted nowrap" title={isComplete ? undefined : log.incomplete}>
        {log.lines(total)}
        {!isComplete && '…'}
      </span>
      <CopyRange place={place} source={source} />
      <button type="button" className="button small" aria-pressed={wraps} onClick={() => onWrap(!wraps)}>
        {log.wrap}
      </button>
      {onFollow && (
        <button type="button" className="button small" aria-pressed={follows} onClick={onFollow}>
          {follows ? log.following : log.follow}
        </button>
      )}
      <a className="button small" href={download} download>
        {common.download}
      </a>
    </div>
  )
}

const LEVELS = [
  ['all', undefined],
  ['warnings', 2],
  ['errors', 1],
] as const

function Matches({ search, onJump }: Pick<BarProps, 'search' | 'onJump'>) {
  const { log } = useMessages()
  const { number } = useFormat()
  const count = search.isCut ? `${number(search.count)}+` : number(search.count)
  const known = search.count === 0 ? log.noMatch : log.matchOf(number(search.current), count)
  return (
    <span className="row log-matches">
      <span className="small muted nowrap" role="status">
        {search.isSearching ? log.searching : known}
      </span>
      <button
        type="button"
        className="button plain small"
        aria-label={log.previous}
        disabled={search.previous === undefined}
        onClick={() => onJump(search.previous)}
      >
        <Icon name="up" size={14} />
      </button>
      <button
        type="button"
        className="button plain small"
        aria-label={log.next}
        disabled={search.next === undefined}
        onClick={() => onJump(search.next)}
      >
        <Icon name="down" size={14} />
      </button>
    </span>
  )
}

/** Copies the selected lines, including those that are not rendered. */
function CopyRange({ place: { line, to }, source }: { place: LogPlace; source: LogSource }) {
  const { log, common } = useMessages()
  const copy = useMutation({
    mutationFn: async () => {
      const from = Math.min(line ?? 0, to ?? line ?? 0)
      const end = Math.max(line ?? 0, to ?? 0)
      const rows: string[] = []
      while (from + rows.length <= end) {
        const query = { host: source.host, from: from + rows.length, count: Math.min(2000, end - from - rows.length + 1) }
        const part = await call('readRunLog', { path: { run: source.run }, query })
        if (part.rows.length === 0) break
        rows.push(...part.rows.map((it) => it.text))
      }
      if (!(await copyText(`${rows.join('\n')}\n`))) throw new Error('the browser did not copy')
    },
  })
  if (line === undefined) return null
  return (
    <button type="button" className="button small" onClick={() => copy.mutate()}>
      {copy.isSuccess ? common.copied : copy.isError ? log.notCopied : log.copy}
    </button>
  )
}

/** Ctrl+F opens this search, because the search of the browser finds only rendered lines; pressed again, it opens the search of the browser. */
function useFind(bar: React.RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const input = bar.current?.querySelector('input')
      if (!input || event.key !== 'f' || !(event.ctrlKey || event.metaKey) || document.activeElement === input) return
      event.preventDefault()
      input.focus()
      input.select()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [bar])
}
