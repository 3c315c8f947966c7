import { Link } from '@tanstack/react-router'
import type { SetRow } from '../../../../src/api/schema/sets.ts'
import { Time, useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { useClaims } from '../../ui/claims.tsx'

export function SetsTable({ rows }: { rows: readonly SetRow[] }) {
  const { host, claims, shell } = useMessages()
  const { columns } = host
  return (
    <table className="list cards" aria-label={shell.sets}>
      <thead>
        <tr>
          <th>{columns.set}</th>
          <th>{columns.task}</th>
          <th className="right">{columns.size}</th>
          <th className="right">{columns.objects}</th>
          <th>{columns.places}</th>
          <th>{claims.verified}</th>
          <th>{claims.restored}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((it) => (
          <SetLine key={`${it.task} ${it.step} ${it.name}`} set={it} />
        ))}
      </tbody>
    </table>
  )
}

function SetLine({ set }: { set: SetRow }) {
  const { host, claims, set: setWords } = useMessages()
  const { columns } = host
  const { bytes, number } = useFormat()
  const shown = useClaims(set.claims).filter((it) => it.kind !== 'published')
  return (
    <tr>
      <td data-label={columns.set}>
        <span>
          <Link to="/set" search={{ ...(set.host === 'local' ? {} : { host: set.host }), task: set.task, set: set.name }} data-row title={set.name}>
            <Time at={set.at} absolute />
          </Link>
          <span className="small muted block">
            <Time at={set.at} />
          </span>
        </span>
      </td>
      <td data-label={columns.task} className="any">
        {set.task}
      </td>
      <td data-label={columns.size} className="right nowrap">
        {bytes(set.bytes)}
      </td>
      <td data-label={columns.objects} className="right">
        {set.objects === null ? '' : number(set.objects)}
      </td>
      <td data-label={columns.places} className="any">
        {set.places.map((it) => (
          <span key={it.storage} className={it.state === 'complete' ? 'tag' : 'tag odd'} title={`${it.location} · ${setWords.placeStates[it.state]}`}>
            {it.storage}
          </span>
        ))}
      </td>
      {shown.map(({ kind, isShown, age, how }) => (
        <td
          key={kind}
          data-label={kind === 'verified' ? claims.verified : claims.restored}
          className={isShown ? 'nowrap' : 'nowrap never'}
          title={how}
        >
          {age}
        </td>
      ))}
    </tr>
  )
}
