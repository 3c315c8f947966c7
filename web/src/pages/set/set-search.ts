import { covering, oneOf, type Search, text } from '../../app/search.ts'

export const SET_TABS = ['contents', 'proof', 'guide'] as const

/** What the address says of a set: which one, and where in it. */
export function readSetSearch(search: Search) {
  return covering({
    host: text(search['host']),
    task: text(search['task']),
    set: text(search['set']),
    storage: text(search['storage']),
    tab: oneOf(search['tab'], SET_TABS),
    object: text(search['object']),
    folder: text(search['folder']),
    q: text(search['q']),
  })
}
