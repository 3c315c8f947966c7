import { Link } from '@tanstack/react-router'
import type { ContentsHit } from '../../../../src/api/schema/sets.ts'
import { Time, useFormat } from '../../format/format.tsx'
import { shellWord } from '../../format/shell-word.ts'
import { useMessages } from '../../i18n/language.tsx'
import { Copy } from '../../ui/copy.tsx'
import { FailurePanel } from '../../ui/failure.tsx'
import { SetsIncomplete } from './sets-incomplete.tsx'
import { type Found, useSearchAll, type Wanted } from './use-search-all.ts'

/** The sets that contain entries with this name, newest first. */
export function SearchAll(wanted: Wanted) {
  const { sets, common, host, set: words, restore } = useMessages()
  const { number } = useFormat()
  const found = useSearchAll(wanted)
  const { hits, matches, searched, total, unsearched, isDone, error, failures } = found
  const isWhole = error === null && failures.length === 0 && unsearched === 0
  return (
    <>
      <p className="muted small" role="status">
        {isDone ? sets.searchDone(matches, number(searched), common.sets(total)) : sets.searching(number(searched), common.sets(total))}
        {hits.length < matches && ` ${sets.firstOnly}`}
      </p>
      {error !== null && <FailurePanel error={error} />}
      <SetsIncomplete failures={failures} />
      {unsearched > 0 && <NotSearched found={found} task={wanted.task} />}
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
                <HitRow key={`${it.task} ${it.set} ${it.object} ${it.path}`} hit={it} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {isDone && hits.length === 0 && <p className="teach muted">{isWhole ? sets.nothingFound : sets.nothingInSearched}</p>}
    </>
  )
}

/** Objects that could not be searched, and how they can be: a search without matches is no evidence about them. */
function NotSearched({ found: { unsearched, reasons }, task }: { found: Found; task: string | undefined }) {
  const { sets } = useMessages()
  return (
    <section className="banner warn">
      <p>{sets.unsearched(unsearched)}</p>
      <ul className="small any">
        {reasons.map((it) => (
          <li key={`${it.task} ${it.set} ${it.object}`}>
            {it.task} · {it.set}: {it.message}
          </li>
        ))}
      </ul>
      {reasons.length < unsearched && <p className="small muted">…</p>}
      <p className="small">{sets.makeIndexes}</p>
      <Copy text={task === undefined ? "holdfast index '' all" : `holdfast index ${shellWord(task)} all`} />
    </section>
  )
}

function HitRow({ hit }: { hit: ContentsHit }) {
  const { host, set: words, restore } = useMessages()
  const { bytes } = useFormat()
  const place = { ...(hit.host === 'local' ? {} : { host: hit.host }), task: hit.task, set: hit.set }
  return (
    <tr>
      <td data-label={words.name}>
        <span className="any">
          <span className="mono">{hit.path ?? hit.object}</span>
          {hit.path !== null && (
            <span className="small muted block any">
              {hit.object}
              {hit.rows !== null && ` · ${words.rows(hit.rows)}`}
            </span>
          )}
        </span>
      </td>
      <td data-label={host.columns.set}>
        <Link to="/set" search={{ ...place, object: hit.object }} data-row>
          {hit.task} · <Time at={hit.at} absolute />
        </Link>
      </td>
      <td data-label={host.columns.size} className="right nowrap">
        {hit.bytes === null ? '' : bytes(hit.bytes)}
      </td>
      <td className="acts">
        <Link
          to="/restore"
          search={{ ...place, object: hit.object, ...(hit.isMember && hit.path !== null ? { path: hit.path } : {}) }}
          className="button small"
        >
          {restore.short}
        </Link>
      </td>
    </tr>
  )
}
