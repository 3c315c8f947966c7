import { covering, type Search, text } from '../../app/search.ts'

/** What the address says of the list of sets. `q`: what is searched for inside all of them. */
export function readSetsSearch(search: Search) {
  return covering({ host: text(search['host']), task: text(search['task']), storage: text(search['storage']), q: text(search['q']) })
}

export type SetsSearch = ReturnType<typeof readSetsSearch>
