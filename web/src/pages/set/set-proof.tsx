import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import type { BackupSet } from '../../../../src/api/schema/sets.ts'
import type { Verification } from '../../../../src/api/schema/verifications.ts'
import { call, newKey } from '../../api/client.ts'
import { useMay } from '../../app/session.tsx'
import { Time, useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { useClaims } from '../../ui/claims.tsx'
import { DrillCards } from '../../ui/drill-cards.tsx'
import { ActionFailure } from '../../ui/failure.tsx'
import { JobView } from '../../ui/job-view.tsx'
import { State } from '../../ui/state.tsx'
import { starterOf } from '../run/starter.ts'

/** The three independent claims, and each verification and restore of the set. Suitable for printing. */
export function SetProof({ set }: { set: BackupSet }) {
  const { set: words, claims: claimWords } = useMessages()
  const claims = useClaims(set.claims)
  return (
    <div className="stack">
      <section className="card">
        <ul className="proofs">
          {claims.map(({ kind, name, isShown, age }) => {
            const at = set.claims[kind]?.at
            return (
              <li key={kind}>
                <h2 className={isShown ? 'state good' : 'state none'}>{name}</h2>
                <p className="proof-age">
                  {at === undefined ? age : <Time at={at} absolute />}
                  {at !== undefined && <span className="muted"> · {age}</span>}
                </p>
                <p className="small muted">{claimWords[`${kind}How`]}</p>
              </li>
            )
          })}
        </ul>
      </section>
      <section className="card">
        <div className="card-head">
          <h2 className="grow">{words.checks}</h2>
          {set.host === 'local' && <VerifyButton set={set} />}
        </div>
        {set.verifications.length === 0 ? <p className="card-body muted">{words.noChecks}</p> : <CheckTable rows={set.verifications} />}
      </section>
      <DrillCards drills={set.drills} host={set.host} />
    </div>
  )
}

function CheckTable({ rows }: { rows: readonly Verification[] }) {
  const { set: words, host, run } = useMessages()
  return (
    <table className="list cards" aria-label={words.checks}>
      <thead>
        <tr>
          <th>{run.ended}</th>
          <th>{words.how}</th>
          <th>{host.columns.startedBy}</th>
          <th>{words.outcome}</th>
          <th>{host.columns.storage}</th>
          <th>{host.columns.duration}</th>
          <th className="right">{words.read}</th>
          <th>{words.found}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((it) => (
          <CheckRow key={`${it.kind} ${it.storage} ${it.began}`} check={it} />
        ))}
      </tbody>
    </table>
  )
}

function CheckRow({ check }: { check: Verification }) {
  const messages = useMessages()
  const { set: words, host, run } = messages
  const { duration, bytes } = useFormat()
  return (
    <tr>
      <td data-label={run.ended}>
        <Time at={check.ended} absolute />
      </td>
      <td data-label={words.how}>{words.hows[check.kind]}</td>
      <td data-label={host.columns.startedBy} className="any">
        {starterOf(check, messages)}
      </td>
      <td data-label={words.outcome}>
        <State state={check.outcome === 'inconclusive' ? 'warnings' : check.isGood ? 'ok' : 'failed'} />
      </td>
      <td data-label={host.columns.storage} className="any">
        {check.storage}
      </td>
      <td data-label={host.columns.duration}>{duration(Date.parse(check.ended) - Date.parse(check.began))}</td>
      <td data-label={words.read} className="right nowrap">
        {check.bytes === null ? '' : bytes(check.bytes)}
      </td>
      <td data-label={words.found} className="any">
        {[...(check.target ? [check.kind === 'drill' ? messages.drills.level(check.target) : check.target] : []), ...check.problems].join('; ')}
      </td>
    </tr>
  )
}

/** Reads the set back now. Nothing is changed. */
function VerifyButton({ set }: { set: BackupSet }) {
  const { set: words } = useMessages()
  const client = useQueryClient()
  const mayRun = useMay('operator')
  const key = useRef(newKey())
  const [job, setJob] = useState<string>()
  const verify = useMutation({
    mutationFn: () => call('startVerification', { body: { task: set.task, set: set.name }, idempotencyKey: key.current }),
    onSuccess: ({ id }) => setJob(id),
  })
  if (!mayRun) return null
  return (
    <>
      <button type="button" className="button small" onClick={() => verify.mutate()} disabled={verify.isPending || job !== undefined}>
        {words.verifyNow}
      </button>
      <ActionFailure error={verify.error} />
      {job !== undefined && <JobView id={job} onEnd={() => void client.invalidateQueries({ queryKey: ['readSet'] })} />}
    </>
  )
}
