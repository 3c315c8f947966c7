import { Link } from '@tanstack/react-router'
import type { Run } from '../../../../src/api/schema/runs.ts'
import { present } from '../../app/search.ts'
import { Time, useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { State } from '../../ui/state.tsx'

/** Further details of the run. */
export function RunFacts({ run }: { run: Run }) {
  const { run: words } = useMessages()
  return (
    <div className="columns">
      {run.sets.length > 0 && <Sets run={run} />}
      <section className="card">
        <div className="card-head">
          <h2>{words.facts}</h2>
        </div>
        <dl className="facts card-body">
          <dt>{words.began}</dt>
          <dd>
            <Time at={run.began} absolute isStop />
          </dd>
          {run.ended !== null && (
            <>
              <dt>{words.ended}</dt>
              <dd>
                <Time at={run.ended} absolute isStop />
              </dd>
            </>
          )}
          {run.exitCode !== null && (
            <>
              <dt>{words.exitCode}</dt>
              <dd>{run.exitCode}</dd>
            </>
          )}
          {run.signal !== null && (
            <>
              <dt>{words.signal}</dt>
              <dd>{run.signal}</dd>
            </>
          )}
          <dt>{words.config}</dt>
          <dd className="mono">{run.config}</dd>
          <dt>{words.tool}</dt>
          <dd>{run.tool}</dd>
          <dt>{words.process}</dt>
          <dd>
            {run.pid} · {run.hostname}
          </dd>
        </dl>
      </section>
    </div>
  )
}

/** A published set can have expired since; its page says so. */
function SetName({ run, set: { step, set, fate } }: { run: Run; set: Run['sets'][number] }) {
  const task = run.steps.find(({ number }) => number === step)?.task ?? run.task
  if (fate !== 'published') return set
  return (
    <Link to="/set" search={present({ host: run.host === 'local' ? undefined : run.host, task, set })} data-row>
      {set}
    </Link>
  )
}

function Sets({ run }: { run: Run }) {
  const { host, shell } = useMessages()
  const { bytes } = useFormat()
  return (
    <section className="card">
      <div className="card-head">
        <h2>{shell.sets}</h2>
      </div>
      <div>
        <table className="list cards">
          <thead>
            <tr>
              <th>{host.columns.set}</th>
              <th>{host.columns.storage}</th>
              <th>{host.columns.state}</th>
              <th className="right">{host.columns.size}</th>
            </tr>
          </thead>
          <tbody>
            {run.sets.map((it) => (
              <tr key={`${it.storage} ${it.set} ${it.fate} ${it.step}`}>
                <td>
                  <SetName run={run} set={it} />
                </td>
                <td data-label={host.columns.storage}>{it.storage}</td>
                <td>
                  <State state={it.fate} />
                  {it.reason !== null && <div className="small muted any">{it.reason}</div>}
                </td>
                <td className="right nowrap" data-label={host.columns.size}>
                  {it.bytes === null ? '' : bytes(it.bytes)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
