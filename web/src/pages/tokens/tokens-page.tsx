import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Token } from '../../../../src/api/schema/tokens.ts'
import { call } from '../../api/client.ts'
import { Time } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { serverNow } from '../../live/clock.ts'
import { Loaded } from '../../ui/failure.tsx'
import { ConfirmByName } from '../../ui/form/confirm-by-name.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { usePages } from '../../ui/use-pages.ts'
import { useTitle } from '../../ui/use-title.ts'
import { AddToken } from './add-token.tsx'

/** The tokens with which programs authenticate. */
export function TokensPage() {
  const { shell, tokens } = useMessages()
  useTitle(shell.tokens)
  const list = usePages('listTokens', { limit: 200 })
  const [isAdding, setAdding] = useState(false)
  const [removed, setRemoved] = useState<Token>()
  return (
    <>
      <div className="head">
        <h1>{shell.tokens}</h1>
        <span className="grow" />
        <button type="button" className="button primary" onClick={() => setAdding(true)}>
          {tokens.add}
        </button>
      </div>
      <Loaded query={list}>
        {({ rows, total }) =>
          total === 0 ? (
            <section className="teach">
              <h2>{tokens.emptyTitle}</h2>
              <p>{tokens.emptyText}</p>
            </section>
          ) : (
            <div className="card">
              <TokenTable rows={rows} onRemove={setRemoved} />
              <MoreButton pages={list} rest={total - rows.length} />
            </div>
          )
        }
      </Loaded>
      {isAdding && <AddToken onClose={() => setAdding(false)} />}
      {removed && <RemoveToken token={removed} onClose={() => setRemoved(undefined)} />}
    </>
  )
}

function TokenTable({ rows, onRemove }: { rows: readonly Token[]; onRemove: (token: Token) => void }) {
  const { tokens, shell, users } = useMessages()
  return (
    <table className="list cards" aria-label={shell.tokens}>
      <thead>
        <tr>
          <th>{tokens.name}</th>
          <th>{tokens.scope}</th>
          <th>{tokens.owner}</th>
          <th>{tokens.created}</th>
          <th>{tokens.expires}</th>
          <th>{tokens.lastUsed}</th>
          <th>
            <span className="unseen">{users.actions}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((it) => (
          <TokenRow key={it.id} token={it} onRemove={() => onRemove(it)} />
        ))}
      </tbody>
    </table>
  )
}

function TokenRow({ token, onRemove }: { token: Token; onRemove: () => void }) {
  const { tokens, common } = useMessages()
  const isOver = token.expires !== null && Date.parse(token.expires) <= serverNow()
  return (
    <tr>
      <td data-label={tokens.name} className="any">
        <strong>{token.name}</strong>
      </td>
      <td data-label={tokens.scope}>
        <span title={tokens.may[token.scope]}>{tokens.scopes[token.scope]}</span>
      </td>
      <td data-label={tokens.owner} className="any">
        {token.owner}
      </td>
      <td data-label={tokens.created}>
        <Time at={token.created} />
      </td>
      <td data-label={tokens.expires}>
        {token.expires === null ? (
          <span className="muted">{tokens.endless}</span>
        ) : (
          <span className={isOver ? 'state bad' : undefined}>
            {isOver && `${tokens.expired} `}
            <Time at={token.expires} />
          </span>
        )}
      </td>
      <td data-label={tokens.lastUsed}>{token.lastUsed === null ? <span className="muted">{common.never}</span> : <Time at={token.lastUsed} />}</td>
      <td className="acts">
        <button type="button" className="button small danger" data-row onClick={onRemove}>
          {tokens.remove}
          <span className="unseen"> {token.name}</span>
        </button>
      </td>
    </tr>
  )
}

function RemoveToken({ token, onClose }: { token: Token; onClose: () => void }) {
  const { tokens } = useMessages()
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: () => call('removeToken', { path: { token: token.id } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['listTokens'] })
      onClose()
    },
  })
  return (
    <ConfirmByName title={tokens.removeTitle(token.name)} name={token.name} action={tokens.remove} change={remove} onClose={onClose}>
      <p>{tokens.removeText}</p>
    </ConfirmByName>
  )
}
