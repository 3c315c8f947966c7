import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { OpenSession } from '../../../../src/api/schema/session.ts'
import { call } from '../../api/client.ts'
import { queryOf } from '../../api/queries.ts'
import { Time } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { ActionFailure, Loaded } from '../../ui/failure.tsx'

/** The sessions of the user; each can be ended. */
export function OwnSessions() {
  const { account } = useMessages()
  const client = useQueryClient()
  const sessions = useQuery(queryOf('listSessions'))
  const end = useMutation({
    mutationFn: (id: string | undefined) => (id === undefined ? call('endSessions') : call('endSession', { path: { session: id } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['listSessions'] }),
  })
  return (
    <section className="card">
      <div className="card-head">
        <h2 className="grow">{account.sessions}</h2>
        <button type="button" className="button small danger" onClick={() => end.mutate(undefined)}>
          {account.endAll}
        </button>
      </div>
      <ActionFailure error={end.error} />
      <Loaded query={sessions}>
        {({ rows }) => (
          <div>
            <table className="list cards">
              <thead>
                <tr>
                  <th>{account.device}</th>
                  <th>{account.address}</th>
                  <th>{account.lastUsed}</th>
                  <th>{account.ends}</th>
                  <td />
                </tr>
              </thead>
              <tbody>
                {rows.map((it) => (
                  <Row key={it.id} open={it} onEnd={() => end.mutate(it.id)} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Loaded>
    </section>
  )
}

function Row({ open, onEnd }: { open: OpenSession; onEnd: () => void }) {
  const { account } = useMessages()
  return (
    <tr>
      <td className="any" data-label={account.device}>
        {open.device}
      </td>
      <td data-label={account.address}>{open.address}</td>
      <td data-label={account.lastUsed}>
        <Time at={open.lastUsed} />
      </td>
      <td data-label={account.ends}>
        <Time at={open.ends} />
      </td>
      <td className="right">
        {open.isCurrent ? (
          <span className="muted">{account.current}</span>
        ) : (
          <button type="button" className="button small" onClick={onEnd}>
            {account.end}
          </button>
        )}
      </td>
    </tr>
  )
}
