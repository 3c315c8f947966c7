import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import type { BackupSet } from '../../../../src/api/schema/sets.ts'
import { queryKeepingPrevious } from '../../api/queries.ts'
import { present } from '../../app/search.ts'
import { useMessages } from '../../i18n/language.tsx'
import { Loaded } from '../../ui/failure.tsx'
import { SearchBox } from '../../ui/search-box.tsx'
import { ENTRIES_AT_ONCE, EntryList } from './entry-list.tsx'
import { EntryTable } from './entry-table.tsx'
import { NothingInside, StartIndexing } from './nothing-inside.tsx'
import { ObjectFacts } from './object-facts.tsx'

/** The contents of the set: objects, then folder by folder, or all entries with a name. */
export function SetContents({ set }: { set: BackupSet }) {
  const { set: words } = useMessages()
  const search = useSearch({ from: '/set' })
  const { host = 'local', object, folder, q } = search
  const navigate = useNavigate({ from: '/set' })
  const query = { host, task: set.task, set: set.name, limit: ENTRIES_AT_ONCE, ...present({ object, folder, q }) }
  const list = useQuery(queryKeepingPrevious('listContents', { query }))
  const onSearch = useCallback(
    (text: string) => void navigate({ search: (now) => present({ ...now, q: text === '' ? undefined : text }), replace: true }),
    [navigate],
  )
  const known = set.contains.find((it) => it.path === object)
  return (
    <>
      <div className="filter-row">
        <Where />
        <span className="grow" />
        <SearchBox value={q ?? ''} label={object === undefined ? words.searchSet : words.searchObject} onSearch={onSearch} />
      </div>
      {known && <ObjectFacts object={known} />}
      <Loaded query={list}>
        {({ index, reason, rows, total }) => (
          <>
            {reason !== null && <p className="banner warn any">{q === undefined ? words.incomplete(reason) : words.notAllSearched(reason)}</p>}
            {total === 0 && <NothingInside index={index} set={set} isSearch={q !== undefined} />}
            {total > 0 && (
              <div className="card">
                {total > rows.length ? (
                  <EntryList key={JSON.stringify(query)} query={query} total={total} set={set} />
                ) : (
                  <EntryTable rows={rows} set={set} />
                )}
              </div>
            )}
            {total > 0 && index === 'absent' && q !== undefined && <StartIndexing set={set} />}
          </>
        )}
      </Loaded>
    </>
  )
}

/** The path to the displayed folder. */
function Where() {
  const { set: words } = useMessages()
  const search = useSearch({ from: '/set' })
  const { object, folder } = search
  const parts = folder?.split('/').filter((it) => it !== '') ?? []
  return (
    <nav className="mono any where" aria-label={words.where}>
      <Link
        to="/set"
        activeOptions={{ exact: true }}
        activeProps={{}}
        search={present({ ...search, object: undefined, folder: undefined, q: undefined })}
      >
        {words.objects}
      </Link>
      {object !== undefined && (
        <>
          {' / '}
          <Link to="/set" activeOptions={{ exact: true }} activeProps={{}} search={present({ ...search, folder: undefined, q: undefined })}>
            {object}
          </Link>
        </>
      )}
      {parts.map((it, index) => (
        <span key={parts.slice(0, index + 1).join('/')}>
          {' / '}
          <Link
            to="/set"
            activeOptions={{ exact: true }}
            activeProps={{}}
            search={present({ ...search, folder: parts.slice(0, index + 1).join('/'), q: undefined })}
          >
            {it}
          </Link>
        </span>
      ))}
    </nav>
  )
}
