import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { queryOf } from '../../api/queries.ts'
import { present } from '../../app/search.ts'
import { useMessages } from '../../i18n/language.tsx'
import { Select } from '../../ui/form/select.tsx'
import type { SetsSearch } from './sets-search.ts'

/** Filters by task and storage. */
export function SetFilters({ search }: { search: SetsSearch }) {
  const { host: words, sets } = useMessages()
  const { host = 'local' } = search
  const navigate = useNavigate({ from: '/sets' })
  const tasks = useQuery(queryOf('listTasks', { query: { host, limit: 1000 } }))
  const names = (tasks.data?.rows ?? []).filter((it) => it.storages.length > 0).map((it) => it.name)
  const storages = [...new Set((tasks.data?.rows ?? []).flatMap((it) => it.storages))].toSorted()
  const filter = (key: 'task' | 'storage', known: readonly string[], all: string) => (
    <Select
      isShort
      label={words.columns[key]}
      value={search[key] ?? ''}
      onChange={(it) => void navigate({ search: (now) => present({ ...now, [key]: it === '' ? undefined : it }) })}
      options={[['', all], ...[...new Set([...(search[key] === undefined ? [] : [search[key]]), ...known])].map((it) => [it, it] as const)]}
    />
  )
  return (
    <>
      {filter('task', names, words.allTasks)}
      {filter('storage', storages, sets.allStorages)}
    </>
  )
}
