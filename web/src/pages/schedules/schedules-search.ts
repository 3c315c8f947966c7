import { oneOf, present, type Search, text } from '../../app/search.ts'

/** What the address says of the schedules: whose, and which night, day or week. */
export function readSchedulesSearch(search: Search) {
  const day = text(search['day'])
  return present({
    host: text(search['host']),
    span: oneOf(search['span'], ['day', 'week']),
    day: day !== undefined && /^\d{4}-\d{2}-\d{2}$/u.test(day) && Number.isFinite(Date.parse(day)) ? day : undefined,
  })
}
