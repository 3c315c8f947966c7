import { useFormat } from '../format/format.tsx'
import { useMessages } from '../i18n/language.tsx'
import { clockOffset, useServerNow } from '../live/clock.ts'
import { useLink } from '../live/link.ts'
import { useSession } from './session.tsx'

const SKEW_MS = 60_000

/** Messages about the whole page: no connection, an incorrect clock, a page that is older than the server. */
export function Banners({ newBuild }: { newBuild: boolean }) {
  const { shell } = useMessages()
  const { session } = useSession()
  const { status, lastContact } = useLink()
  const { roughly } = useFormat()
  const now = useServerNow(5)
  const offset = clockOffset()
  return (
    <div role="status">
      {status === 'offline' && <p className="banner warn">{shell.offlineText(roughly(now - lastContact))}</p>}
      {Math.abs(offset) > SKEW_MS && <p className="banner warn">{shell.skew(roughly(Math.abs(offset)), offset < 0)}</p>}
      {session.isExposed && <p className="banner warn">{shell.exposed}</p>}
      {newBuild && (
        <p className="banner">
          {shell.newBuild}
          <button type="button" className="button small" onClick={() => location.reload()}>
            {shell.reload}
          </button>
        </p>
      )}
    </div>
  )
}
