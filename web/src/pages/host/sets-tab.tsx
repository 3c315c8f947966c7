import { useSearch } from '@tanstack/react-router'
import type { Host } from '../../../../src/api/schema/hosts.ts'
import type { SetRow } from '../../../../src/api/schema/sets.ts'
import { Time, useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { useClaims } from '../../ui/claims.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Loaded } from '../../ui/failure.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { usePages } from '../../ui/use-pages.ts'

/** The sets of the host on all storages, newest first, with what is known of each. */
export function SetsTab({ host }: { host: Host }) {
  const { host: words } = useMessages()
  const { task } = useSearch({ from: '/hosts/$host' })
  const sets = usePages('listSets', { host: host.id, limit: 100, ...(task === undefined ? {} : { task }) })
  return (
    <Loaded query={sets}>
      {({ first, rows, total }) => (
        <>
          {first.failures.length > 0 && (
            <div className="banner warn">
              <strong>{words.setsIncomplete}</strong>
              {first.failures.map((it) => (
                <span key={it.message} className="any">
                  {it.message} <span className="muted">{it.hint}</span>
                </span>
              ))}
            </div>
          )}
          {rows.length === 0 && first.failures.length === 0 && (
            <section className="teach">
              <p>{words.noSets}</p>
              <p className="muted">{words.noSetsHint}</p>
              <Copy text="holdfast run" />
            </section>
          )}
          {rows.length > 0 && (
            <div className="card">
              <SetsTable rows={rows} />
              <MoreButton pages={sets} rest={total - rows.length} />
            </div>
          )}
        </>
      )}
    </Loaded>
  )
}

function SetsTable({ rows }: { rows: readonly SetRow[] }) {
  const { host, claims } = useMessages()
  const { columns } = host
  return (
    <div>
      <table className="list cards">
        <thead>
          <tr>
            <th>{columns.set}</th>
            <th>{columns.task}</th>
            <th>{columns.began}</th>
            <th className="right">{columns.size}</th>
            <th className="right">{columns.objects}</th>
            <th>{columns.places}</th>
            <th>{claims.verified}</th>
            <th>{claims.restored}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((set) => (
            <SetLine key={`${set.task} ${set.step} ${set.name}`} set={set} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function SetLine({ set }: { set: SetRow }) {
  const { bytes, number } = useFormat()
  const { columns } = useMessages().host
  const shown = useClaims(set.claims).filter((it) => it.kind !== 'published')
  return (
    <tr>
      <td className="nowrap">{set.name}</td>
      <td className="any" data-label={columns.task}>
        {set.task}
      </td>
      <td data-label={columns.began}>
        <Time at={set.at} absolute />
      </td>
      <td className="right nowrap" data-label={columns.size}>
        {bytes(set.bytes)}
      </td>
      <td className="right" data-label={columns.objects}>
        {set.objects === null ? '' : number(set.objects)}
      </td>
      <td className="any" data-label={columns.places}>
        {set.places.map((it) => (
          <span key={it.storage} className={it.state === 'complete' ? 'tag' : 'tag odd'} title={`${it.location} · ${it.state}`}>
            {it.storage}
          </span>
        ))}
      </td>
      {shown.map(({ kind, name, isShown, age, how }) => (
        <td key={kind} className={isShown ? 'nowrap' : 'nowrap never'} data-label={name} title={how}>
          {age}
        </td>
      ))}
    </tr>
  )
}
