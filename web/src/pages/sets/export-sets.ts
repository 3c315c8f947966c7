import { call } from '../../api/client.ts'
import { loadAll } from '../../api/load-all.ts'
import { querySets } from './set-list.tsx'
import type { SetsSearch } from './sets-search.ts'

/** All sets that the list would show, as rows of a file. */
export async function exportSets(search: SetsSearch) {
  const all = await loadAll((page) => call('listSets', { query: { ...querySets(search), ...page } }))
  return all.map(({ host, task, step, name, at, bytes, objects, places, claims }) => ({
    ...{ host, task, step, name, at, bytes, objects: objects ?? '', storages: places.map((it) => it.storage).join(' ') },
    ...{ published: claims.published?.at ?? '', verified: claims.verified?.at ?? '', restored: claims.restored?.at ?? '' },
  }))
}
