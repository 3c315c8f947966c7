import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import type { Host } from '../../../../src/api/schema/hosts.ts'
import type { Examination, Finding } from '../../../../src/api/schema/jobs.ts'
import { call, newKey } from '../../api/client.ts'
import { queryOf } from '../../api/queries.ts'
import { useMay } from '../../app/session.tsx'
import { Time } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { Copy } from '../../ui/copy.tsx'
import { ActionFailure, Loaded } from '../../ui/failure.tsx'
import { State } from '../../ui/state.tsx'

const POLL_MS = 1000

/** The last examination of the installation, with its age: faults first, with hints. Operators start one. */
export function DoctorTab({ host }: { host: Host }) {
  const { doctor: words } = useMessages()
  const last = useQuery({
    ...queryOf('readDoctor', { query: { host: host.id } }),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? POLL_MS : false),
  })
  return (
    <div className="stack">
      <p className="muted">{words.intro}</p>
      <Loaded query={last}>
        {(data) => (
          <>
            <Start host={host} last={data} />
            <Found last={data} />
          </>
        )}
      </Loaded>
    </div>
  )
}

function Start({ host, last }: { host: Host; last: Examination }) {
  const { doctor: words } = useMessages()
  const client = useQueryClient()
  const mayStart = useMay('operator') && host.id === 'local'
  const key = useRef(newKey())
  const start = useMutation({
    mutationFn: () => call('startDoctor', { idempotencyKey: key.current }),
    onSuccess: async () => {
      key.current = newKey()
      await client.invalidateQueries({ queryKey: ['readDoctor'] })
    },
  })
  return (
    <div className="row">
      {mayStart && (
        <button type="button" className="button primary" onClick={() => start.mutate()} disabled={start.isPending || last.state === 'running'}>
          {words.start}
        </button>
      )}
      <p role="status" className="muted any">
        {last.state === 'running' && words.running}
        {last.state !== null && last.state !== 'running' && last.ended !== null && (
          <>
            <Time at={last.ended} isStop /> {last.startedBy !== null && words.by(last.startedBy)}
          </>
        )}
      </p>
      <ActionFailure error={start.error} />
    </div>
  )
}

function Found({ last: { state, findings, failure } }: { last: Examination }) {
  const { doctor: words } = useMessages()
  if (state === null)
    return (
      <section className="teach">
        <p>{words.none}</p>
        <p className="muted">{words.onlyOperators}</p>
        <Copy text="holdfast doctor" />
      </section>
    )
  const errors = findings.filter((it) => it.state === 'error')
  const warnings = findings.filter((it) => it.state === 'warning')
  const good = findings.filter((it) => it.state === 'ok')
  return (
    <>
      {state === 'broken' && (
        <section className="banner bad block">
          <p>{words.broken}</p>
          {failure !== null && <pre className="job-output">{failure}</pre>}
        </section>
      )}
      {errors.length + warnings.length > 0 && (
        <section className="card">
          <div className="card-head">
            <h2>{words.counts(errors.length, warnings.length)}</h2>
          </div>
          <Findings rows={[...errors, ...warnings]} label={words.counts(errors.length, warnings.length)} />
        </section>
      )}
      {state === 'done' && errors.length + warnings.length === 0 && (
        <p>
          <State state="ok">{words.allGood}</State>
        </p>
      )}
      {good.length > 0 && (
        <details className="card">
          <summary className="card-head">{words.good(good.length)}</summary>
          <Findings rows={good} label={words.good(good.length)} />
        </details>
      )}
    </>
  )
}

const STATES = { error: 'failed', warning: 'warning', ok: 'ok' } as const

function Findings({ rows, label }: { rows: readonly Finding[]; label: string }) {
  const { doctor: words, host } = useMessages()
  return (
    <table className="list cards" aria-label={label}>
      <thead>
        <tr>
          <th>{host.columns.state}</th>
          <th>{words.area}</th>
          <th>{words.found}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ area, state, message, hint }) => (
          <tr key={`${area} ${message}`}>
            <td data-label={host.columns.state}>
              <State state={STATES[state]}>{words.states[state]}</State>
            </td>
            <td data-label={words.area}>{words.areas[area]}</td>
            <td data-label={words.found} className="any">
              <span>
                {message}
                {hint !== undefined && <span className="small muted block any">{hint}</span>}
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
