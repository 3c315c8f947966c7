import { Link, useSearch } from '@tanstack/react-router'
import type { BackupSet } from '../../../../src/api/schema/sets.ts'
import { present } from '../../app/search.ts'
import { Time, useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { useClaims } from '../../ui/claims.tsx'
import { HoldButton } from './set-keeping.tsx'

/** The time, the locations and the claims of the set. */
export function SetHead({ set }: { set: BackupSet }) {
  const { set: words, restore, host: hostWords, common } = useMessages()
  const { minute, bytes, duration } = useFormat()
  const { host } = useSearch({ from: '/set' })
  const claims = useClaims(set.claims)
  const took = set.began !== null && set.ended !== null ? Date.parse(set.ended) - Date.parse(set.began) : undefined
  return (
    <div className="head">
      <div>
        <h1>
          {set.task} · {minute(set.at)}
        </h1>
        <p className="muted any">
          {bytes(set.bytes)}
          {set.objects !== null && ` · ${common.objects(set.objects)}`}
          {took !== undefined && ` · ${words.took(duration(took))}`}
          {' · '}
          <Time at={set.at} isStop />
          {set.run !== null && (
            <>
              {' · '}
              <Link to="/runs/$run" params={{ run: set.run }} search={present({ host })}>
                {hostWords.columns.run}
              </Link>
            </>
          )}
        </p>
        <p className="row set-places">
          {set.places.map((it) => (
            <span key={it.storage} className={it.state === 'complete' ? 'tag' : 'tag odd'} title={it.location}>
              {it.storage}
              {it.state !== 'complete' && `: ${words.placeStates[it.state]}`}
            </span>
          ))}
        </p>
      </div>
      <span className="grow" />
      <dl className="claims-box">
        {claims.map(({ kind, name, isShown, age, how }) => (
          <div key={kind}>
            <dt>{name}</dt>
            <dd className={isShown ? 'tip' : 'tip never'} data-tip={how} tabIndex={0}>
              {age}
            </dd>
          </div>
        ))}
      </dl>
      <HoldButton set={set} />
      <Link to="/restore" search={present({ host, task: set.task, set: set.name })} className="button primary">
        {restore.title}
      </Link>
    </div>
  )
}
