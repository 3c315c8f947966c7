import { covering, oneOf, type Search, text } from '../../app/search.ts'

/** The search parameters of the list of hosts. */
export function readHostsSearch(search: Search) {
  return covering({
    view: oneOf(search['view'], ['all', 'problems']),
    q: text(search['q']),
    sort: oneOf(search['sort'], ['state', 'name', 'lastGood', 'next']),
  })
}

export type HostsSearch = ReturnType<typeof readHostsSearch>

/** The parameters of the request. */
export function hostsQuery({ view, q, sort }: HostsSearch) {
  return {
    ...(view === 'problems' ? { state: 'problems' as const } : {}),
    ...(q === undefined ? {} : { q }),
    ...(sort === undefined ? {} : { sort }),
  }
}
