import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import type { Run } from '../../../../src/api/schema/runs.ts'
import { queryOf } from '../../api/queries.ts'
import { Zone } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { useWatchedRun } from '../../live/link.ts'
import type { LogPlace } from '../../log/log-place.ts'
import { LogView } from '../../log/log-view.tsx'
import { DrillCards } from '../../ui/drill-cards.tsx'
import { Loaded } from '../../ui/failure.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { RunCause } from './run-cause.tsx'
import { RunFacts } from './run-facts.tsx'
import { RunHead } from './run-head.tsx'
import { RunTimeline } from './run-timeline.tsx'

/** One run: its failure or progress, the times of its objects, and its log. */
export function RunPage() {
  const { run: id } = useParams({ from: '/runs/$run' })
  const { host = 'local' } = useSearch({ from: '/runs/$run' })
  const messages = useMessages()
  const run = useQuery(queryOf('readRun', { path: { run: id }, query: { host } }))
  const of = useQuery(queryOf('readHost', { path: { host } }))
  useTitle(messages.run.title(run.data?.task ?? id))
  const isRunning = run.data?.state === 'running'
  useWatchedRun(isRunning ? id : undefined)
  return (
    <Zone name={of.data?.timeZone ?? undefined}>
      <p className="crumbs">
        <Link to="/">{messages.shell.hosts}</Link> /{' '}
        <Link to="/hosts/$host" params={{ host }}>
          {of.data?.name ?? host}
        </Link>
      </p>
      <Loaded query={run}>{(data) => <Loading run={data} />}</Loaded>
    </Zone>
  )
}

function Loading({ run }: { run: Run }) {
  const { place, setPlace } = useLogPlace()
  return (
    <div className="stack">
      <RunHead run={run} />
      <RunCause run={run} />
      <RunTimeline run={run} />
      <DrillCards drills={run.drills} host={run.host} hasSet />
      <LogView run={run.id} host={run.host} isRunning={run.state === 'running'} place={place} onPlace={setPlace} />
      <RunFacts run={run} />
    </div>
  )
}

const LEVELS = { warnings: 2, errors: 1 } as const

/** The position in the log is part of the address, so that a line can be linked. */
function useLogPlace() {
  const search = useSearch({ from: '/runs/$run' })
  const navigate = useNavigate({ from: '/runs/$run' })
  const { q = '', line, to, level } = search
  const place: LogPlace = useMemo(
    () => ({
      q,
      line: line === undefined ? undefined : line - 1,
      to: to === undefined ? undefined : to - 1,
      level: level === undefined ? undefined : LEVELS[level],
    }),
    [q, line, to, level],
  )
  const setPlace = useCallback(
    (next: Partial<LogPlace>) => {
      const whole = { ...place, ...next }
      const at = (number: number | undefined) => (number === undefined ? undefined : number + 1)
      void navigate({
        replace: true,
        resetScroll: false,
        search: (now) => ({
          ...now,
          q: whole.q === '' ? undefined : whole.q,
          line: at(whole.line),
          to: at(whole.to),
          level: whole.level === undefined ? undefined : whole.level === 1 ? 'errors' : 'warnings',
        }),
      })
    },
    [navigate, place],
  )
  return { place, setPlace }
}
