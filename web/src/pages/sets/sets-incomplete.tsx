import type { Answer } from '../../api/client.ts'
import { useMessages } from '../../i18n/language.tsx'

/** The storages that could not be read, because of which the list of sets is incomplete; nothing if all were read. */
export function SetsIncomplete({ failures }: { failures: Answer<'listSets'>['failures'] }) {
  const { host: words } = useMessages()
  if (failures.length === 0) return null
  return (
    <div className="banner warn">
      <strong>{words.setsIncomplete}</strong>
      {failures.map((it) => (
        <span key={it.message} className="any">
          {it.message} <span className="muted">{it.hint}</span>
        </span>
      ))}
    </div>
  )
}
