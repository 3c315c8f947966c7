import { Link } from '@tanstack/react-router'
import type { Host } from '../../../../src/api/schema/hosts.ts'
import { Time, useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { useClaims } from '../../ui/claims.tsx'
import { State } from '../../ui/state.tsx'
import { useCause } from '../../ui/use-cause.ts'
import { RemoveHostButton } from './remove-host.tsx'

const SKEW_MS = 60_000

export function HostHead({ host }: { host: Host }) {
  const { hosts, host: words } = useMessages()
  const { roughly } = useFormat()
  const skew = host.skewMs ?? 0
  return (
    <>
      <div className="head">
        <div className="grow">
          <h1>{host.name}</h1>
          <div className="row">
            <State state={host.state} />
            {host.kind === 'local' && <span className="tag">{hosts.this}</span>}
            {host.timeZone !== null && <span className="muted small">{host.timeZone}</span>}
            {host.next !== null && (
              <span className="muted small">
                {words.next} <Time at={host.next} isStop />
              </span>
            )}
            {host.url !== null && (
              <a className="small" href={host.url} rel="noreferrer">
                {words.openThere}
              </a>
            )}
            <RemoveHostButton host={host} />
          </div>
        </div>
        <ClaimsBox host={host} />
      </div>
      <HostCause host={host} />
      {!host.isReachable && host.asOf !== null && (
        <p className="banner warn">
          {words.asOf} <Time at={host.asOf} absolute isStop />. {host.error?.message}
        </p>
      )}
      {Math.abs(skew) > SKEW_MS && <p className="banner warn">{hosts.skew(roughly(Math.abs(skew)), skew > 0)}</p>}
    </>
  )
}

function HostCause({ host: { cause, id, state } }: { host: Host }) {
  const { common } = useMessages()
  const causeText = useCause()
  if (cause === null) return null
  return (
    <p className={state === 'unknown' ? 'banner' : state === 'warning' ? 'banner warn' : 'banner bad'}>
      <span className="any">
        {cause.task !== undefined && <strong>{cause.task}: </strong>}
        {causeText({ state, text: cause.text, since: cause.since })}
      </span>
      {cause.hint !== undefined && <span className="muted any">{cause.hint}</span>}
      {cause.run !== undefined && (
        <Link to="/runs/$run" params={{ run: cause.run }} search={id === 'local' ? {} : { host: id }}>
          {common.details}
        </Link>
      )}
    </p>
  )
}

/** The three claims, each with the way in which it was verified. */
function ClaimsBox({ host }: { host: Host }) {
  const { claims } = useMessages()
  return (
    <dl className="claims-box" aria-label={claims.title}>
      {useClaims(host.claims).map(({ kind, name, isShown, age, how }) => (
        <div key={kind}>
          <dt>{name}</dt>
          <dd className={isShown ? 'tip' : 'tip never'} data-tip={how} tabIndex={0}>
            {age}
          </dd>
        </div>
      ))}
    </dl>
  )
}
