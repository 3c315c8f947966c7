import { covering, day, oneOf, type Search, text } from '../../app/search.ts'

/** What the address says of the schedules: whose, and which night, day or week. */
export function readSchedulesSearch(search: Search) {
  return covering({ host: text(search['host']), span: oneOf(search['span'], ['day', 'week']), day: day(search['day']) })
}
