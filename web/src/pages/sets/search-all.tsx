import { Link } from '@tanstack/react-router'
import { Time, useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { FailurePanel } from '../../ui/failure.tsx'
import { SetsIncomplete } from './sets-incomplete.tsx'
import { type Hit, useSearchAll, type Wanted } from './use-search-all.ts'

/** The sets that contain entries with this name, newest first. */
export function SearchAll(wanted: Wanted) {
  const { sets, common, host, set: words, restore } = useMessages()
  const { number } = useFormat()
  const { hits, searched, total, shallow, isDone, error, failures } = useSearchAll(wanted)
  return (
    <>
      <p className="muted small" role="status">
        {isDone ? sets.searchDone(hits.length, number(searched), common.sets(total)) : sets.searching(number(searched), common.sets(total))}
        {shallow > 0 && ` ${sets.shallow(common.sets(shallow))}`}
      </p>
      {error !== null && <FailurePanel error={error} />}
      <SetsIncomplete failures={failures} />
      {hits.length > 0 && (
        <div className="card hits">
          <table className="list cards" aria-label={sets.search}>
            <thead>
              <tr>
                <th>{words.name}</th>
                <th>{host.columns.set}</th>
                <th className="right">{host.columns.size}</th>
                <th>
                  <span className="unseen">{restore.title}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {hits.map((it) => (
                <HitRow key={`${it.set.task} ${it.set.name} ${it.entry.object} ${it.entry.path}`} hit={it} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {isDone && error === null && failures.length === 0 && hits.length === 0 && <p className="teach muted">{sets.nothingFound}</p>}
    </>
  )
}

function HitRow({ hit: { set, entry } }: { hit: Hit }) {
  const { host, set: words, restore } = useMessages()
  const { bytes } = useFormat()
  const place = { ...(set.host === 'local' ? {} : { host: set.host }), task: set.task, set: set.name }
  return (
    <tr>
      <td data-label={words.name}>
        <span className="any">
          <span className="mono">{entry.path ?? entry.object}</span>
          {entry.path !== null && <span className="small muted block any">{entry.object}</span>}
        </span>
      </td>
      <td data-label={host.columns.set}>
        <Link to="/set" search={{ ...place, object: entry.object }} data-row>
          {set.task} · <Time at={set.at} absolute />
        </Link>
      </td>
      <td data-label={host.columns.size} className="right nowrap">
        {entry.bytes === null ? '' : bytes(entry.bytes)}
      </td>
      <td className="acts">
        <Link
          to="/restore"
          search={{ ...place, object: entry.object, ...(entry.path === null ? {} : { path: entry.path }) }}
          className="button small"
        >
          {restore.short}
        </Link>
      </td>
    </tr>
  )
}
