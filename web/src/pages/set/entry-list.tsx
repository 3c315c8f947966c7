import { useQueries } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { BackupSet, SetEntry } from '../../../../src/api/schema/sets.ts'
import type { Answer, Input } from '../../api/client.ts'
import { queryOf } from '../../api/queries.ts'
import { Time, useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { useLongScroll } from '../../log/use-long-scroll.ts'
import { EntryKind, EntryName, GetBack } from './entry-table.tsx'

export const ENTRIES_AT_ONCE = 200

const ROW = 40
const EXTRA = 6

interface ListProps {
  readonly query: NonNullable<Input<'listContents'>['query']>
  readonly total: number
  readonly set: BackupSet
}

/** A list of any length: an archive can have a million files in one folder. Only the visible entries are loaded and rendered. */
export function EntryList({ query, total, set }: ListProps) {
  const { set: words, host, restore } = useMessages()
  const scroll = useLongScroll(total * ROW, false)
  const first = Math.max(0, Math.floor(scroll.top / ROW) - EXTRA)
  const last = Math.min(total, Math.ceil((scroll.top + scroll.height) / ROW) + EXTRA)
  const entryAt = useEntries(query, useRest({ first, last }))
  return (
    <div role="table" aria-label={words.tabs.contents} aria-rowcount={total + 1} className="entries">
      <div role="rowgroup">
        <div role="row" aria-rowindex={1} className="entry-row entry-head">
          <span role="columnheader">{words.name}</span>
          <span role="columnheader" className="entry-kind">
            {words.kind}
          </span>
          <span role="columnheader" className="right">
            {host.columns.size}
          </span>
          <span role="columnheader" className="entry-modified">
            {words.modified}
          </span>
          <span role="columnheader">
            <span className="unseen">{restore.title}</span>
          </span>
        </div>
      </div>
      <div role="rowgroup" className="entry-scroll" ref={scroll.ref} tabIndex={0} aria-label={words.tabs.contents}>
        <div role="presentation" style={{ height: scroll.spacer }}>
          <div role="presentation" className="log-window" style={{ height: scroll.height }}>
            <div role="presentation" style={{ transform: `translateY(${first * ROW - scroll.top}px)` }}>
              {Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at).map((index) => (
                <EntryLine key={index} index={index} entry={entryAt(index)} set={set} />
              ))}
            </div>
          </div>
        </div>
      </div>
    </div>
  )
}

interface LineProps {
  readonly index: number
  /** Undefined while loading. */
  readonly entry: SetEntry | undefined
  readonly set: BackupSet
}

function EntryLine({ index, entry, set }: LineProps) {
  const { bytes } = useFormat()
  if (!entry) return <div role="row" aria-rowindex={index + 2} className="entry-row" />
  return (
    <div role="row" aria-rowindex={index + 2} className="entry-row">
      <span role="cell" className="mono clip" title={entry.path ?? entry.object}>
        <EntryName entry={entry} />
      </span>
      <span role="cell" className="entry-kind clip">
        <EntryKind entry={entry} set={set} />
      </span>
      <span role="cell" className="right nowrap">
        {entry.bytes === null ? '' : bytes(entry.bytes)}
      </span>
      <span role="cell" className="entry-modified">
        {entry.modified !== null && <Time at={entry.modified} absolute />}
      </span>
      <span role="cell" className="right">
        <GetBack entry={entry} set={set} />
      </span>
    </div>
  )
}

// The server reads the whole index for each part: none is requested for what only passes by.
const REST_MS = 150

interface Range {
  readonly first: number
  readonly last: number
}

/** The range as soon as it has not changed for a moment. */
function useRest({ first, last }: Range): Range {
  const [rest, setRest] = useState<Range>({ first, last })
  useEffect(() => {
    const timer = setTimeout(() => setRest({ first, last }), REST_MS)
    return () => clearTimeout(timer)
  }, [first, last])
  return rest
}

/** The entries of this range, loaded in parts; requests for parts that are no longer visible are cancelled. */
function useEntries(query: ListProps['query'], { first, last }: Range) {
  const from = Math.floor(first / ENTRIES_AT_ONCE)
  const parts = Array.from({ length: Math.floor(Math.max(0, last - 1) / ENTRIES_AT_ONCE) - from + 1 }, (_, index) => from + index)
  const loaded = useQueries({
    queries: parts.map((part) => ({
      ...queryOf('listContents', { query: part === 0 ? query : { ...query, cursor: String(part * ENTRIES_AT_ONCE) } }),
      gcTime: 20_000,
    })),
  })
  const byPart = new Map<number, Answer<'listContents'> | undefined>(parts.map((part, index) => [part, loaded[index]?.data]))
  return (index: number): SetEntry | undefined => byPart.get(Math.floor(index / ENTRIES_AT_ONCE))?.rows[index % ENTRIES_AT_ONCE]
}
