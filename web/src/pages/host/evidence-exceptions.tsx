import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Evidence, EvidenceException } from '../../../../src/api/schema/evidence.ts'
import type { Host } from '../../../../src/api/schema/hosts.ts'
import { present } from '../../app/search.ts'
import { Time, useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'

/** The number of rows at a time. */
const MANY = 100

/** Each publication, verification and drill that was not good, with the reasons, newest first. */
export function EvidenceExceptions({ host, evidence: { exceptions, exceptionsTotal } }: { host: Host; evidence: Evidence }) {
  const { evidence: words, common, audit } = useMessages()
  const { number } = useFormat()
  const [most, setMost] = useState(MANY)
  return (
    <section className="card">
      <div className="card-head">
        <h2>{words.exceptions}</h2>
      </div>
      {exceptions.length === 0 ? (
        <p className="card-body">{words.noExceptions}</p>
      ) : (
        <table className="list cards" aria-label={words.exceptions}>
          <thead>
            <tr>
              <th>{audit.at}</th>
              <th>{words.what}</th>
              <th>{words.columns.step}</th>
              <th>{words.reasons}</th>
            </tr>
          </thead>
          <tbody>
            {exceptions.slice(0, most).map((it) => (
              <ExceptionLine key={`${it.at} ${it.kind} ${it.set} ${it.storage}`} host={host} exception={it} />
            ))}
          </tbody>
        </table>
      )}
      {exceptions.length > most && (
        <p className="card-body">
          <button type="button" className="button small" onClick={() => setMost(most + MANY)}>
            {common.more}
          </button>
        </p>
      )}
      {exceptions.length < exceptionsTotal && (
        <p className="card-body small muted">{words.newest(number(exceptions.length), number(exceptionsTotal))}</p>
      )}
    </section>
  )
}

function ExceptionLine({
  host,
  exception: { at, kind, end, task, step, owner, set, storage, reasons },
}: {
  host: Host
  exception: EvidenceException
}) {
  const { evidence: words, audit } = useMessages()
  return (
    <tr>
      <td data-label={audit.at}>
        <Time at={at} absolute />
      </td>
      <td data-label={words.what}>
        <span>
          {words.kinds[kind]}: {(words.ends as Readonly<Record<string, string>>)[end] ?? end}
          <span className="small block">
            {owner === null ? (
              set
            ) : (
              <Link to="/set" search={present({ host: host.id === 'local' ? undefined : host.id, task: owner, set })}>
                {set}
              </Link>
            )}
          </span>
        </span>
      </td>
      <td data-label={words.columns.step} className="any">
        <span>
          {task}: {step}
          <span className="small muted block any">{storage}</span>
        </span>
      </td>
      <td data-label={words.reasons} className="any">
        {reasons.join('; ')}
      </td>
    </tr>
  )
}
