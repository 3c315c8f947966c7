import { covering, day, oneOf, type Search, text } from '../../app/search.ts'

export const TABS = ['tasks', 'runs', 'sets', 'storages', 'evidence', 'doctor', 'configuration'] as const
/** The search parameters of the page of a host. `day`: only runs of this day. `from`, `to`: the days of the evidence. */
export function readHostSearch(search: Search) {
  return covering({
    tab: oneOf(search['tab'], TABS),
    task: text(search['task']),
    state: oneOf(search['state'], ['failed', 'running']),
    day: day(search['day']),
    from: day(search['from']),
    to: day(search['to']),
  })
}
