import { useQuery } from '@tanstack/react-query'
import { queryOf } from '../api/queries.ts'
import { useMessages } from '../i18n/language.tsx'
import { Select } from './form/select.tsx'

/** Selects the displayed host; hidden if there is only one. */
export function HostChoice({ host, onChange, isShort = true }: { host: string; onChange: (host: string) => void; isShort?: boolean }) {
  const { hosts } = useMessages()
  const list = useQuery(queryOf('listHosts', { query: { sort: 'name', limit: 1000 } }))
  const known = (list.data?.rows ?? []).filter((it) => it.kind === 'local' || it.kind === 'holdfast')
  if (known.length < 2 && host === 'local') return null
  const options = known.map((it) => [it.id, it.name] as const)
  const all = options.some(([id]) => id === host) ? options : [[host, host] as const, ...options]
  return <Select label={hosts.columns.host} value={host} options={all} onChange={onChange} isShort={isShort} />
}
