import { covering, day, oneOf, type Search, text } from '../../app/search.ts'

/** The search parameters of the schedules: the host, and the night, day or week. */
export function readSchedulesSearch(search: Search) {
  return covering({ host: text(search['host']), span: oneOf(search['span'], ['day', 'week']), day: day(search['day']) })
}
