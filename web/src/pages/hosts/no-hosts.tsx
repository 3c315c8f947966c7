import { useMessages } from '../../i18n/language.tsx'
import { Copy } from '../../ui/copy.tsx'

/** Displayed only after a response without hosts. */
export function NoHosts() {
  const { hosts } = useMessages()
  return (
    <section className="teach">
      <h2>{hosts.emptyTitle}</h2>
      <p>{hosts.emptyText}</p>
      <Copy text="holdfast config check" />
      <Copy text="holdfast enable all" />
    </section>
  )
}
