import { Link } from '@tanstack/react-router'
import type { Drill } from '../../../src/api/schema/verifications.ts'
import { present } from '../app/search.ts'
import { Time, useFormat } from '../format/format.tsx'
import { useMessages } from '../i18n/language.tsx'
import { State } from './state.tsx'

interface DrillsProps {
  readonly drills: readonly Drill[]
  readonly host: string
  /** On the page of a run: with links to the sets. Otherwise, with links to the runs. */
  readonly hasSet?: boolean
}

const STATES = { proven: 'ok', read: 'ended', failed: 'failed', inconclusive: 'warnings' } as const

/** Drills: what was restored and compared, and the answers. */
export function DrillCards({ drills, host, hasSet = false }: DrillsProps) {
  return drills.map((it) => <DrillCard key={`${it.began} ${it.set} ${it.storage}`} drill={it} host={host} hasSet={hasSet} />)
}

function DrillCard({ drill, host, hasSet }: { drill: Drill; host: string; hasSet: boolean }) {
  const { drills: words } = useMessages()
  const { duration } = useFormat()
  const where = host === 'local' ? undefined : host
  // Those of single objects are listed below.
  const others = drill.problems.filter((text) => !drill.objects.some(({ path, reasons }) => reasons.some((it) => text === `"${path}" ${it}`)))
  return (
    <section className="card drill" aria-label={`${words.title} ${drill.set} ${drill.storage}`}>
      <div className="card-head">
        <h2>{words.title}</h2>
        <State state={STATES[drill.end]}>{words.ends[drill.end]}</State>
        <span className="grow muted any">
          {hasSet ? (
            <>
              {words.of}{' '}
              {drill.owner === null ? (
                drill.set
              ) : (
                <Link to="/set" search={present({ host: where, task: drill.owner, set: drill.set, tab: 'proof' as const })}>
                  {drill.set}
                </Link>
              )}
              {' · '}
            </>
          ) : (
            <>
              <Time at={drill.ended} absolute /> ·{' '}
              {drill.run === null ? (
                words.byCommand
              ) : (
                <Link to="/runs/$run" params={{ run: drill.run }} search={present({ host: where })}>
                  {words.byTask(drill.task)}
                </Link>
              )}
              {' · '}
            </>
          )}
          {drill.storage}
          {drill.level !== null && ` · ${words.level(drill.level)}`} · {duration(Date.parse(drill.ended) - Date.parse(drill.began))}
        </span>
      </div>
      <div className="card-body stack">
        {others.length > 0 && <Lines texts={others} />}
        {drill.objects.map((it) => (
          <DrilledObject key={it.path} object={it} />
        ))}
      </div>
    </section>
  )
}

function DrilledObject({ object }: { object: Drill['objects'][number] }) {
  const { drills: words } = useMessages()
  const { bytes, duration } = useFormat()
  const { path, into, reasons, asked, notAsked } = object
  // A host with an earlier version reports "proven".
  const end = into === null && object.end === 'proven' ? 'read' : object.end
  return (
    <div className="drilled">
      <p className="row">
        <State state={STATES[end]}>{words.ends[end]}</State>
        <strong className="mono any">{path}</strong>
        <span className="muted any">
          {into === null ? words.notRestored : words.into(into)}
          {object.bytes !== null && ` · ${bytes(object.bytes)}`}
          {object.restoredMs !== null && ` · ${words.restoredIn(duration(object.restoredMs))}`}
        </span>
      </p>
      <dl className="drill-facts">
        <Answers name={words.answers} texts={reasons} />
        <Answers name={words.asked} texts={asked} />
        <Answers name={words.notAsked} texts={notAsked} />
      </dl>
    </div>
  )
}

function Answers({ name, texts }: { name: string; texts: readonly string[] }) {
  if (texts.length === 0) return null
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <Lines texts={texts} />
      </dd>
    </div>
  )
}

function Lines({ texts }: { texts: readonly string[] }) {
  return (
    <ul className="reasons any">
      {texts.map((it, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two answers can be equal, and they do not move
        <li key={index}>{it}</li>
      ))}
    </ul>
  )
}
