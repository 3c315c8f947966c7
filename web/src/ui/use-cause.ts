import { useFormat } from '../format/format.tsx'
import { useMessages } from '../i18n/language.tsx'

interface Reasoned {
  readonly state: string
  /** As the host words it, in English. */
  readonly text: string
  /** For a state "overdue": when the run was due. */
  readonly since: string | null | undefined
}

/** The reason for a state. The time at which a run was due is displayed in the zone of the host, with its name, and in the selected language. */
export function useCause(): (reasoned: Reasoned) => string {
  const { host } = useMessages()
  const { full } = useFormat()
  return ({ state, text, since }) => (state === 'overdue' && since ? host.wasDue(full(since)) : text)
}
