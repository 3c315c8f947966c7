import { useMutation, useQuery } from '@tanstack/react-query'
import { call } from '../../api/client.ts'
import { queryOf } from '../../api/queries.ts'
import { useMay } from '../../app/session.tsx'
import { useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { ActionFailure, Loaded } from '../../ui/failure.tsx'
import { State } from '../../ui/state.tsx'

/** The recipients of failures; each can be tested. */
export function Notifiers() {
  const { settings } = useMessages()
  const list = useQuery(queryOf('listNotifiers'))
  return (
    <Loaded query={list}>
      {({ rows }) =>
        rows.length === 0 ? (
          <section className="teach">
            <h2>{settings.noNotifiers}</h2>
            <p>{settings.noNotifiersHint}</p>
          </section>
        ) : (
          <ul className="card notifiers">
            {rows.map((it) => (
              <li key={it.name} className="card-body">
                <NotifierLine name={it.name} kind={it.kind} />
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  )
}

function NotifierLine({ name, kind }: { name: string; kind: string }) {
  const { settings, session } = useMessages()
  const { duration } = useFormat()
  const maySend = useMay('operator')
  const test = useMutation({ mutationFn: () => call('testNotifier', { query: { name } }) })
  return (
    <>
      <div className="row">
        <strong className="any">{name}</strong>
        <span className="tag">{kind}</span>
        <span className="grow" />
        <span role="status">{test.data && <State state="ok">{settings.sent(duration(test.data.sentInMs))}</State>}</span>
        {maySend && (
          <button type="button" className="button small" data-row onClick={() => test.mutate()} disabled={test.isPending}>
            {test.isPending ? session.working : settings.sendTest}
            <span className="unseen"> {name}</span>
          </button>
        )}
      </div>
      <ActionFailure error={test.error} />
    </>
  )
}
