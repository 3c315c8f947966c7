import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { Host } from '../../../../src/api/schema/hosts.ts'
import type { RunRow } from '../../../../src/api/schema/runs.ts'
import { call, type Input } from '../../api/client.ts'
import { loadAll } from '../../api/load-all.ts'
import { millis, Time, useFormat } from '../../format/format.tsx'
import { shellWord } from '../../format/shell-word.ts'
import { useMessages } from '../../i18n/language.tsx'
import { useServerNow } from '../../live/clock.ts'
import { Copy } from '../../ui/copy.tsx'
import { ExportButtons } from '../../ui/export/export-buttons.tsx'
import { Loaded } from '../../ui/failure.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { State } from '../../ui/state.tsx'
import { usePages } from '../../ui/use-pages.ts'
import { starterOf } from '../run/starter.ts'
import { boundsOfDay } from './bounds-of-day.ts'

const FILTERS = ['all', 'failed', 'running'] as const

/** The runs of the host, newest first. */
export function RunsTab({ host }: { host: Host }) {
  const { zone } = useFormat()
  const { task, state, day } = useSearch({ from: '/hosts/$host' })
  const query = {
    host: host.id,
    ...(task === undefined ? {} : { task }),
    ...(state === undefined ? {} : { state }),
    ...(day === undefined ? {} : boundsOfDay(day, zone)),
  }
  const runs = usePages('listRuns', { ...query, limit: 100 })
  return (
    <>
      <div className="row filters">
        <RunsFilter />
        <span className="grow" />
        <ExportButtons load={() => exportRuns(query)} name="runs" />
      </div>
      <Loaded query={runs}>
        {({ rows, total }) =>
          total === 0 ? (
            <NoRuns task={task} isFiltered={state !== undefined || day !== undefined} />
          ) : (
            <div className="card">
              <RunsTable rows={rows} />
              <MoreButton pages={runs} rest={total - rows.length} />
            </div>
          )
        }
      </Loaded>
    </>
  )
}

async function exportRuns(query: Input<'listRuns'>['query']) {
  const all = await loadAll((page) => call('listRuns', { query: { ...query, ...page } }))
  return all.map(({ notes, error, signal, ...run }) => ({ ...run, signal: signal ?? '', error: error?.message ?? '', notes: notes.join('; ') }))
}

/** "No runs recorded" is displayed only without a filter, or for a task, which can be new. */
function NoRuns({ task, isFiltered }: { task: string | undefined; isFiltered: boolean }) {
  const { host: words } = useMessages()
  if (isFiltered) return <p className="teach muted">{words.noRunMatches}</p>
  return (
    <section className="teach">
      <p>{task === undefined ? words.noRuns : words.noRunsOf(task)}</p>
      <p className="muted">{words.noRunsHint}</p>
      <Copy text={task === undefined ? 'holdfast run' : `holdfast run ${shellWord(task)}`} />
    </section>
  )
}

function RunsFilter() {
  const { host: words } = useMessages()
  const search = useSearch({ from: '/hosts/$host' })
  const navigate = useNavigate({ from: '/hosts/$host' })
  return (
    <div className="row">
      <nav className="pick" aria-label={words.filterState}>
        {FILTERS.map((it) => (
          <button
            key={it}
            type="button"
            aria-pressed={(search.state ?? 'all') === it}
            onClick={() => void navigate({ search: (now) => ({ ...now, state: it === 'all' ? undefined : it }) })}
          >
            {words.filters[it]}
          </button>
        ))}
      </nav>
      {(['task', 'day'] as const).map(
        (key) =>
          search[key] !== undefined && (
            <button
              key={key}
              type="button"
              className="button small"
              onClick={() => void navigate({ search: (now) => ({ ...now, [key]: undefined }) })}
            >
              {search[key]} ✕
            </button>
          ),
      )}
    </div>
  )
}

function RunsTable({ rows }: { rows: readonly RunRow[] }) {
  const { host: words } = useMessages()
  const { columns } = words
  return (
    <div>
      <table className="list cards">
        <thead>
          <tr>
            <th>{columns.state}</th>
            <th>{columns.task}</th>
            <th>{columns.began}</th>
            <th className="right">{columns.duration}</th>
            <th>{columns.startedBy}</th>
            <th>{columns.error}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((run) => (
            <RunLine key={run.id} run={run} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function RunLine({ run }: { run: RunRow }) {
  const messages = useMessages()
  const { columns } = messages.host
  const { duration } = useFormat()
  const now = useServerNow(run.state === 'running' ? 1 : 3600)
  const tookMs = run.state === 'running' ? now - millis(run.began) : run.durationMs
  return (
    <tr>
      <td>
        <Link to="/runs/$run" params={{ run: run.id }} search={run.host === 'local' ? {} : { host: run.host }} data-row className="plain-link">
          <State state={run.state} />
        </Link>
      </td>
      <td className="any" data-label={columns.task}>
        {run.task}
      </td>
      <td data-label={columns.began}>
        <div>
          <Time at={run.began} absolute />
          {run.isAhead && (
            <div className="small">
              <State state="warning">{messages.run.isAhead}</State>
            </div>
          )}
        </div>
      </td>
      <td className="right nowrap" data-label={columns.duration}>
        {tookMs === null ? '' : duration(tookMs)}
      </td>
      <td className="any" data-label={columns.startedBy}>
        {starterOf(run, messages)}
      </td>
      <td className="any wide-cell">{run.error?.message ?? run.notes.join('; ')}</td>
    </tr>
  )
}
