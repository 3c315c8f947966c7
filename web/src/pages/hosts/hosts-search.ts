import { covering, oneOf, type Search, text } from '../../app/search.ts'

/** What the address says of the list. */
export function readHostsSearch(search: Search) {
  return covering({
    view: oneOf(search['view'], ['all', 'problems']),
    q: text(search['q']),
    sort: oneOf(search['sort'], ['state', 'name', 'lastGood', 'next']),
  })
}

export type HostsSearch = ReturnType<typeof readHostsSearch>

/** The same as the question to the server. */
export function hostsQuery({ view, q, sort }: HostsSearch) {
  return {
    ...(view === 'problems' ? { state: 'problems' as const } : {}),
    ...(q === undefined ? {} : { q }),
    ...(sort === undefined ? {} : { sort }),
  }
}
