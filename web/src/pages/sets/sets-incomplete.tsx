import type { Answer } from '../../api/client.ts'
import { useMessages } from '../../i18n/language.tsx'

/** Which storages could not be read, so that the list of sets is not whole; nothing where all could. */
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
