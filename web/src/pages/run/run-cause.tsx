import { useQuery } from '@tanstack/react-query'
import type { Run } from '../../../../src/api/schema/runs.ts'
import { queryOf } from '../../api/queries.ts'
import { Time } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { OutputText } from '../../log/output-text.tsx'

/** The cause of a failure, the hint, the last output of the program, and whether an older good set exists. */
export function RunCause({ run }: { run: Run }) {
  const messages = useMessages()
  const { error, notes, state } = run
  if (state === 'running' || (error === null && notes.length === 0 && state !== 'killed')) return null
  const isBad = state !== 'ok' && state !== 'warnings'
  return (
    <section className={isBad ? 'problem cause' : 'problem cause mild'} aria-label={messages.run.cause}>
      {state === 'killed' && run.ended === null && error === null && <h2>{messages.states.killed}</h2>}
      {error && (
        <>
          <h2 className="any">{error.message}</h2>
          {error.hint !== undefined && <p className="any">{error.hint}</p>}
          <LastWords text={error.stderr} run={run} />
        </>
      )}
      {notes.map((note) => (
        <p key={note} className="any">
          {note}
        </p>
      ))}
      {isBad && <LastGood run={run} />}
    </section>
  )
}

function LastWords({ text, run }: { text: string | undefined; run: Run }) {
  const messages = useMessages()
  if (text === undefined || text.trim() === '') return null
  const stages = run.steps.flatMap((step) => [...step.stages, ...step.objects.flatMap((it) => it.stages)])
  const program = stages.find((it) => it.stderr.trim() !== '' && text.includes(it.stderr.trim()))?.program
  return (
    <div>
      <h3 className="small muted">{program === undefined ? messages.run.lastWordsAny : messages.run.lastWords(program)}</h3>
      <OutputText text={text} />
    </div>
  )
}

/** The most frequent question after a failure: is the previous set still good? */
function LastGood({ run }: { run: Run }) {
  const messages = useMessages()
  const task = useQuery(queryOf('readTask', { query: { host: run.host, task: run.task } }))
  if (!task.data) return null
  const { published, verified } = task.data.claims
  if (published === null) return <p>{messages.run.noGood}</p>
  return (
    <p>
      {messages.run.lastGood}: <strong>{published.set}</strong>, {messages.claims.published} <Time at={published.at} isStop />,{' '}
      {messages.claims.verified} {verified === null ? messages.common.never : <Time at={verified.at} isStop />}
    </p>
  )
}
