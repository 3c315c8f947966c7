import type { Claims } from '../../../src/api/schema/hosts.ts'
import { millis, useFormat } from '../format/format.tsx'
import { useMessages } from '../i18n/language.tsx'
import { useServerNow } from '../live/clock.ts'

const KINDS = ['published', 'verified', 'restored'] as const

/** Three claims, each with its age or "never", and the way in which it was verified: the existence of a set proves nothing. */
export function useClaims(claims: Claims) {
  const messages = useMessages()
  const format = useFormat()
  const now = useServerNow(60)
  return KINDS.map((kind) => {
    const shown = claims[kind]
    const how = messages.claims[`${kind}How`]
    return {
      kind,
      name: messages.claims[kind],
      isShown: shown !== null,
      age: shown ? format.roughly(now - millis(shown.at)) : messages.claims.never,
      how: shown ? `${format.full(shown.at)} · ${shown.task} ${shown.set}\n${how}` : how,
    }
  })
}

/** As three cells of a row; in narrow windows, with their names. */
export function ClaimCells({ claims }: { claims: Claims }) {
  return useClaims(claims).map(({ kind, name, isShown, age, how }) => (
    <span key={kind} role="cell" className={isShown ? `claim ${kind}` : `claim ${kind} never`} title={how}>
      <span className="claim-name">{name} </span>
      {age}
    </span>
  ))
}
