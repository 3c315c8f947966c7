import { useFormat } from '../format/format.tsx'
import { useMessages } from '../i18n/language.tsx'
import { useServerNow } from '../live/clock.ts'
import { useLink } from '../live/link.ts'

/** Whether the displayed data is updated by the server. */
export function LinkSign() {
  const { shell } = useMessages()
  const { status, lastContact } = useLink()
  const now = useServerNow(1)
  const { roughly } = useFormat()
  const text = status === 'live' ? shell.live : status === 'connecting' ? shell.connecting : shell.offline(roughly(now - lastContact))
  return (
    <span className={`link-state ${status}`}>
      <span className="dot" aria-hidden="true" />
      {text}
    </span>
  )
}
