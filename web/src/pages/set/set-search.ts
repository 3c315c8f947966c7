import { covering, oneOf, type Search, text } from '../../app/search.ts'

export const SET_TABS = ['contents', 'proof', 'guide'] as const

/** The search parameters of a set: which set, and the location inside it. */
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
