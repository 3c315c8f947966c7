import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Task } from '../../../../src/api/schema/tasks.ts'
import { queryOf } from '../../api/queries.ts'
import { useMay } from '../../app/session.tsx'
import { TaskCharts } from '../../charts/task-charts.tsx'
import { YearMap } from '../../charts/year-map.tsx'
import { Time, useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { useClaims } from '../../ui/claims.tsx'
import { FailurePanel } from '../../ui/failure.tsx'
import { State } from '../../ui/state.tsx'
import { useCause } from '../../ui/use-cause.ts'
import { RunButton } from '../tasks/run-button.tsx'

/** One task: its schedule, its runs of a year, and the claims about its sets. */
export function TaskCard({ task }: { task: Task }) {
  const { host: words } = useMessages()
  const mayRun = useMay('operator') && task.host === 'local'
  const days = useQuery(queryOf('listDays', { query: { host: task.host, task: task.name, limit: 400 } }))
  const search = task.host === 'local' ? {} : { host: task.host }
  return (
    <section className="card task" aria-label={task.name}>
      <div className="card-head">
        <h2 className="any">{task.name}</h2>
        <State state={task.state} />
        {task.running && (
          <Link to="/runs/$run" params={{ run: task.running.id }} search={search}>
            <State state="running" />
          </Link>
        )}
        <span className="grow muted clip">{task.description}</span>
        {mayRun && !task.running && <RunButton task={task.name} label={words.runNow} isSmall />}
      </div>
      <div className="card-body task-body">
        <dl className="facts">
          <dt>{words.next}</dt>
          <dd>
            <Plan task={task} />
            <Overdue task={task} />
          </dd>
          <dt>{words.lastRun}</dt>
          <dd>
            <LastRun task={task} />
          </dd>
          <Claimed task={task} />
          <dt>{words.steps}</dt>
          <dd>
            {task.steps.map((it, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: steps have no other name, and do not move
              <div key={index} className="any">
                {it.text}
              </div>
            ))}
          </dd>
        </dl>
        <div className="stack task-charts">
          <YearMap days={task.days} task={task.name} host={task.host} rows={days.data?.rows} />
          {days.error && !days.data && <FailurePanel error={days.error} onRetry={() => void days.refetch()} />}
          {days.data && days.data.rows.length > 1 && <TaskCharts rows={days.data.rows} />}
        </div>
      </div>
    </section>
  )
}

function Plan({ task: { schedule } }: { task: Task }) {
  const { host } = useMessages()
  const { duration } = useFormat()
  if (schedule === null) return <span className="muted">{host.noSchedule}</span>
  const [next] = schedule.next
  return (
    <>
      {schedule.isEnabled === false && <span className="state warn">{host.disabled}</span>}
      {schedule.isEnabled === null && <span className="muted">{host.enabledUnknown}</span>}
      {schedule.isEnabled !== false && next !== undefined && <Time at={next} isStop />}
      {schedule.jitterMs > 0 && <span className="muted small"> {host.jitter(duration(schedule.jitterMs))}</span>}
      <div className="mono muted">{schedule.words.join(', ')}</div>
    </>
  )
}

/** A run that did not begin is no property of the last run; there may be none. */
function Overdue({ task: { state, reason, since } }: { task: Task }) {
  const causeText = useCause()
  if (state !== 'overdue' || reason === null) return null
  return <div className="any small">{causeText({ state, text: reason, since })}</div>
}

function LastRun({ task: { lastRun, host, reason, state } }: { task: Task }) {
  const { common, run } = useMessages()
  const { duration } = useFormat()
  if (lastRun === null) return <span className="muted">{common.never}</span>
  return (
    <>
      <Link to="/runs/$run" params={{ run: lastRun.id }} search={host === 'local' ? {} : { host }} data-row>
        <State state={lastRun.state} />
      </Link>{' '}
      <Time at={lastRun.began} isStop /> {lastRun.durationMs !== null && <span className="muted nowrap">{duration(lastRun.durationMs)}</span>}
      {lastRun.error && <div className="any small">{lastRun.error.message}</div>}
      {!lastRun.error && reason !== null && state !== 'overdue' && <div className="any small">{reason}</div>}
      {lastRun.error?.hint !== undefined && (
        <div className="any small muted" title={run.cause}>
          {lastRun.error.hint}
        </div>
      )}
    </>
  )
}

function Claimed({ task }: { task: Task }) {
  return useClaims(task.claims).map(({ kind, name, isShown, age, how }) => (
    <div key={kind} className="fact">
      <dt>{name}</dt>
      <dd className={isShown ? '' : 'never'} title={how}>
        {age}
      </dd>
    </div>
  ))
}
