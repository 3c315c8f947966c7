import { covering, type Search, text } from '../../app/search.ts'

/** The search parameters of the list of sets. `q`: the search in their contents. */
export function readSetsSearch(search: Search) {
  return covering({ host: text(search['host']), task: text(search['task']), storage: text(search['storage']), q: text(search['q']) })
}

export type SetsSearch = ReturnType<typeof readSetsSearch>
