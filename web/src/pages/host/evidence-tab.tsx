import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { Evidence, EvidenceStep } from '../../../../src/api/schema/evidence.ts'
import type { Host } from '../../../../src/api/schema/hosts.ts'
import { addressOf } from '../../api/client.ts'
import { queryKeepingPrevious } from '../../api/queries.ts'
import { present } from '../../app/search.ts'
import { useMay } from '../../app/session.tsx'
import { Time, useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { Loaded } from '../../ui/failure.tsx'
import { DayInput } from '../../ui/form/day-input.tsx'
import { EvidenceExceptions } from './evidence-exceptions.tsx'

/** The facts in the signed records about the sets of the host in a period. Suitable for printing. */
export function EvidenceTab({ host }: { host: Host }) {
  const { evidence: words } = useMessages()
  const { from, to } = useSearch({ from: '/hosts/$host' })
  const period = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
  const evidence = useQuery(queryKeepingPrevious('readEvidence', { query: { host: host.id, ...period } }))
  return (
    <div className="stack">
      <p className="muted">{words.intro}</p>
      <Loaded query={evidence}>
        {(data) => (
          <div className="stack">
            <Choice host={host} evidence={data} />
            <Steps host={host} steps={data.steps} />
            <Missed evidence={data} />
            <EvidenceExceptions host={host} evidence={data} />
            <Records evidence={data} />
          </div>
        )}
      </Loaded>
    </div>
  )
}

/** The period is that of the address: the rows may be of the previous one, until the chosen one has been read. */
function Choice({ host, evidence }: { host: Host; evidence: Evidence }) {
  const { evidence: words } = useMessages()
  const { from = evidence.from, to = evidence.to } = useSearch({ from: '/hosts/$host' })
  const navigate = useNavigate({ from: '/hosts/$host' })
  const mayExport = useMay('operator') && host.id === 'local'
  const choose = (change: { readonly from?: string; readonly to?: string }) =>
    void navigate({ replace: true, resetScroll: false, search: (now) => ({ ...now, from: now.from ?? from, to: now.to ?? to, ...change }) })
  return (
    <div className="row filters">
      {(['from', 'to'] as const).map((it) => (
        <DayInput
          key={it}
          className="row"
          label={words[it]}
          value={it === 'from' ? from : to}
          {...(it === 'from' ? { max: to } : { min: from })}
          onChange={(day) => choose({ [it]: day })}
          isRequired
        />
      ))}
      <span className="grow" />
      {mayExport && (
        <a className="button" href={addressOf('exportEvidence', { query: { from, to } })} download title={words.exportHint}>
          {words.export}
        </a>
      )}
    </div>
  )
}

function Steps({ host, steps }: { host: Host; steps: readonly EvidenceStep[] }) {
  const { evidence: words } = useMessages()
  const { columns } = words
  if (steps.length === 0) return <p className="teach muted">{words.noSteps}</p>
  return (
    <section className="card">
      <table className="list cards" aria-label={columns.step}>
        <thead>
          <tr>
            {(['step', 'published', 'verified', 'drilled', 'proven', 'rpo', 'rto'] as const).map((it) => (
              <th key={it}>{columns[it]}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {steps.map((it) => (
            <StepLine key={`${it.task} ${it.step} ${it.storage}`} host={host} step={it} />
          ))}
        </tbody>
      </table>
      <p className="card-body small muted">
        {words.rpoHow} {words.rtoHow}
      </p>
    </section>
  )
}

function StepLine({
  host,
  step: { task, step, storage, published, verified, drilled, lastProven, ...measured },
}: {
  host: Host
  step: EvidenceStep
}) {
  const { evidence: words, common } = useMessages()
  const { duration, bytes, number } = useFormat()
  const { columns } = words
  return (
    <tr>
      <td data-label={columns.step} className="any">
        <span>
          {task}: {step}
          <span className="small muted block any">{storage}</span>
        </span>
      </td>
      <td data-label={columns.published}>{number(published)}</td>
      <td data-label={columns.verified}>
        <Ends counts={verified} />
      </td>
      <td data-label={columns.drilled}>
        <Ends counts={drilled} />
      </td>
      <td data-label={columns.proven} className={lastProven === null ? 'never' : undefined}>
        {lastProven === null ? (
          common.none
        ) : (
          <span>
            <Link to="/set" search={present({ host: host.id === 'local' ? undefined : host.id, task, set: lastProven.set, tab: 'proof' as const })}>
              {lastProven.set}
            </Link>
            <span className="small muted block">
              <Time at={lastProven.at} isStop />
            </span>
          </span>
        )}
      </td>
      <td data-label={columns.rpo} className={measured.rpoMs === null ? 'never' : 'nowrap'}>
        {measured.rpoMs === null ? words.noSet : duration(measured.rpoMs)}
      </td>
      <td data-label={columns.rto} className={measured.rtoMs === null ? 'never' : undefined}>
        {measured.rtoMs === null ? words.notMeasured : duration(measured.rtoMs)}
        {measured.rtoBytes !== null && <span className="muted"> · {bytes(measured.rtoBytes)}</span>}
      </td>
    </tr>
  )
}

/** How many had each end. */
function Ends({ counts }: { counts: Readonly<Record<string, number>> }) {
  const { evidence: words, common } = useMessages()
  const { number } = useFormat()
  const all = Object.entries(counts)
  if (all.length === 0) return <span className="never">{common.none}</span>
  return <span>{all.map(([end, count]) => `${number(count)} ${(words.ends as Readonly<Record<string, string>>)[end] ?? end}`).join(', ')}</span>
}

function Missed({ evidence: { missed, missedTotal, undrilled } }: { evidence: Evidence }) {
  const { evidence: words } = useMessages()
  const { minute, number } = useFormat()
  return (
    <section className="card">
      <div className="card-head">
        <h2>{words.missed}</h2>
      </div>
      <div className="card-body stack">
        {missed.length + undrilled.length === 0 && <p>{words.noMissed}</p>}
        <ul className="reasons any">
          {undrilled.map((it) => (
            <li key={it}>{words.undrilled(it)}</li>
          ))}
          {missed.map((it) => (
            <li key={`${it.at} ${it.task} ${it.step}`}>
              {minute(it.at)}: {words.missedAt(it.task, it.step)}
            </li>
          ))}
        </ul>
        {missed.length < missedTotal && <p className="small muted">{words.newest(number(missed.length), number(missedTotal))}</p>}
      </div>
    </section>
  )
}

function Records({ evidence: { records, faults, fingerprint } }: { evidence: Evidence }) {
  const { evidence: words } = useMessages()
  return (
    <section className={faults.length > 0 ? 'banner bad block' : 'card'} aria-label={words.records}>
      <div className={faults.length > 0 ? '' : 'card-head'}>
        <h2>{words.counted(records)}</h2>
      </div>
      <div className={faults.length > 0 ? 'stack' : 'card-body stack'}>
        {faults.length === 0 && records > 0 && <p>{words.allGood}</p>}
        {faults.length > 0 && (
          <ul className="reasons any">
            {faults.map((it) => (
              <li key={it}>{it}</li>
            ))}
          </ul>
        )}
        {fingerprint !== null && (
          <p className="small muted any">
            {words.key}: <span className="mono">{fingerprint}</span>
          </p>
        )}
      </div>
    </section>
  )
}
