import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import type { Host } from '../../../../src/api/schema/hosts.ts'
import { DayStrip } from '../../charts/day-strip.tsx'
import { useFormat, useRelative, Zone } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { ClaimCells } from '../../ui/claims.tsx'
import { State } from '../../ui/state.tsx'
import { useCause } from '../../ui/use-cause.ts'

interface RowProps {
  /** Undefined while loading. */
  readonly host: Host | undefined
  readonly index: number
  readonly height: number
}

/** One host in one line; in narrow windows, in three. */
export const HostRow = memo(function HostRow({ host, index, height }: RowProps) {
  const { bytes } = useFormat()
  if (!host) return <div role="row" aria-rowindex={index + 2} className="host-row waiting" style={{ height }} />
  return (
    <div role="row" aria-rowindex={index + 2} className={host.isReachable ? 'host-row' : 'host-row stale-row'} style={{ height }}>
      <span role="cell" className="state">
        <State state={host.state} />
      </span>
      <span role="cell" className="host">
        <Link to="/hosts/$host" params={{ host: host.id }} data-row className="host-name clip" title={host.name}>
          {host.name}
        </Link>
        <HostNote host={host} />
      </span>
      <span role="cell" className="cause">
        <Zone name={host.timeZone ?? undefined}>
          <CauseText host={host} />
        </Zone>
      </span>
      <ClaimCells claims={host.claims} />
      <span role="cell" className="days">
        <DayStrip days={host.days} name={host.name} />
      </span>
      <span role="cell" className="size">
        {host.bytes === null ? '' : bytes(host.bytes)}
      </span>
    </div>
  )
})

function HostNote({ host }: { host: Host }) {
  const { hosts, common } = useMessages()
  const relative = useRelative(60)
  if (!host.isReachable) {
    return <span className="small muted clip">{host.asOf === null ? common.never : hosts.silentSince(relative(host.asOf))}</span>
  }
  if (host.running > 0) return <span className="small run-note clip">{hosts.runningNow(host.running)}</span>
  if (host.next !== null) return <span className="small muted clip">{hosts.next(relative(host.next))}</span>
  return <span className="small muted clip">{common.tasks(host.tasks)}</span>
}

/** The cause with its hint. */
function CauseText({ host: { cause, failuresSince, error, id, state } }: { host: Host }) {
  const { hosts } = useMessages()
  const causeText = useCause()
  if (cause === null) return null
  const hint = cause.hint ?? error?.hint
  const what = [cause.task, causeText({ state, text: cause.text, since: cause.since })].filter((it) => it !== undefined).join(': ')
  return (
    <>
      <span className="clamp" title={what}>
        {cause.run === undefined ? (
          what
        ) : (
          <Link to="/runs/$run" params={{ run: cause.run }} search={id === 'local' ? {} : { host: id }}>
            {what}
          </Link>
        )}
      </span>
      <span className="small muted clamp" title={hint}>
        {failuresSince > 1 && `${hosts.failures(failuresSince)}${hint === undefined ? '' : ' · '}`}
        {hint}
      </span>
    </>
  )
}
